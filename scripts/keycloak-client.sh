#!/usr/bin/env bash
# Makes, or brings up to date, the Keycloak client of Wallaroo User Admin over Keycloak's admin REST API: what
# docs/identity-provider.md does by hand. It can be run again at any time; the client's secret stays as it is.
#
# From the environment:
#   KEYCLOAK_URL          up to and with Keycloak's path, such as https://wallaroo.example.com/auth
#   KEYCLOAK_ADMIN        an account that may manage clients of the realm
#   KEYCLOAK_ADMIN_PASSWORD_FILE   file with its password; asked for at the terminal if unset
#   PUBLIC_URL            the dashboard as browsers see it, such as https://users.example.com
#   SECRET_FILE           file that the client's secret is written to, readable by you only
#   CLIENT_ID             default user-admin
#   COPY_FROM             the client whose scopes and mappers are copied; default api-client, empty for none
#   REALM                 default master
#
# Needs curl and jq. Passwords and tokens are never in an argument, where others could see them.
set -euo pipefail

: "${KEYCLOAK_URL:?is missing: up to and with the path, such as https://wallaroo.example.com/auth}"
: "${KEYCLOAK_ADMIN:?is missing: an account that may manage clients}"
: "${PUBLIC_URL:?is missing: the dashboard as browsers see it}"
: "${SECRET_FILE:?is missing: the file to write the secret of the client to}"
client_id=${CLIENT_ID:-user-admin} copy_from=${COPY_FROM-api-client} realm=${REALM:-master}
keycloak=${KEYCLOAK_URL%/} public=${PUBLIC_URL%/}
for tool in curl jq; do command -v $tool >/dev/null || { echo "$tool is needed" >&2 && exit 1; }; done

password() {
	if [ -n "${KEYCLOAK_ADMIN_PASSWORD_FILE:-}" ]; then
		head -n 1 "$KEYCLOAK_ADMIN_PASSWORD_FILE" | tr -d '\r\n'
	else
		local typed
		read -rsp "Password of $KEYCLOAK_ADMIN: " typed </dev/tty && echo >&2
		printf %s "$typed"
	fi
}

sign_in() {
	password | curl --fail-with-body --silent --show-error "$keycloak/realms/$realm/protocol/openid-connect/token" \
		--data grant_type=password --data client_id=admin-cli --data-urlencode "username=$KEYCLOAK_ADMIN" \
		--data-urlencode password@- | jq --exit-status --raw-output '.access_token // empty'
}

# admin METHOD PATH [JSON] calls the realm's admin API and prints the answer.
admin() {
	local method=$1 path=$2
	shift 2
	curl --fail-with-body --silent --show-error --request "$method" "$keycloak/admin/realms/$realm$path" \
		--config <(printf 'header = "Authorization: Bearer %s"\n' "$token") \
		--header 'Content-Type: application/json' ${1:+--data-binary "$1"}
}

# id_of CLIENT prints Keycloak's own id of a client, or nothing.
id_of() { admin GET "/clients?clientId=$1" | jq --raw-output '.[0].id // empty'; }

settings() {
	jq --null-input --arg id "$client_id" --arg url "$public" '{
		clientId: $id, name: "Wallaroo User Admin", protocol: "openid-connect", enabled: true,
		publicClient: false, clientAuthenticatorType: "client-secret",
		standardFlowEnabled: true, implicitFlowEnabled: false, directAccessGrantsEnabled: false, serviceAccountsEnabled: false,
		baseUrl: $url, redirectUris: [$url + "/callback"], webOrigins: [], frontchannelLogout: false,
		attributes: {
			"pkce.code.challenge.method": "S256",
			"post.logout.redirect.uris": ($url + "/signed-out"),
			"backchannel.logout.url": ($url + "/backchannel-logout"),
			"backchannel.logout.session.required": "true",
			"backchannel.logout.revoke.offline.tokens": "false"
		}
	}'
}

# copy_mappers FROM TO gives one client the client scopes and mappers of another, and takes none away.
copy_mappers() {
	local kind scope mapper have
	for kind in default optional; do
		for scope in $(admin GET "/clients/$1/$kind-client-scopes" | jq --raw-output '.[].id'); do
			admin PUT "/clients/$2/$kind-client-scopes/$scope"
		done
	done
	have=$(admin GET "/clients/$2/protocol-mappers/models" | jq '[.[].name]')
	admin GET "/clients/$1/protocol-mappers/models" |
		jq --compact-output --argjson have "$have" '.[] | select(.name as $n | $have | index($n) | not) | del(.id)' |
		while read -r mapper; do admin POST "/clients/$2/protocol-mappers/models" "$mapper"; done
}

token=$(sign_in) || { echo "Keycloak at $keycloak does not let $KEYCLOAK_ADMIN in" >&2 && exit 1; }
id=$(id_of "$client_id")
if [ -z "$id" ]; then
	admin POST /clients "$(settings)"
	id=$(id_of "$client_id")
	echo "Made the client $client_id"
else
	admin PUT "/clients/$id" "$(settings)"
	echo "Brought the client $client_id up to date"
fi

if [ -n "$copy_from" ]; then
	from=$(id_of "$copy_from")
	[ -n "$from" ] || { echo "The realm $realm has no client $copy_from whose mappers could be copied. Set COPY_FROM to another, or to nothing." >&2 && exit 1; }
	copy_mappers "$from" "$id"
	echo "Gave it the client scopes and mappers of $copy_from"
fi

(umask 077 && admin GET "/clients/$id/client-secret" | jq --exit-status --raw-output .value >"$SECRET_FILE")
echo "Wrote its secret to $SECRET_FILE"
