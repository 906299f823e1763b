# The one door. Every target sets itself up from a bare clone: git, make, and Python 3.11 or later with venv.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys, venv; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: setup demo test check bench docs clean

setup: $(READY)

$(READY): pyproject.toml
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or later with venv was found; name one: make PYTHON=/path/to/python"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable ".[all]" --group dev
	@touch $@

demo: setup            ## a week at a desk (and real incidents, when SUPPORTKIT_DATA names the data)
	$(BIN)/supportkit demo
	@if [ -n "$$SUPPORTKIT_DATA" ]; then $(BIN)/python examples/incidents.py \
		"$$SUPPORTKIT_DATA/servicenow_incidents/incident_event_log_opened_before_2016-05-01.csv.gz" --limit 2000; fi

test: setup            ## every test, in a few minutes
	$(BIN)/python -m pytest -n 2 -q

check: setup           ## format, lint, types, layers, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sphinx-build -q -W -b html docs docs/_build/html

docs: setup            ## the documentation, in docs/_build/html
	$(BIN)/sphinx-build -W -b html docs docs/_build/html

bench: setup           ## figures beside raw limits, in one run
	$(BIN)/python benchmarks/run.py

clean:
	rm -rf $(VENV) build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
