# One command does everything; `make` alone lists what. Needs Python 3.11 or newer, make and pip, nothing else.
TORCH ?= torch==2.13.0
VENV := .venv
BIN := $(VENV)/bin
# as many processes as there are cores, at most four: each one holds PyTorch; `make test PARALLEL=` runs in one
PARALLEL ?= --numprocesses auto --maxprocesses 4 --dist loadfile
SOURCES := app core tests packaging
OLD_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name $(OLD_ENOUGH) 2>/dev/null && echo $$name && break; done)

.DEFAULT_GOAL := help
.PHONY: help run test test-all check format lint types walk bench screenshots wheel install-desktop hooks clean venv dev

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1 ## /p' $(MAKEFILE_LIST) | awk -F ' ## ' '{ printf "  make %-16s %s\n", $$1, $$2 }'

run: venv ## set everything up and open the program (without a display: the 60-second example in the terminal)
	@$(BIN)/python packaging/start.py

test: dev ## the tests, without the ones that take minutes
	@$(BIN)/python -m pytest -m "not slow" $(PARALLEL) $(ARGS)

test-all: dev ## every test
	@$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

check: lint types walk ## what the hook and CI ask: format, lint, types, import walk, then the tests
	@$(MAKE) --no-print-directory test

format: dev ## put the code into its form
	@$(BIN)/ruff format $(SOURCES)
	@$(BIN)/ruff check --fix $(SOURCES)

lint: dev ## form and lint, nothing changed
	@$(BIN)/ruff format --check --quiet $(SOURCES)
	@$(BIN)/ruff check --quiet $(SOURCES)

types: dev ## mypy, strict, on core
	@$(BIN)/mypy --no-error-summary

walk: dev ## who may import whom
	@$(BIN)/python -m pytest -q -p no:cacheprovider tests/house/test_imports.py

bench: dev ## measure and print (speed, window latency)
	@$(BIN)/python -m tests.benchmarks.window $(ARGS)
	@$(BIN)/python -m tests.benchmarks.pages
	@$(BIN)/headstart bench

screenshots: venv ## every page as a PNG, into screenshots/
	@$(BIN)/headstart screenshots screenshots

wheel: dev ## build dist/headstart-*.whl
	@$(BIN)/python -m build --wheel

install-desktop: venv ## start Headstart from the menu of a Linux desktop
	@$(BIN)/python packaging/desktop.py $(abspath $(BIN)/headstart)

hooks: ## let git check before each commit
	@git config core.hooksPath .githooks

clean: ## remove the virtual environment and everything built
	@rm -rf $(VENV) build dist out screenshots .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find $(SOURCES) resources -name __pycache__ -type d -prune -exec rm -rf {} +

venv dev:
	@test -n "$(PYTHON)" && $(PYTHON) $(OLD_ENOUGH) 2>/dev/null || { \
		echo "Headstart needs Python 3.11 or newer; name one: make run PYTHON=/path/to/python3" >&2; exit 2; }
	@$(PYTHON) packaging/environment.py $(VENV) "$(TORCH)" $(filter dev,$@)
