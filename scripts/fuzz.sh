#!/usr/bin/env bash
# fuzz.sh [TIME]: runs each fuzz target for a while, one after the other: Go takes one at a time. A failing input is kept in
# the package's testdata/fuzz, and is from then on a test like any other.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh
time=${1:-30s}

failed=()
while IFS=: read -r file name; do
	echo "--- $name, $(dirname "$file")"
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -fuzzminimizetime 2s "./$(dirname "$file")" || failed+=("$name")
done < <(git grep -o --perl-regexp '^func \KFuzz\w+' -- '*_test.go')
[ ${#failed[@]} = 0 ] || { echo "Failed: ${failed[*]}" >&2 && exit 1; }
