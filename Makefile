# Everything built or fetched goes to .cache/, which `make clean` removes.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# The toolchain that go.mod names, whichever Go is installed and however it is set up.
export GOTOOLCHAIN ?= $(shell sed -n 's/^toolchain //p' go.mod)

CACHE := .cache
# Linters take minutes to build. They are built once for each state of tools/go.sum.
TOOLS := $(CACHE)/tools/$(shell cat tools/go.mod tools/go.sum | sha256sum | cut -c1-12)
IMAGE ?= wallaroo-user-admin
LINT  := $(TOOLS)/golangci-lint
CLUSTER  := go run ./cmd/cluster
REPLICAS := npm --prefix e2e exec -- playwright test --config e2e/replicas/playwright.config.ts

##@ Use

.PHONY: help
help: ## Print this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z][a-z0-9-]*:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo

.PHONY: demo
demo: ## Run the dashboard with everything it needs, at http://127.0.0.1:8080
	go run ./cmd/demo

.PHONY: build
build: ## Build the server as .cache/server
	@mkdir -p $(CACHE)
	CGO_ENABLED=0 go build -trimpath -o $(CACHE)/server ./cmd/server

.PHONY: image
image: ## Build the container image with docker, podman or buildah (IMAGE=name)
	./scripts/image.sh $(IMAGE)

##@ Test

.PHONY: test
test: test-go e2e ## Everything but the real Keycloak: vet, Go tests, the browser

.PHONY: test-go
test-go: ## go vet, and Go tests under the race detector
	go vet ./...
	go test -race -timeout 30m ./...

e2e test-replicas test-basepath: export DEMO_BIN := $(CURDIR)/$(CACHE)/demo-race
.PHONY: e2e
e2e: demo-race e2e-ready ## The dashboard in a browser, against the demo under the race detector (ARGS="--grep invite")
	cd e2e && npx playwright test $(ARGS)

.PHONY: fuzz
fuzz: ## Fuzz each parser for a while, one after the other (TIME=30s)
	./scripts/fuzz.sh $(TIME)

.PHONY: test-keycloak
test-keycloak: demo-race e2e-ready ## Sign-in against a real Keycloak 26, fetched from Maven Central
	./scripts/test-keycloak.sh $(ARGS)

.PHONY: test-all
test-all: export E2E_WHOLE := 1
test-all: test test-keycloak test-replicas test-basepath ## All tests there are, with the whole browser suite on each: an hour or two
	./scripts/test-csv.sh || [ $$? = 77 ]
	$(MAKE) --no-print-directory fuzz
	$(MAKE) --no-print-directory soak DURATION=10m

# CI takes the specs tagged @replicas: make test-replicas ARGS="--grep @replicas --project js"
.PHONY: test-replicas
test-replicas: server-race demo-race e2e-ready cluster-ready ## Two servers on PostgreSQL behind nginx, one of them killed again and again
	$(CLUSTER) --servers 0 -- go test -race -count=1 ./internal/store/... ./internal/session/... ./internal/audit/... ./internal/changes/...
	$(CLUSTER) --servers 0 -- go test -race -count=1 -run PostgreSQL ./internal/app
	$(CLUSTER) --server $(CACHE)/server-race --servers 2 --kill-every 20s -- $(REPLICAS) $(ARGS)

.PHONY: test-basepath
test-basepath: server-race demo-race e2e-ready cluster-ready ## The dashboard under a path of another host
	$(CLUSTER) --server $(CACHE)/server-race --servers 1 --path /admin/users-ui -- $(REPLICAS) $(ARGS)

DURATION ?= 10m
.PHONY: soak
soak: build cluster-ready ## 200 browsers on two servers, one of them killed again and again (DURATION=10m)
	go run ./cmd/soak --duration $(DURATION) $(ARGS)

.PHONY: pictures
pictures: demo-bin e2e-ready ## Compare the key pages with e2e/pictures; ARGS=--update-snapshots=all renews those
	cd e2e && npx playwright test --project=pictures $(ARGS)

.PHONY: lighthouse
lighthouse: demo-bin e2e-ready ## Lighthouse over three pages, fetched from npm (RUNS=3)
	cd e2e/lighthouse && PUPPETEER_SKIP_DOWNLOAD=1 npm ci --no-audit --no-fund && node run.mjs

.PHONY: bench
bench: demo-bin e2e-ready ## Measure, and write docs/performance.md: some twenty minutes (ROUNDS=3 RUNS=5 for fewer)
	./scripts/bench.sh

##@ Change

.PHONY: generate
generate: ## Write the Go code of the templates
	go tool templ generate -log-level warn -path web/templates

.PHONY: fmt
fmt: $(LINT) ## Format Go code and templates
	$(TOOLS)/gofumpt -w .
	go tool templ fmt -log-level warn web/templates
	$(MAKE) --no-print-directory generate

.PHONY: lint
lint: ## Formats, linters, dead code, known vulnerabilities: the quick half of CI
	./.ci/run quick

.PHONY: screenshots
screenshots: demo-bin e2e-ready ## Make the pictures of docs/screenshots anew
	node scripts/screenshots.mjs

.PHONY: clean
clean: ## Remove what was built or fetched
	rm -rf $(CACHE) e2e/node_modules e2e/report e2e/results

# What the targets above need.

.PHONY: tools
tools: $(LINT)
	@echo $(TOOLS)

$(LINT): tools/go.mod tools/go.sum
	@echo "Building the linters, once for this tools/go.sum: a few minutes" >&2
	GOBIN=$(CURDIR)/$(TOOLS) go -C tools install tool
	@touch $@

# Go knows best whether it needs building again.
.PHONY: demo-bin
demo-bin:
	@mkdir -p $(CACHE)
	go build -o $(CACHE)/demo ./cmd/demo

.PHONY: demo-race server-race
demo-race server-race: %-race:
	@mkdir -p $(CACHE)
	go build -race -o $(CACHE)/$@ ./cmd/$*

.PHONY: e2e-ready
e2e-ready: e2e/node_modules/.package-lock.json
	cd e2e && npm run --silent browser

.PHONY: cluster-ready
cluster-ready:
	@./scripts/cluster-ready.sh

e2e/node_modules/.package-lock.json: e2e/package-lock.json
	cd e2e && npm ci --no-audit --no-fund
	@touch $@
