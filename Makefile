# `make help` lists what there is. Each target does the set-up that it needs.

.DEFAULT_GOAL := help
.PHONY: help setup setup-tests build demo demo-host demo-large-pack studio test test-rust test-node test-cli test-runtime test-store test-agents \
  test-large-pack test-studio test-hosts test-hosts-all lint rules vectors vectors-archive fuzz soak soak-store soak-large-pack mutants bench clean

SOURCES := $(shell find src pkg/src pkg/build docs examples/studio -type f -not -path '*/node_modules/*') pkg/package.json Cargo.toml Cargo.lock README.md CHANGELOG.md \
  LICENSE THIRD-PARTY.md examples/independent-verify.mjs scripts/build.sh

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 23

setup: ## install what the build needs (idempotent)
	@scripts/setup.sh

setup-tests: ## install what the tests need as well: runtimes, bundlers, Chromium
	@scripts/setup.sh tests

target/package/built: $(SOURCES)
	@scripts/setup.sh
	@echo "build: the WebAssembly module and the npm package (about 30 s the first time)"
	@scripts/build.sh

build: setup target/package/built ## build the npm package: pkg/dist, target/package/*.tgz

demo: build ## run the command on this repository's own context: lock, change, verify, tamper
	@node examples/demo.mjs

demo-host: build ## bind the operation in a host over SQLite: create, retry, conflict, refusal, event, tampering
	@scripts/store-node.sh >/dev/null 2>&1 || scripts/setup.sh tests
	@"$$(scripts/store-node.sh)" examples/host/demo.mjs

demo-large-pack: build ## make one snapshot in several processes, and kill one of them and Redis: BullMQ, Redis, PostgreSQL
	@scripts/setup.sh large-pack
	@node examples/large-pack/demo.mjs

studio: build ## build the Studio page, and open it: what a snapshot holds, what changed, and that it is whole
	@cd examples/studio && npm run --silent build -- --logLevel warn && npm run --silent serve

test: setup-tests build ## run every test
	@scripts/test.sh

test-rust: setup ## run the tests of the core, native and in WebAssembly
	@scripts/test.sh rust wasm

test-node: setup-tests build ## run the tests of the npm package in Node
	@scripts/test.sh types node

test-cli: setup-tests build ## run the tests of the command, a minute (CLI_KILLS=200, CLI_LARGE=1 for more)
	@scripts/test.sh cli

test-runtime: setup-tests build ## run the tests of the handlers that bind the package to a host
	@scripts/test.sh runtime

test-store: setup-tests build ## run the tests of the stores: SQLite, and PostgreSQL with each driver
	@scripts/test.sh store

test-agents: setup-tests build ## run the tests of the examples for agents: MCP, AI SDK, LangChain, OpenTelemetry, 15 s
	@scripts/test.sh agents

test-large-pack: build ## run the tests of the flow for large packs: workers killed, Redis and PostgreSQL cut, lies, 45 seconds
	@scripts/setup.sh large-pack
	@scripts/test.sh large-pack

test-studio: setup-tests build ## run the tests of the worker and the components for pages, in Chromium, two minutes
	@scripts/test.sh studio

test-hosts: setup-tests build ## run the tests of the npm package in every runtime and bundler
	@scripts/test.sh hosts

test-hosts-all: setup-tests build ## test the npm package in frameworks, Firefox and WebKitGTK: 2 GB, 15 minutes
	@scripts/test-hosts-all.sh

lint: ## check formatting, lints and rules; builds no package, installs no browser
	@scripts/setup.sh lint
	@scripts/test.sh lint

rules: ## print for each rule of FORMAT, ERRORS and FOLDER its code and its tests
	@node scripts/rules.js

vectors: ## write tests/vectors/ from scripts/vectors/, without the library
	@scripts/setup.sh lint
	@node scripts/vectors/index.js

vectors-archive: ## pack tests/vectors for implementers: target/vectors/*.tar.gz
	@scripts/vectors-archive.sh

SECONDS_EACH ?= 60
SEED ?= 1
fuzz: build ## fuzz with libFuzzer and fast-check, six targets of SECONDS_EACH=60
	@scripts/fuzz.sh $(SECONDS_EACH) $(SEED)

TINY ?= 1000000
REAL ?= 100000
EDITS ?= 1000000
NUMBERS ?= 10000000
soak: build ## compare three verifiers on TINY=1000000 and REAL=100000 mutants; known items on EDITS=1000000; NUMBERS=10000000; half an hour
	@scripts/soak.sh --tiny $(TINY) --real $(REAL) --seed $(SEED)
	@node tests/soak/frozen.js --edits $(EDITS) --seed $(SEED)
	@node tests/soak/numbers.js --lines $(NUMBERS)

KILLS ?= 300
soak-store: setup-tests build ## kill processes that save and relay, KILLS=300 times for each database, 15 minutes
	@STORE_KILLS=$(KILLS) STORE_SEED=$(SEED) "$$(scripts/store-node.sh)" --test tests/store/kill.test.js

ITEMS ?= 1000000
soak-large-pack: build ## put ITEMS=1000000 of 1 kB through the flow with two workers, and measure memory, two minutes
	@scripts/setup.sh large-pack
	@ITEMS=$(ITEMS) node examples/large-pack/soak.mjs

FILES ?=
mutants: ## change each line that decides what is valid (or FILES="src/policy.rs"), half an hour
	@scripts/mutants.sh $(FILES)

PARTS ?= node runtimes scaling shapes audit startup store cli studio report
bench: setup-tests build ## measure against compositions of other libraries, in every engine, 26 minutes (or PARTS="node report")
	@scripts/peer.sh
	@[ "$(origin PARTS)" != file ] || rm -f target/bench/*.json
	@failed=; for part in $(PARTS); do node bench/$$part.js || failed="$$failed $$part"; done; [ -z "$$failed" ] || { echo "failed:$$failed"; exit 1; }

clean: ## remove what was built (what was set up outside this folder stays)
	@rm -rf target node_modules tests/hosts/node_modules tests/hosts-all/node_modules tests/store/node_modules tests/studio/node_modules examples/agents/node_modules \
	  examples/large-pack/node_modules examples/studio/node_modules \
	  pkg/dist pkg/docs pkg/examples pkg/man pkg/schemas \
	  pkg/verify pkg/errors pkg/contract pkg/runtime pkg/postgres pkg/sqlite pkg/drizzle pkg/kysely pkg/worker pkg/react pkg/README.md pkg/LICENSE pkg/CHANGELOG.md pkg/THIRD-PARTY.md
