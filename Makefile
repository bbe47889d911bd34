# The commands of the house: each recipe is a line one could type; `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help
help: ## Say what can be made
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(BIN)/gateway: requirements/run.txt requirements/build.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; give one with PYTHON=…")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev: $(BIN)/gateway requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

.venv-clients/ready: requirements/clients.txt
	$(PYTHON) -m venv .venv-clients
	.venv-clients/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/clients.txt
	@touch $@

# A distribution's Python is optimised when it is built, as in the image; one that was compiled by hand often is not.
RUN_PYTHON ?= $(shell /usr/bin/python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo /usr/bin/python3 || echo $(PYTHON))

# What the gateway's users install, and none of its developers' packages.
.venv-run/ready: $(VENV)/dev requirements/run.txt
	rm -rf .venv-run
	$(BIN)/uv venv --quiet --python $(RUN_PYTHON) .venv-run
	$(BIN)/uv pip install --quiet --python .venv-run/bin/python --require-hashes -r requirements/run.txt
	@touch $@

gateway/server/graphiql/index.html: $(wildcard web/.npmrc web/*.json web/*.html web/*.ts web/src/*.* web/src/tabs/*)
	@if command -v npm >/dev/null; then cd web && npm ci --silent --no-audit --no-fund && npm run --silent build -- --logLevel warn; \
	else echo "npm is not here: GraphiQL comes from Strawberry's own page instead"; fi

examples/wallet/dist/index.html: schema.graphql $(wildcard examples/wallet/.npmrc examples/wallet/*.* examples/wallet/src/*)
	@if command -v npm >/dev/null; then cd examples/wallet && npm ci --silent --no-audit --no-fund && npm run --silent build -- --logLevel warn; \
	else echo "npm is not here: the wallet's page is not built"; fi

.PHONY: install
install: $(BIN)/gateway ## Install the gateway into .venv

.PHONY: web
web: gateway/server/graphiql/index.html ## Build GraphiQL, where npm is at hand

.PHONY: wallet
wallet: examples/wallet/dist/index.html ## Build the wallet's page, where npm is at hand

.PHONY: run-wallet
run-wallet: wallet ## Serve the wallet's page beside `make run`, and say which URL to open
	@cd examples/wallet && GATEWAY_URL=http://$(HOST):$(PORT) npm start --silent

.PHONY: run
run: install web ## Start the gateway over its sandbox and say which URL to open
	@GATEWAY_HOST=$(HOST) GATEWAY_PORT=$(PORT) $(BIN)/gateway serve --sandbox

.PHONY: format
format: $(VENV)/dev ## Rewrite the code in the house's form
	$(BIN)/ruff format gateway tests benchmarks examples
	$(BIN)/ruff check --fix gateway tests benchmarks examples

.PHONY: check
check: $(VENV)/dev ## Format, lint, types, import contracts, dependencies, Dockerfile
	$(BIN)/ruff format --check gateway tests benchmarks examples
	$(BIN)/ruff check gateway tests benchmarks examples
	$(BIN)/mypy
	$(BIN)/mypy examples/supergraph/market.py
	$(BIN)/lint-imports
	$(BIN)/deptry gateway
	$(BIN)/hadolint Dockerfile

.PHONY: test
test: check web wallet .venv-clients/ready ## Everything that CI runs: the checks, then all tests with coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report
	@$(MAKE) --no-print-directory e2e

e2e/node_modules/.package-lock.json: e2e/.npmrc e2e/package.json e2e/package-lock.json
	cd e2e && npm ci --silent --no-audit --no-fund
	@touch $@

.PHONY: e2e
e2e: install federation ## Try the gateway with clients, audits and routers from npm, where npm is at hand
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory e2e/node_modules/.package-lock.json && cd e2e && node --test *.test.mjs; \
	else echo "npm is not here: what comes from npm is not tried"; test -z "$$CI"; fi

e2e/federation/node_modules examples/typescript/node_modules: %/node_modules: %/package-lock.json
	cd $* && npm ci --silent --no-audit --no-fund
	@touch $@

.PHONY: federation
federation: install ## Put the gateway behind other people's routers, and compile its typed client, where npm is at hand
	@if command -v npm >/dev/null; then \
	$(MAKE) --no-print-directory e2e/federation/node_modules examples/typescript/node_modules && cd e2e/federation && npm test --silent; \
	else echo "npm is not here: other people's routers are not tried"; test -z "$$CI"; fi

benchmarks/rivals/node_modules/.package-lock.json: benchmarks/rivals/.npmrc benchmarks/rivals/package.json benchmarks/rivals/package-lock.json
	@command -v npm >/dev/null || { echo "npm is not here: the rivals cannot be installed"; exit 1; }
	cd benchmarks/rivals && npm ci --silent --no-audit --no-fund
	@touch $@

.PHONY: bench
bench: $(VENV)/dev .venv-run/ready benchmarks/rivals/node_modules/.package-lock.json ## Measure, in ratios within one run; QUICK=1 only the rivals, in a minute
	$(BIN)/python -m benchmarks.ratios $(if $(QUICK),--quick)
ifndef QUICK
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.collector
	$(BIN)/python -m benchmarks.hang
	$(BIN)/python -m benchmarks.refusal
	$(BIN)/python -m benchmarks.cache
	$(BIN)/python -m benchmarks.listeners
endif

.PHONY: schema
schema: install ## Rewrite schema.graphql and docs/errors.md from the code
	$(BIN)/gateway schema > schema.graphql
	$(BIN)/gateway errors > docs/errors.md
	$(BIN)/python examples/supergraph/market.py --schema > examples/supergraph/market.graphql

.PHONY: release
release: schema ## Keep what this version promises, for later ones to be compared with
	mkdir -p docs/releases/$$($(BIN)/python -c 'import gateway; print(gateway.__version__)')
	cp schema.graphql docs/errors.md docs/releases/$$($(BIN)/python -c 'import gateway; print(gateway.__version__)')

.PHONY: lock
lock: $(VENV)/dev ## Pin every dependency anew, with hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate requirements/build.in -o requirements/build.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --group dev pyproject.toml -c requirements/run.txt -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate requirements/clients.in -o requirements/clients.txt

.PHONY: clean
clean: ## Remove what was built and installed
	rm -rf $(VENV) .venv-clients .venv-run web/node_modules e2e/node_modules gateway/server/graphiql
	rm -rf e2e/federation/node_modules examples/typescript/node_modules examples/typescript/generated examples/typescript/build
	rm -rf benchmarks/rivals/node_modules examples/wallet/node_modules examples/wallet/generated examples/wallet/dist
