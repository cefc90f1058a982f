# shellcheck shell=bash
# The quick checks, a function each. Sourced by .ci/run, which needs TOOLS, the folder with the built linters.

# checks are the names, in the order in which they are run.
# shellcheck disable=SC2034 # .ci/run reads it
checks=(generated templates gofumpt scripts tidy types linters deadcode vulnerabilities)

# generated: the Go code of the templates is what their source says.
generated() {
	local before after
	before=$(sums) && go tool templ generate -log-level warn -path web/templates && after=$(sums) &&
		diff <(echo "$before") <(echo "$after") >/dev/null && return
	echo "Generated code was out of date. It has been written anew: look at it, and commit it."
	return 1
}

sums() { find . -path ./e2e/node_modules -prune -o -name '*_templ.go' -print | sort | xargs sha256sum; }

templates() { go tool templ fmt -fail -log-level warn web/templates; }

gofumpt() { silent "not formatted; run make fmt" "$TOOLS/gofumpt" -l .; }

# types: of the browser tests.
types() { make --silent e2e/node_modules/.package-lock.json && (cd e2e && npx tsc --noEmit && npx tsc --noEmit -p keycloak && npx tsc --noEmit -p replicas); }

linters() { "$TOOLS/golangci-lint" run --timeout 10m ./...; }

tidy() { go mod tidy -diff && go -C tools mod tidy -diff; }

deadcode() { silent "reached by nothing, not even a test" "$TOOLS/deadcode" -test ./...; }

# vulnerabilities: known ones, in code that the commands reach. Fails for those that have a fix; the others are printed. The
# Go vulnerability database is the folder data/osv of a module that tools/go.mod pins.
vulnerabilities() {
	local database said fixes code=0
	go -C tools mod download golang.org/x/vulndb && database=$(go -C tools list -m -f '{{.Dir}}' golang.org/x/vulndb) || return
	said=$("$TOOLS/govulncheck" -db "file://$database/data/osv" ./cmd/... 2>&1) || code=$?
	echo "$said"
	[ $code = 3 ] && fixes=$(grep 'Fixed in:' <<<"$said") || return $code # 3: some are reached
	! grep -qv 'Fixed in: N/A$' <<<"$fixes"
}

scripts() {
	local file
	for file in .ci/run scripts/*.sh; do bash -n "$file" || return; done
	if command -v shellcheck >/dev/null; then shellcheck .ci/run scripts/*.sh; fi
}

# silent WHY COMMAND… fails if the command does, or if it prints anything; WHY says what that means.
silent() {
	local why=$1 said
	shift
	said=$("$@") || return
	[ -z "$said" ] && return
	printf '%s\n^ %s\n' "$said" "$why"
	return 1
}
