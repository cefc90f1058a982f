#!/usr/bin/env bash
# licenses.sh DIR: copies the licence of everything that is linked into the server to DIR, a folder a module.
# It fails for a module that has none.
set -euo pipefail
cd "$(dirname "$0")/.."
to=${1:?usage: scripts/licenses.sh DIR}

copy() { # NAME FOLDER
	local found
	found=$(find "$2" -maxdepth 1 -type f \( -iname 'LICEN[CS]E*' -o -iname 'COPYING*' -o -iname 'NOTICE*' -o -iname 'PATENTS*' \))
	[ -n "$found" ] || { echo "no licence in module $1" >&2 && return 1; }
	mkdir -p "$to/$1"
	xargs -d '\n' install -m 0644 -t "$to/$1" <<<"$found"
}

install -D -m 0644 -t "$to" LICENSE NOTICE web/static/*.LICENSE
copy go "$(go env GOROOT)"
modules=$(go list -deps -f '{{with .Module}}{{if not .Main}}{{.Path}}@{{.Version}} {{.Dir}}{{end}}{{end}}' ./cmd/server | sort -u)
while read -r module dir; do copy "$module" "$dir"; done <<<"$modules"
