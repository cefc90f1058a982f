#!/usr/bin/env bash
# Measures, and writes docs/performance.md. A quiet machine gives narrower spreads.
#
#   ROUNDS     how often the Go benchmarks run (7), all of them one after the other each time, so that both sides of a
#              ratio meet the same machine
#   BENCHTIME  how long each of them runs (200ms)
#   RUNS       how often each thing is done in the browser (7)
#   PARTS      "go browser"; with one of them, the other's last measurements are taken
#
# The browser's part compares the dashboard with the identity provider's admin console, so it starts a Keycloak.
# `make bench` has built .cache/demo and got a browser before.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/toolchain.sh

results=.cache/bench
mkdir -p "$results"

# measure_browser runs in a shell of its own, which ends what it has started.
measure_browser() (
	. scripts/keycloak.sh
	trap 'end_group "$keycloak"; rm -rf "$work"' EXIT
	need_keycloak
	fetch_keycloak
	# As in production, where its pages are kept ready and sent compressed.
	start_keycloak --spi-theme--cache-themes=true --spi-theme--cache-templates=true --spi-theme--static-max-age=2592000
	cd e2e && RESULTS="../$results/browser.json" npx playwright test --config bench/playwright.config.ts
)

for part in ${PARTS:-go browser}; do
	case $part in
	go)
		go test -c -o "$results/bench.test" ./internal/testing/bench
		: >"$results/go.txt"
		for round in $(seq "${ROUNDS:-7}"); do
			echo "Go, round $round of ${ROUNDS:-7}" >&2
			"$results/bench.test" -test.run '^$' -test.bench . -test.benchtime "${BENCHTIME:-200ms}" -test.timeout 1h >>"$results/go.txt"
		done
		;;
	browser)
		echo "The browser" >&2
		measure_browser
		;;
	*)
		echo "PARTS: $part is neither go nor browser" >&2
		exit 2
		;;
	esac
done
go run ./internal/testing/bench --go "$results/go.txt" --browser "$results/browser.json" >"$results/performance.md"
mv "$results/performance.md" docs/performance.md
echo "docs/performance.md is written" >&2
