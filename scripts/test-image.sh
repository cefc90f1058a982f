#!/usr/bin/env bash
# Builds the image of the Dockerfile with buildah, which needs no daemon, and asks the result what the README promises.
#
# The base image is pulled if a registry can be reached. Else a stand-in of its name is made from this machine's own Go
# and tools, and said so: the Dockerfile is then proven, the base image is not. Exit code 77: there is no buildah here.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

if ! command -v buildah >/dev/null && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	{ apt-get update && apt-get install --yes --no-install-recommends buildah; } >/dev/null || true
fi
if ! command -v buildah >/dev/null || [ "$(id -u)" != 0 ]; then
	echo "NOT BUILT: the image needs buildah, and root, to be built here."
	exit 77
fi

work=$(mktemp -d) server=
export BUILDAH_ISOLATION=chroot
buildah() { command buildah --root "$work/storage" --runroot "$work/run" "$@"; }
end() {
	[ -z "$server" ] || stop
	buildah rm --all >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap end EXIT
stop() { # buildah run passes no signal on, so the server itself is asked
	local children
	mapfile -t children < <(pgrep -P "$server")
	kill "${children[@]}" "$server" 2>/dev/null || true
	wait "$server" 2>/dev/null || true
	server=
}
fail() { echo "FAILED: $*" >&2 && exit 1; }

# stand_in NAME makes an image with this machine's certificates; its programs, and Go as /goroot, are mounted at the build.
stand_in() {
	local c root dir
	c=$(buildah from scratch) && root=$(buildah mount "$c")
	mkdir -p "$root"/{etc/ssl/certs,usr,tmp,root,go,src}
	chmod 1777 "$root/tmp"
	for dir in bin sbin lib lib64; do ln -s "usr/$dir" "$root/$dir"; done
	cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
	cp /etc/passwd /etc/group /etc/hosts /etc/nsswitch.conf "$root/etc/"
	buildah config --env PATH=/goroot/bin:/usr/bin:/bin --env GOTOOLCHAIN=local --env GOPATH=/go \
		--env GOPROXY="$(go env GOPROXY)" --env GOSUMDB="$(go env GOSUMDB)" "$c"
	buildah commit --quiet "$c" "$1" >/dev/null
	buildah rm "$c" >/dev/null
}

base=$(awk '$1 == "FROM" { print $2; exit }' Dockerfile)
options=(--layers=false --format docker)
if timeout 60 buildah pull --quiet "docker.io/library/$base" >/dev/null 2>&1; then
	echo "base: $base from the registry"
else
	echo "base: a stand-in of $base from this machine's Go, since no registry answers"
	stand_in "docker.io/library/$base"
	options+=(--pull-never --volume /usr:/usr:ro --volume "$(go env GOROOT):/goroot:ro" --volume "$(go env GOMODCACHE):/go/pkg/mod" --volume "$(go env GOCACHE):/root/.cache/go-build")
fi
buildah build --quiet "${options[@]}" --tag wallaroo-user-admin:test . >"$work/build.log" 2>&1 || { cat "$work/build.log" && fail "the build"; }

c=$(buildah from --pull-never wallaroo-user-admin:test)
root=$(buildah mount "$c")
run() { buildah run --user 65532:65532 "$@"; }

# Only the server is in it.
(cd "$root" && find . -type f ! -path './licenses/*' ! -path './proc/*' ! -path './sys/*' ! -path './dev/*' | sort) >"$work/files"
printf '%s\n' ./etc/ssl/certs/ca-certificates.crt ./server >"$work/expected"
diff "$work/expected" "$work/files" || fail "other files are in the image"
! grep -q -a -F wallaroo-user-admin/internal/demo "$root/server" || fail "demo code is in the server"
[ -s "$root/licenses/LICENSE" ] || fail "the licence is missing"

# It isn't root, and its data folder is its own.
[ "$(buildah inspect --type image --format '{{.Docker.Config.User}}' wallaroo-user-admin:test)" = 65532:65532 ] || fail "it runs as somebody else"
[ "$(stat -c %u "$root/data")" = 65532 ] || fail "/data belongs to $(stat -c %u "$root/data")"

# Without settings it names them all and exits 2.
code=0
run "$c" -- /server >"$work/out" 2>&1 || code=$?
for wanted in WALLAROO_URL SESSION_SECRET; do
	[ $code = 2 ] && grep -q $wanted "$work/out" && continue
	cat "$work/out"
	fail "without settings it exits $code, and has to name $wanted"
done

# It starts without its upstreams, and its healthcheck says so.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
settings=(--env "LISTEN=127.0.0.1:$port" --env METRICS_LISTEN= --env "PUBLIC_URL=http://127.0.0.1:$port/users-admin"
	--env WALLAROO_URL=http://127.0.0.1:9 --env OIDC_CLIENT_ID=x --env OIDC_CLIENT_SECRET=x
	--env "SESSION_SECRET=$(openssl rand -hex 32)")
command buildah --root "$work/storage" --runroot "$work/run" run --user 65532:65532 "${settings[@]}" "$c" -- /server >"$work/log" 2>&1 &
server=$!
health=$(buildah inspect --type image --format '{{join .Docker.Config.Healthcheck.Test " "}}' wallaroo-user-admin:test 2>/dev/null) ||
	health=$(buildah inspect --type image wallaroo-user-admin:test | grep -A3 '"Test"' | head -4 | tr -d '\n ')
case $health in *CMD*/server*healthcheck*) ;; *) fail "its HEALTHCHECK is: $health" ;; esac
for _ in $(seq 50); do
	run "${settings[@]}" "$c" -- /server healthcheck >"$work/health" 2>&1 && break
	sleep 0.2
done
run "${settings[@]}" "$c" -- /server healthcheck || { cat "$work/log" "$work/health" && fail "the healthcheck"; }
database=$(find "$work/storage" -name wallaroo-user-admin.db) # buildah keeps volumes beside the container
[ "$(stat -c %u:%a "$database")" = 65532:600 ] || fail "the database isn't its own: $(stat -c %u:%a "$database")"

echo "the image: $(run "$c" -- /server version), $(du -sm "$root/server" | cut -f1) MB; its healthcheck passes"
