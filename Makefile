# Works with GNU Make 3.81, the one that macOS has.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Where the environments go, and the Python they are made of; `make PYTHON=python3.12 run` forces one.
VENV ?= .venv
TOOLS ?= .venv-tools
PYTHON ?=
# More arguments for the command of `run`, `report`, `test` and `quick`: make test ARGS="-k ledger -x"
ARGS ?=
# Processes that run the tests; 0 runs them in one, for a debugger.
WORKERS ?= auto

BIN := $(VENV)/bin
INSTALL := python -m pip install --quiet --disable-pip-version-check --no-deps

# The first Python that is new enough and can make an environment.
define FIND_PYTHON
set -e; found=; \
for name in $(or $(PYTHON),python3 python3.13 python3.12 python3.11); do \
  if "$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' \
    >/dev/null 2>&1; then found=$$name; break; fi; \
done; \
if [ -z "$$found" ]; then \
  echo "make: Python 3.11 or newer, with its venv module, is needed; tried:" \
    "$(or $(PYTHON),python3 python3.13 python3.12 python3.11)." >&2; \
  echo "make: name another one with PYTHON=/path/to/python3. (Debian and Ubuntu keep the venv" \
    "module in the package python3-venv.)" >&2; \
  exit 1; \
fi
endef

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# ---------------------------------------------------------------- environments

.PHONY: venv
venv: $(VENV)/.run ## make .venv with what running needs, pinned by hash

$(BIN)/python:
	@$(FIND_PYTHON); echo "Making $(VENV) with $$("$$found" --version)"; "$$found" -m venv $(VENV)

# The stamps are written last, so that an installation that broke off starts anew.
$(VENV)/.run: requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Installing what running needs"
	@$(BIN)/$(INSTALL) --require-hashes -r requirements/run.txt
	@$(BIN)/$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(VENV)/.report: requirements/report.txt $(VENV)/.run
	@echo "Installing what the report needs"
	@$(BIN)/$(INSTALL) --require-hashes -r requirements/report.txt
	@touch $@

$(VENV)/.test: requirements/test.txt $(VENV)/.run
	@echo "Installing what the tests need"
	@$(BIN)/$(INSTALL) --require-hashes -r requirements/test.txt
	@touch $@

$(TOOLS)/.tools: requirements/tools.txt
	@$(FIND_PYTHON); "$$found" -m venv $(TOOLS)
	@$(TOOLS)/bin/$(INSTALL) --require-hashes -r requirements/tools.txt
	@touch $@

# ---------------------------------------------------------------- use

.PHONY: run
run: $(VENV)/.run ## bring the schema up to date and load the feeds that SPARKIFY_* names
	@$(BIN)/python -m alembic upgrade head
	@$(BIN)/python -m sparkify_dwh.load $(ARGS)

.PHONY: report
report: $(VENV)/.report ## write report.html, a page about what the warehouse holds
	@$(BIN)/python -m sparkify_dwh.report $(ARGS)

# ---------------------------------------------------------------- development

# A process that is done takes over half of what the other one still has before it.
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

.PHONY: test
test: $(VENV)/.test ## run all tests
	@$(PYTEST) $(ARGS)

# What breaks first: a load on each engine, the command, the meaning of records and statements.
QUICK := tests/tables tests/models tests/feeds tests/statements tests/migrations tests/load/test_command.py \
  tests/load/test_database.py tests/load/test_promises.py tests/semantics/test_incremental.py \
  tests/redshift_load/test_load.py

.PHONY: quick
quick: $(VENV)/.test ## run the core of the tests, in less than a minute
	@$(PYTEST) -m "not slow" $(QUICK) $(ARGS)

# Ledger, transaction, rejects, statements, quoting: no branch of these may go untried.
EXACT := load/ledger load/publication load/transaction feeds/reject* statements/* redshift/copy* \
  redshift/options redshift/safe_literals
comma := ,
empty :=
INCLUDED = $(subst $(empty) $(empty),$(comma),$(patsubst %,sparkify_dwh/%.py,$(EXACT)))

.PHONY: coverage
coverage: $(VENV)/.test ## run all tests, and fail where too few branches were taken (not in CI)
	@$(BIN)/python -m coverage erase
	@$(PYTEST) --cov --cov-report= $(ARGS)
	@$(BIN)/python -m coverage report --fail-under=95
	@$(BIN)/python -m coverage report --fail-under=100 --include='$(INCLUDED)'

.PHONY: lint
lint: $(VENV)/.test ## check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy --strict sparkify_dwh
	@$(BIN)/python -m sparkify_dwh.docs_from_models --check

.PHONY: format
format: $(VENV)/.test ## sort imports and format
	@$(BIN)/ruff check --select I --fix .
	@$(BIN)/ruff format .

.PHONY: docs
docs: $(VENV)/.run ## write the data dictionary and the diagrams anew
	@$(BIN)/python -m sparkify_dwh.docs_from_models

.PHONY: bench
bench: $(VENV)/.test ## measure loads beside other ways to do it: make bench ARGS="--size S"
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: build
build: $(TOOLS)/.tools ## make the sdist, and the wheel from it, in dist/
	@rm -rf dist
	@$(TOOLS)/bin/python -m build --no-isolation

# Pins are resolved on the oldest Python that is supported. UPGRADE= keeps the versions that still
# fit, and takes new ones only where pyproject.toml asks for them.
UPGRADE ?= --upgrade
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(TOOLS)/bin/pip-compile --quiet --no-config \
  $(UPGRADE) --strip-extras --allow-unsafe --generate-hashes --annotation-style line \
  --no-emit-options --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.PHONY: lock
lock: $(TOOLS)/.tools ## resolve the pins in requirements/ anew
	@$(TOOLS)/bin/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
	  echo "make: pins are made on Python 3.11: rm -rf $(TOOLS); make lock PYTHON=python3.11" >&2; \
	  exit 1; }
	$(COMPILE) --build-deps-for editable -o requirements/run.txt pyproject.toml
	$(COMPILE) --build-deps-for editable --extra report -c requirements/run.txt \
	  -o requirements/report.txt pyproject.toml
	$(COMPILE) --build-deps-for editable --extra test -c requirements/run.txt \
	  -o requirements/test.txt pyproject.toml
	$(COMPILE) -o requirements/tools.txt requirements/tools.in
	@! grep -nE '://|^-|^[^#]*@ |find-links|index-url' requirements/*.txt

.PHONY: audit
audit: $(TOOLS)/.tools ## ask the advisory databases about the pins (not in CI)
	@for file in requirements/*.txt; do echo "$$file"; \
	  $(TOOLS)/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes -r $$file \
	  || exit 1; done

.PHONY: clean
clean: ## remove environments, caches and builds; warehouses stay
	rm -rf $(VENV) $(TOOLS) build dist htmlcov .coverage .coverage.*
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
