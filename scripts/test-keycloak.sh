#!/usr/bin/env bash
# Signs in at a real Keycloak: fetches it, starts it, makes the client as docs/identity-provider.md says, puts the
# dashboard and the stand-in API in front of it, and runs e2e/keycloak. Arguments go to Playwright.
#
# `make test-keycloak` has built .cache/demo and got a browser before. Everything listens on loopback, and what was
# started is ended by its id, however this ends. Skipping is not passing: without Java it fails.
set -euo pipefail
cd "$(dirname "$0")/.."

version=26.4.0
cache=.cache/keycloak
work=$(mktemp -d)
keycloak='' dashboard=''
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

# have COMMAND PACKAGE… says whether a command is there, after an attempt to install it as root on Debian.
updated=
have() {
	command -v "$1" >/dev/null && return
	[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
	echo "Installing ${*:2} for $1"
	[ -n "$updated" ] || { apt-get update >/dev/null && updated=yes; }
	DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "${@:2}" >/dev/null && command -v "$1" >/dev/null
}

need() {
	have java default-jre-headless || fail "Keycloak needs Java 17 or newer, and there is none here"
	local major
	major=$(java -XshowSettings:properties -version 2>&1 | awk '$1 == "java.specification.version" { print $3 }')
	[ "${major%%.*}" -ge 17 ] 2>/dev/null || fail "Keycloak needs Java 17 or newer; this is ${major:-not known}"
	for tool in curl jq unzip; do have $tool $tool || fail "$tool is needed"; done
	[ -x .cache/demo ] || fail "the demo isn't built; run make test-keycloak"
}

# fetch gets Keycloak and unpacks it, once.
fetch() {
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

# start_keycloak starts it with nothing of an earlier run: its database is in memory.
start_keycloak() {
	local port
	port=$(free_port)
	export KEYCLOAK_URL=http://127.0.0.1:$port/auth
	KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=$(cat "$work/password") JAVA_OPTS_APPEND=-XX:TieredStopAtLevel=1 \
		start keycloak "$cache/keycloak-$version/bin/kc.sh" start-dev --db=dev-mem --http-relative-path=/auth \
		--http-host=127.0.0.1 "--http-port=$port"
	keycloak=$started
	wait_for Keycloak "$KEYCLOAK_URL/realms/master/.well-known/openid-configuration" "$keycloak"
}

start_dashboard() {
	local port
	port=$(free_port)
	export E2E_BASE_URL=http://127.0.0.1:$port
	# The operator's way: the client first, then the dashboard with its secret.
	node e2e/keycloak/before.mjs
	PUBLIC_URL=$E2E_BASE_URL SECRET_FILE=$work/secret scripts/keycloak-client.sh
	start dashboard .cache/demo --listen "127.0.0.1:$port" --stand-in 127.0.0.1:0 --issuer "$KEYCLOAK_URL/realms/master" \
		--client-id user-admin --client-secret-file "$work/secret" --log-level info
	dashboard=$started
	wait_for "the dashboard" "$E2E_BASE_URL/healthz" "$dashboard"
}

need
fetch
(umask 077 && node -p 'require("crypto").randomUUID()' >"$work/password")
export KEYCLOAK_ADMIN=admin KEYCLOAK_ADMIN_PASSWORD_FILE=$work/password
began=$SECONDS
start_keycloak
echo "Keycloak $version answers at $KEYCLOAK_URL after $((SECONDS - began)) s"
start_dashboard
npm --prefix e2e exec -- playwright test --config e2e/keycloak/playwright.config.ts "$@"
