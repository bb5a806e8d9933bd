# Names the commands; what they do is in the command, the chart and the tests.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url --no-header --upgrade

.DEFAULT_GOAL := help
.PHONY: help run test coverage test-chart scan manifests package test-image bench behaviour prove lint lock up e2e drill drills \
    down clean

help: ## Show these targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: export SLIPWAY_LOG_FORMAT ?= text
run: $(VENV)/.service ## Run the service alone, its console on http://127.0.0.1:8000 (SQLite, nothing to configure)
	@$(BIN)/python -m service migrate
	@echo "http://127.0.0.1:$${SLIPWAY_PUBLIC_PORT:-8000} the console, /docs the API (Ctrl-C ends it)"
	@exec $(BIN)/python -m service serve

test: $(VENV)/.dev ## Run every test that needs no cluster
	$(BIN)/pytest -n 2 -m "not clock" $(ARGS)
	$(BIN)/pytest -m clock $(ARGS) || test $$? -eq 5 # none among those that ARGS chose

coverage: export PYTHONPATH = $(CURDIR)
coverage: $(VENV)/.dev ## Run the service's tests and show which branches of it none takes; fails below 95 %
	$(BIN)/pytest -n 2 -m "not speed" --cov --cov-report=term-missing tests/unit tests/integration tests/console $(ARGS)

test-chart: $(VENV)/.dev ## Run the chart's tests; fails without helm and promtool, and above five minutes
	REQUIRE_HELM=1 REQUIRE_PROMTOOL=1 $(BIN)/pytest -n 2 --session-timeout=300 tests/chart $(ARGS)

scan: $(VENV)/.dev $(VENV)/.checkov ## Scan the chart's default release and its profiles with checkov
	PATH="$(CURDIR)/$(VENV)/checkov/bin:$$PATH" REQUIRE_HELM=1 REQUIRE_CHECKOV=1 $(BIN)/pytest tests/chart/test_policies.py $(ARGS)

manifests: $(VENV)/.dev ## Render the profile prod into build/slipway.yaml, checked (ARGS=--set=image.digest=sha256:...)
	$(BIN)/python -m tests.chart.manifests $(ARGS)

package: $(VENV)/.dev ## Pack the chart into build/, the same bytes each time, and list the image's parts (ARGS=--sign=KEY)
	$(BIN)/python -m tests.chart.package $(ARGS)

test-image: $(VENV)/.dev ## Build the image and try it, alone and with compose.yaml (needs Docker)
	REQUIRE_DOCKER=1 $(BIN)/pytest -s tests/image $(ARGS)

bench: $(VENV)/.dev ## Measure what the service's own stack costs; fails above its budget
	$(BIN)/python -m tests.bench

behaviour: $(VENV)/.dev ## Measure every promise in figures and write docs/behaviour.md (some minutes; ARGS=--help)
	$(BIN)/python -m tests.behaviour --write $(ARGS)

prove: $(VENV)/.dev ## Take each behaviour of docs/guide.md out and see its test fail (ARGS=words of its section)
	$(BIN)/python -m tests.prove $(ARGS)

lint: $(VENV)/.dev ## Check style, types, layers and the Dockerfile
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/hadolint Dockerfile

lock: $(VENV)/.dev ## Pin every dependency again, with hashes
	$(LOCK) --group service --output-file requirements/service.txt
	$(LOCK) --group dev pyproject.toml --constraint requirements/service.txt --output-file requirements/dev.txt
	$(LOCK) --group verify --constraint requirements/dev.txt --output-file requirements/verify.txt
	$(LOCK) --group checkov --output-file requirements/checkov.txt

up: $(VENV)/.dev ## Raise a kind cluster and release the service on it; prints the address
	@$(BIN)/slipway up $(ARGS)

e2e: $(VENV)/.dev ## Test the release on the cluster, under traffic
	@$(BIN)/slipway up
	@$(BIN)/slipway e2e $(ARGS)

drill: $(VENV)/.dev ## Roll the release over under load: none may fail (ARGS=--control: some must)
	@$(BIN)/slipway drill rolling-update $(ARGS)

drills: $(VENV)/.dev ## Do every drill and its control, half an hour (ARGS=--write writes docs/drills.md)
	@$(BIN)/slipway drill all $(ARGS)

down: $(VENV)/.dev ## Remove the cluster and everything that belongs to it
	@$(BIN)/slipway down $(ARGS)

clean: ## Remove the virtual environment and caches
	rm -rf $(VENV) build ./*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find service scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or later is needed; name one: make PYTHON=python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.service: $(VENV)/bin/python requirements/service.txt
	$(PIP) install --require-hashes --requirement requirements/service.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.service requirements/dev.txt pyproject.toml
	$(PIP) install --require-hashes --requirement requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.checkov: $(VENV)/bin/python requirements/checkov.txt
	$(PYTHON) -m venv $(VENV)/checkov
	$(VENV)/checkov/bin/python -m pip --quiet install --require-hashes --requirement requirements/checkov.txt
	@touch $@
