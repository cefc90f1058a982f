#!/usr/bin/env bash
# Signs in at a real Keycloak: fetches it, starts it, makes the client as docs/identity-provider.md says, puts the
# dashboard and the stand-in API in front of it, and runs e2e/keycloak. Arguments go to Playwright.
#
# `make test-keycloak` has built .cache/demo-race and got a browser before. Everything listens on loopback, and what was
# started is ended by its id, however this ends. Skipping is not passing: without Java it fails.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/keycloak.sh

dashboard=''
end() {
	local code=$?
	trap - EXIT
	if [ $code != 0 ]; then
		for log in keycloak dashboard; do
			[ -s "$work/$log.log" ] && echo "--- the end of the $log's log" >&2 && tail -n 30 "$work/$log.log" >&2
		done
	fi
	end_group "$dashboard"
	end_group "$keycloak"
	rm -rf "$work"
	exit $code
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

start_dashboard() {
	local port
	port=$(free_port)
	export E2E_BASE_URL=http://127.0.0.1:$port
	# The operator's way: the client first, then the dashboard with its secret.
	node e2e/keycloak/before.mjs
	PUBLIC_URL=$E2E_BASE_URL SECRET_FILE=$work/secret scripts/keycloak-client.sh
	# Under the race detector, which ends it if it finds one.
	GORACE=halt_on_error=1 start dashboard .cache/demo-race --listen "127.0.0.1:$port" --stand-in 127.0.0.1:0 --issuer "$KEYCLOAK_URL/realms/master" \
		--client-id user-admin --client-secret-file "$work/secret" --log-level info
	dashboard=$started
	wait_for "the dashboard" "$E2E_BASE_URL/healthz" "$dashboard"
}

need_keycloak
[ -x .cache/demo-race ] || fail "the demo isn't built; run make test-keycloak"
fetch_keycloak
start_keycloak
start_dashboard
npm --prefix e2e exec -- playwright test --config e2e/keycloak/playwright.config.ts "$@"
