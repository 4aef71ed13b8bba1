# Five commands, the same by hand and in CI. `make serve` and `make test` need nothing but Python >= 3.11 and make;
# where there is no Node to build the page of web/builder with, the one that PyPI has is installed beside a8n.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
SOURCES := kernel plugins web migrations contrib tests hatch_build.py
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
PAGE := web/a8n_web/static/index.html
PAGE_SOURCES := $(shell find web/builder -type f -not -path '*/node_modules/*' -not -name '.*' -not -name '*.test.*')

.PHONY: serve test check fix bench bench-builder faults docs lock install

install: $(VENV)/.installed $(PAGE)

$(VENV)/.installed: requirements-dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "a8n needs Python 3.11 or newer; set PYTHON=python3.11")'
	@$(PIP) --require-hashes -r requirements-dev.lock
	@A8N_SKIP_BUILDER=1 $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(PAGE): $(PAGE_SOURCES) hatch_build.py | $(VENV)/.installed
	@$(BIN)/python hatch_build.py node || $(PIP) --require-hashes -r contrib/deploy/build.lock
	@$(BIN)/python hatch_build.py

serve: install  ## start a8n on http://127.0.0.1:5678
	@$(BIN)/a8n serve

test: install  ## every test, with real servers
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

check: install  ## lint, types, architecture; types, size and licences of the page
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@$(BIN)/mypy kernel plugins web migrations tests hatch_build.py
	@$(BIN)/python hatch_build.py npm run --silent check
	@$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_builder_types.py tests/test_builder_size.py

fix: install  ## let ruff mend what it can
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)

bench: install  ## the speed table of the README
	@$(BIN)/python -m tests.bench
	@$(BIN)/python -m tests.bench.distributed

bench-builder: install  ## what the builder costs a browser, goal beside result; ARGS="load gestures" for some groups
	@$(BIN)/python -m tests.bench.builder $(ARGS)

faults: install  ## the promises of docs/durability.md, with processes that are killed; ARGS="--scale 0.1" for less
	@$(BIN)/python -m tests.faults --full $(ARGS)

lock: install  ## pin every dependency with its hashes; names no package index
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate -o requirements.lock pyproject.toml
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate --group dev -o requirements-dev.lock pyproject.toml
	@printf 'hatchling\nnodejs-wheel-binaries\n' | $(BIN)/uv pip compile --quiet --universal --python-version 3.13 --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --no-annotate --constraint requirements-dev.lock -o contrib/deploy/build.lock -

docs: install  ## write the generated parts of the docs anew
	@$(BIN)/python -m tests.test_docs
	@$(BIN)/python -m tests.test_node_reference
	@$(BIN)/python -m tests.test_api_reference
	@$(BIN)/python -m tests.test_builder_types
	@$(BIN)/python -m tests.kernel.expressions.test_docs
