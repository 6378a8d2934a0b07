# SPDX-License-Identifier: AGPL-3.0-or-later
# Everything a newcomer does is one of these. Each sets up what it needs in $(VENV), from the locks, every package checked
# against its hash; a second time that takes a moment. Hand arguments on with ARGS="…".

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test bench torture fuzz simulate defences lint lock migration words look clean

help: ## say what can be done here
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

demo: $(VENV)/run.stamp ## three co-ops with people in them, on this machine
	@exec $(BIN)/commoncare demo $(ARGS)

test: $(VENV)/dev.stamp look ## the whole suite: house rules, units, both databases, the village, a browser
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

bench: $(VENV)/dev.stamp ## figures beside their limits, as JSON lines
	@$(BIN)/python -m tests.bench $(ARGS)

torture: $(VENV)/dev.stamp ## power cuts, full disks, kill -9: what was acknowledged is there
	@$(BIN)/python -m tests.torture $(ARGS)

fuzz: $(VENV)/dev.stamp ## a million changed messages: nothing forged is taken
	@$(BIN)/python -m tests.fuzz $(ARGS)

simulate: $(VENV)/dev.stamp ## 2,000 made-up histories in bad weather, by their seeds
	@$(BIN)/python -m tests.simulation $(ARGS)

defences: $(VENV)/dev.stamp ## take out every defence in turn: its test has to miss it
	@$(BIN)/python -m tests.defences $(ARGS)

lint: $(VENV)/dev.stamp ## ruff, mypy, the floors of the house
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

lock: ## resolve the locks anew (needs uv); no address is written
	UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile pyproject.toml --group build --generate-hashes --universal \
	  --python-version 3.11 --quiet -o requirements.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile pyproject.toml --group build --group dev --generate-hashes --universal \
	  --python-version 3.11 --quiet -c requirements.lock -o requirements-dev.lock
	UV_CUSTOM_COMPILE_COMMAND="make lock" uv pip compile --group pyproject.toml:sbom --generate-hashes --universal \
	  --python-version 3.11 --quiet -o deploy/sbom.lock

migration: $(VENV)/dev.stamp ## write the first, unreleased migration anew from the tables
	@$(BIN)/python -m node.schema.snapshot

words: $(VENV)/dev.stamp ## bring the catalogues up to date
	@$(BIN)/python -m tests.house.words

look: $(VENV)/dev.stamp ## build the pages' styles and scripts anew
	@$(BIN)/python node/web/assets/build.py

clean: ## remove what was set up here
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Commoncare needs Python 3.11 or later; set PYTHON=… to one, for example: make demo PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null \
	  || { echo "Python's venv is missing; on Debian or Ubuntu install it with: apt-get install python3-venv" >&2; exit 1; }
	@echo "Setting up $(VENV) …" >&2
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: $(VENV)/made requirements.lock pyproject.toml node/web/assets/build.py node/web/assets/package-lock.json
	@echo "Fetching what Commoncare runs on, each package checked against its hash …" >&2
	@$(PIP) install --require-hashes -r requirements.lock >&2
	@$(PIP) install --no-deps --no-index --no-build-isolation --editable . >&2
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.lock
	@echo "Fetching what the tests need, each package checked against its hash …" >&2
	@$(PIP) install --require-hashes -r requirements-dev.lock >&2
	@touch $@
