#!/usr/bin/env bash
# Measures, and writes docs/performance.md. ROUNDS (7) is how often the Go benchmarks run, all of them one after the
# other each time, so that both sides of a ratio meet the same machine; BENCHTIME (300ms) is how long each of them runs.
#
# `make bench` has built .cache/demo and got a browser before. A quiet machine gives narrower spreads.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${ROUNDS:-7}
work=.cache/bench
mkdir -p "$work"
go test -c -o "$work/bench.test" ./internal/bench
: >"$work/go.txt"
for round in $(seq "$rounds"); do
	echo "Go, round $round of $rounds" >&2
	"$work/bench.test" -test.run '^$' -test.bench . -test.benchtime "${BENCHTIME:-300ms}" -test.timeout 1h >>"$work/go.txt"
done

echo "The browser" >&2
(cd e2e && RESULTS="../$work/browser.json" npx playwright test --config bench/playwright.config.ts)
go run ./internal/bench --go "$work/go.txt" --browser "$work/browser.json" >"$work/performance.md"
mv "$work/performance.md" docs/performance.md
echo "docs/performance.md is written" >&2
