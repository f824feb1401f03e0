# Every command of the house. A new machine needs only git, make and Python 3.11 or later.
# One `.venv` serves all: `demo` fills it from requirements/run.lock, `test` and `check` from
# dev.lock, which holds the same pins and more. A stamp says what was installed last.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORK := .work
# The pin of the one tool which the locks themselves cannot hold.
UV_VERSION := 0.13.9
# Bytecode is written on first import instead of for all of site-packages at once: see
# docs/decisions/0001. No other source of packages is named here: pip's own setting decides.
PIP_INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile
FROM_LOCK := $(PIP_INSTALL) --require-hashes --only-binary :all:
OURSELVES := $(PIP_INSTALL) --no-deps --no-build-isolation --editable .
TYPED := $(wildcard conftest.py hub schema connectors demo migrations bench tests examples/clients)
# The default of two is the smallest machine we promise to be quick on.
TEST_PROCESSES ?= 2
ARGUMENTS ?=
# Bytecode left out at installing must be kept at the first run, or every start is 2 s slower.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test check bench audit-http lock format clean

help: ## say what each command does
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | \
		awk -F'|' '{ printf "%-14s%s\n", $$1, $$2 }'

demo: $(VENV)/run.stamp ## start the three demo agencies, sync, print the ledger, serve (PORT=…)
	@$(if $(PORT),HUB_PORT=$(PORT)) $(BIN)/hub demo $(ARGUMENTS)

test: $(VENV)/dev.stamp ## run all tests (ARGUMENTS='-k ledger' chooses)
	@$(BIN)/python -m pytest -n $(TEST_PROCESSES) --dist loadfile $(ARGUMENTS)

check: $(VENV)/dev.stamp ## linters, types, import directions, house rules
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy $(TYPED)
	$(BIN)/lint-imports
	@$(BIN)/python -m pytest --quiet tests/architecture

bench: $(VENV)/dev.stamp ## measure, side by side with the yardsticks (ARGUMENTS=…)
	@$(BIN)/python -m bench $(ARGUMENTS)

audit-http: $(VENV)/dev.stamp ## GraphQL over HTTP, by npm's graphql-http audit (needs Node)
	@$(BIN)/python tests/http_audit/run.py

lock: $(WORK)/uv/bin/uv ## re-make the lock files (ARGUMENTS=--upgrade takes the newest)
	$(call lock_file,requirements/run.lock,)
	$(call lock_file,requirements/dev.lock,--group dev --all-extras --constraints requirements/run.lock)

format: $(VENV)/dev.stamp ## format the code and mend what the linter can mend
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format --quiet .

clean: ## remove what make made (the demo's data folder stays)
	rm -rf $(VENV) $(WORK)

# One line for both, so that they differ in nothing but their groups.
define lock_file
$(WORK)/uv/bin/uv pip compile pyproject.toml --group build $(2) $(ARGUMENTS) --output-file $(1) \
	--universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-annotate \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --quiet
endef

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "The hub needs Python 3.11 or later: say which with  make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

$(VENV)/run.stamp: requirements/run.lock pyproject.toml | $(BIN)/python
	@echo "installing what requirements/run.lock lists into $(VENV) …"
	@$(FROM_LOCK) --requirement requirements/run.lock
	@$(OURSELVES)
	@touch $@

$(VENV)/dev.stamp: requirements/dev.lock pyproject.toml | $(BIN)/python
	@echo "installing what requirements/dev.lock lists into $(VENV) …"
	@$(FROM_LOCK) --requirement requirements/dev.lock
	@$(OURSELVES)
	@touch $@ $(VENV)/run.stamp

$(WORK)/uv/bin/uv:
	$(PYTHON) -m venv $(WORK)/uv
	$(WORK)/uv/bin/python -m pip install -qq --disable-pip-version-check uv==$(UV_VERSION)
