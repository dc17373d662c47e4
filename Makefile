# Everything one does with a checkout. `make` alone tells what there is.

PYTHON ?= python3
VENV := .venv
OLD_BOTO3 := .venv-boto3-1.28
AWSCLI := .venv-awscli
MINUTES ?= 20
SEED ?= 1000
AIOBOTO3 := .venv-aioboto3
NODE_MODULES := tests/clients/node/node_modules
BIOME := tests/web/scripts/node_modules
INSTALL := -m pip install --quiet --quiet --no-input --disable-pip-version-check --require-hashes
PYTEST := $(VENV)/bin/pytest

# The tests start hundreds of Pythons; where none may keep what it has compiled, each would compile all of it anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup setup-test demo lint lint-scripts test soak check types fuzz coverage bench messages screenshots worker-api lock clean

help:  ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-12s %s\n", $$1, $$2 }'

setup: $(VENV)/.installed  ## Make .venv with Kempelen and all it needs, from the locked versions

setup-test: setup $(OLD_BOTO3)/.installed $(AWSCLI)/.installed $(AIOBOTO3)/.installed  ## Besides, what the tests need: other SDKs, Chromium, PostgreSQL, Node
	@scripts/install-test-programs
	@$(MAKE) --no-print-directory $(NODE_MODULES)/.installed $(BIOME)/.installed

demo: setup  ## A server with a Requester, Workers and sample HITs, to look at, at PORT=8900
	@$(VENV)/bin/kempelen demo $(if $(PORT),--port $(PORT))

test: setup-test lint lint-scripts  ## Everything: linters, types, all tests on SQLite and on PostgreSQL
	$(PYTEST) --numprocesses 3 --dist loadscope --no-loadscope-reorder --database both

soak: setup-test  ## The long runs: every test on both databases, many kills, then random requests for MINUTES=20 each
	KEMPELEN_SOAK=yes $(PYTEST) --numprocesses 3 --dist loadscope --no-loadscope-reorder --database all
	@$(MAKE) --no-print-directory fuzz

check: setup lint  ## The quick half, for while you work: linters, types, fast tests on SQLite
	$(PYTEST) --quiet --numprocesses 2 --dist loadscope --database sqlite -m "not slow"

lint: setup
	@$(VENV)/bin/ruff check --quiet
	@$(VENV)/bin/ruff format --check --quiet || { echo "not formatted; run: $(VENV)/bin/ruff format"; exit 1; }
	@$(VENV)/bin/mypy

lint-scripts: setup-test
	@$(BIOME)/.bin/biome ci --error-on-warnings --config-path tests/web/scripts/biome.json src/kempelen/web/static \
		>/dev/null || $(BIOME)/.bin/biome ci --error-on-warnings --config-path tests/web/scripts/biome.json \
		src/kempelen/web/static

fuzz: setup-test  ## Random requests to every operation and every page, MINUTES=20 on each database, from seed SEED=1000
	@$(VENV)/bin/python -m tests.simulation.fuzz --minutes $(MINUTES) --seed $(SEED) --database sqlite
	@$(VENV)/bin/python -m tests.simulation.fuzz --minutes $(MINUTES) --seed $(SEED) --database postgresql
	@$(VENV)/bin/python -m tests.simulation.fuzz --pages --minutes $(MINUTES) --seed $(SEED) --database sqlite
	@$(VENV)/bin/python -m tests.simulation.fuzz --pages --minutes $(MINUTES) --seed $(SEED) --database postgresql

coverage: setup-test  ## Run the tests of the API, and write which of them shows which member into docs/coverage.md
	@rm -rf build/recorded
	@$(VENV)/bin/python -m pytest --quiet -p tests.recording --record build/recorded \
		--numprocesses 2 --dist loadscope --database sqlite --ignore tests/clients/test_kills.py \
		tests/api tests/market tests/delivery tests/clients
	@$(VENV)/bin/python -m tests.coverage build/recorded

bench: setup-test  ## Measure, as ratios against what this machine can do
	@$(VENV)/bin/python -m tests.bench
	@$(VENV)/bin/python -m tests.bench.finding

messages: setup  ## Gather the texts of the site into the catalogs of its languages
	@$(VENV)/bin/python -m tests.web.messages

screenshots: setup-test  ## Every page and crowd element, wide and narrow, light and dark, into screenshots/, to look at
	@$(VENV)/bin/python -m tests.web.screenshots

worker-api: setup  ## Play the examples of docs/worker-api.md and write what is answered
	@$(VENV)/bin/python -m tests.web.worker_examples

lock:  ## Lock the newest allowed versions of the dependencies anew (needs uv)
	@scripts/lock --upgrade

clean:  ## Remove what make made; data folders stay
	rm -rf $(VENV) $(OLD_BOTO3) $(AWSCLI) $(AIOBOTO3) $(NODE_MODULES) $(BIOME) .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist

# The stamps: a second `make setup` has nothing to do until a lock file or pyproject.toml changes.

$(VENV)/.installed: requirements/test.txt pyproject.toml
	@scripts/make-venv $(PYTHON) $(VENV)
	@$(VENV)/bin/python $(INSTALL) --requirement requirements/test.txt
	@$(VENV)/bin/python -m pip install --quiet --quiet --no-input --disable-pip-version-check \
		--no-build-isolation --no-deps --no-index --editable .
	@touch $@

.venv-%/.installed: requirements/%.txt
	@scripts/make-venv $(PYTHON) .venv-$*
	@.venv-$*/bin/python $(INSTALL) --requirement $<
	@touch $@

%/node_modules/.installed: %/package-lock.json
	@cd $* && npm ci --ignore-scripts --loglevel=error
	@touch $@
