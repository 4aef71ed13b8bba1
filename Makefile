# Five commands, the same by hand and in CI. `make serve` and `make test` need nothing but Python >= 3.11 and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SOURCES := kernel plugins web migrations contrib tests

.PHONY: serve test check fix bench faults docs lock install

install: $(VENV)/.installed

$(VENV)/.installed: requirements-dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "a8n needs Python 3.11 or newer; set PYTHON=python3.11")'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

serve: install  ## start a8n on http://127.0.0.1:5678
	@$(BIN)/a8n serve

test: install  ## every test, with real servers
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

check: install  ## lint, types, architecture
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy kernel plugins web migrations tests
	@$(BIN)/python -m pytest -q tests/test_architecture.py

fix: install  ## let ruff mend what it can
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

bench: install  ## the speed table of the README
	@$(BIN)/python -m tests.bench
	@$(BIN)/python -m tests.bench.distributed

faults: install  ## the promises of docs/durability.md, with processes that are killed; ARGS="--scale 0.1" for less
	@$(BIN)/python -m tests.faults --full $(ARGS)

lock: install  ## pin every dependency with its hashes; names no package index
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate -o requirements.lock pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate --group dev -o requirements-dev.lock pyproject.toml
	@echo hatchling | $(BIN)/uv pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate --constraint requirements-dev.lock -o contrib/deploy/build.lock -

docs: install  ## write the generated parts of the docs anew
	@$(BIN)/python -m tests.test_docs
	@$(BIN)/python -m tests.test_node_reference
	@$(BIN)/python -m tests.test_api_reference
	@$(BIN)/python -m tests.kernel.expressions.test_docs
