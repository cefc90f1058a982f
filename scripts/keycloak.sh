# shellcheck shell=bash
# A real Keycloak, for scripts that test or measure beside it. Sourced, in the project's folder.

version=26.4.0
cache=.cache/keycloak
work=$(mktemp -d) # for logs and secrets; whoever sources this removes it
keycloak=''
fail() { echo "FAILED: $*" >&2 && exit 1; }

# start LOG COMMAND… runs a command in a process group of its own, whose id is then in $started: kc.sh would leave Java
# behind if it alone were ended.
start() {
	set -m
	"${@:2}" >"$work/$1.log" 2>&1 </dev/null &
	set +m
	started=$!
}

# end_group ID asks a process group to end, and makes it after ten seconds.
end_group() {
	[ -n "$1" ] || return 0
	kill -- "-$1" 2>/dev/null || return 0
	for _ in $(seq 100); do kill -0 -- "-$1" 2>/dev/null || return 0; sleep 0.1; done
	kill -KILL -- "-$1" 2>/dev/null || true
}

# have COMMAND PACKAGE… says whether a command is there, after an attempt to install it as root on Debian.
updated=
have() {
	command -v "$1" >/dev/null && return
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
	echo "Installing ${*:2} for $1"
	[ -n "$updated" ] || { apt-get update >/dev/null && updated=yes; }
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${@:2}" >/dev/null && command -v "$1" >/dev/null
}

# need_keycloak makes sure of what Keycloak needs, and fetch_keycloak below.
need_keycloak() {
	have java default-jre-headless || fail "Keycloak needs Java 17 or newer, and there is none here"
	local major
	major=$(java -XshowSettings:properties -version 2>&1 | awk '$1 == "java.specification.version" { print $3 }')
	[ "${major%%.*}" -ge 17 ] 2>/dev/null || fail "Keycloak needs Java 17 or newer; this is ${major:-not known}"
	for tool in curl jq unzip; do have $tool $tool || fail "$tool is needed"; done
}

# fetch_keycloak gets Keycloak and unpacks it, once.
fetch_keycloak() {
	[ -x "$cache/keycloak-$version/bin/kc.sh" ] && return
	mkdir -p "$cache"
	local zip=keycloak-quarkus-dist-$version.zip
	if [ ! -s "$cache/$zip" ]; then
		have mvn maven || fail "Keycloak comes from Maven Central by mvn, and there is none here"
		echo "Fetching Keycloak $version from Maven Central"
		mvn --batch-mode --quiet dependency:copy "-Dartifact=org.keycloak:keycloak-quarkus-dist:$version:zip" \
			"-DoutputDirectory=$work/fetched" >"$work/mvn.log" 2>&1 || { tail -n 20 "$work/mvn.log" >&2 && fail "Keycloak could not be fetched"; }
		mv "$work/fetched/$zip" "$cache/$zip"
	fi
	unzip -q "$cache/$zip" -d "$work/unzipped"
	mv "$work/unzipped/keycloak-$version" "$cache/"
	rm "$cache/$zip"
}

free_port() { node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'; }

# wait_for NAME URL PID LOG waits until a URL answers, for five minutes at most: on a busy machine Keycloak takes two.
wait_for() {
	for _ in $(seq 600); do
		curl --silent --fail --max-time 5 --output /dev/null "$2" && return
		kill -0 "$3" 2>/dev/null || fail "$1 has ended before it answered"
		sleep 0.5
	done
	fail "$1 does not answer"
}

# start_keycloak OPTION… starts it with nothing of an earlier run: its database is in memory. It sets what e2e/keycloak/admin.mjs
# reads, and $keycloak, for end_group.
start_keycloak() {
	local port began=$SECONDS
	(umask 077 && node -p 'require("crypto").randomUUID()' >"$work/password")
	export KEYCLOAK_ADMIN=admin KEYCLOAK_ADMIN_PASSWORD_FILE=$work/password
	port=$(free_port)
	export KEYCLOAK_URL=http://127.0.0.1:$port/auth
	KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=$(cat "$work/password") JAVA_OPTS_APPEND=-XX:TieredStopAtLevel=1 \
		start keycloak "$cache/keycloak-$version/bin/kc.sh" start-dev --db=dev-mem --http-relative-path=/auth \
		--http-host=127.0.0.1 "--http-port=$port" "$@"
	keycloak=$started
	wait_for Keycloak "$KEYCLOAK_URL/realms/master/.well-known/openid-configuration" "$keycloak"
	echo "Keycloak $version answers at $KEYCLOAK_URL after $((SECONDS - began)) s"
}
