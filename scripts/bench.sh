#!/usr/bin/env bash
# Measures, and writes docs/performance.md. A quiet machine gives narrower spreads.
#
#   ROUNDS     how often the Go benchmarks run (7), all of them one after the other each time, so that both sides of a
#              ratio meet the same machine
#   BENCHTIME  how long each of them runs (200ms)
#   RUNS       how often each thing is done in the browser (7)
#   PARTS      "go browser"; with one of them, the other's last measurements are taken
#
# `make bench` has built .cache/demo and got a browser before.
set -euo pipefail
cd "$(dirname "$0")/.."

work=.cache/bench
mkdir -p "$work"
for part in ${PARTS:-go browser}; do
	case $part in
	go)
		go test -c -o "$work/bench.test" ./internal/bench
		: >"$work/go.txt"
		for round in $(seq "${ROUNDS:-7}"); do
			echo "Go, round $round of ${ROUNDS:-7}" >&2
			"$work/bench.test" -test.run '^$' -test.bench . -test.benchtime "${BENCHTIME:-200ms}" -test.timeout 1h >>"$work/go.txt"
		done
		;;
	browser)
		echo "The browser" >&2
		(cd e2e && RESULTS="../$work/browser.json" npx playwright test --config bench/playwright.config.ts)
		;;
	*)
		echo "PARTS: $part is neither go nor browser" >&2
		exit 2
		;;
	esac
done
go run ./internal/bench --go "$work/go.txt" --browser "$work/browser.json" >"$work/performance.md"
mv "$work/performance.md" docs/performance.md
echo "docs/performance.md is written" >&2
