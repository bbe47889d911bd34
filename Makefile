# The commands of the house: each recipe is a line one could type; `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

.PHONY: help
help: ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

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

gateway/server/graphiql/index.html: $(wildcard web/.npmrc web/*.json web/*.html web/*.ts web/src/*.* web/src/tabs/*)
	@if command -v npm >/dev/null; then cd web && npm ci --silent --no-audit --no-fund && npm run --silent build -- --logLevel warn; \
	else echo "npm is not here: GraphiQL comes from Strawberry's own page instead"; fi

.PHONY: install
install: $(BIN)/gateway ## Install the gateway into .venv

.PHONY: web
web: gateway/server/graphiql/index.html ## Build GraphiQL, where npm is at hand

.PHONY: run
run: install web ## Start the gateway over its sandbox and say which URL to open
	@GATEWAY_HOST=$(HOST) GATEWAY_PORT=$(PORT) $(BIN)/gateway serve --sandbox

.PHONY: format
format: $(VENV)/dev ## Rewrite the code in the house's form
	$(BIN)/ruff format gateway tests benchmarks
	$(BIN)/ruff check --fix gateway tests benchmarks

.PHONY: check
check: $(VENV)/dev ## Format, lint, types, import contracts, dependencies, Dockerfile
	$(BIN)/ruff format --check gateway tests benchmarks
	$(BIN)/ruff check gateway tests benchmarks
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry gateway
	$(BIN)/hadolint Dockerfile

.PHONY: test
test: check web .venv-clients/ready ## Everything that CI runs: the checks, then all tests with coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

.PHONY: bench
bench: $(VENV)/dev ## Measure, in ratios within one run
	$(BIN)/python -m benchmarks.hang
	$(BIN)/python -m benchmarks.refusal

.PHONY: schema
schema: install ## Rewrite schema.graphql from the code
	$(BIN)/gateway schema > schema.graphql

.PHONY: lock
lock: $(VENV)/dev ## Pin every dependency anew, with hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate pyproject.toml -o requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate requirements/build.in -o requirements/build.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate --group dev pyproject.toml -c requirements/run.txt -o requirements/dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate requirements/clients.in -o requirements/clients.txt

.PHONY: clean
clean: ## Remove what was built and installed
	rm -rf $(VENV) .venv-clients web/node_modules gateway/server/graphiql
