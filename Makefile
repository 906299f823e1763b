# The one door. Every target sets itself up from a bare clone: git, make, and Python 3.11 or later with venv.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do \
	$$p -c 'import sys, venv; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
OTHER := .venv-dateutil
BENCH := .venv-bench

define environment
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or later with venv was found; name one: make PYTHON=/path/to/python"; exit 1; }
	test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
	$(1)/bin/python -m pip install --quiet --upgrade pip
endef

.PHONY: setup demo test test-dateutil check bench docs clean

setup: $(READY)

$(READY): pyproject.toml
	$(call environment,$(VENV))
	$(BIN)/python -m pip install --quiet --editable ".[all]" --group dev
	@touch $@

demo: setup            ## a week at a desk (and real incidents, when SUPPORTKIT_DATA names the data)
	$(BIN)/supportkit demo
	@if [ -n "$$SUPPORTKIT_DATA" ]; then $(BIN)/python examples/incidents.py \
		"$$SUPPORTKIT_DATA/servicenow_incidents/incident_event_log_opened_before_2016-05-01.csv.gz" --limit 2000; fi

# Files stay whole: the examples of a document build on each other.
test: setup            ## every test, in a few minutes
	$(BIN)/python -m pytest -n 2 --dist loadfile -q

# Two versions of dateutil are in the field, with different zone code. The `holidays` package pins the older one, so
# this environment goes without it.
$(OTHER)/.ready: pyproject.toml
	$(call environment,$(OTHER))
	$(OTHER)/bin/python -m pip install --quiet --editable ".[batch,sql,testing]" --group test icalendar "python-dateutil>=4"
	@touch $@

test-dateutil: $(OTHER)/.ready   ## business time and SLA once more, on the newest dateutil
	$(OTHER)/bin/python -m pytest -n 2 --dist loadfile -q --ignore tests/unit/calendars/test_country_holidays.py tests/unit/calendars tests/unit/sla \
		tests/laws/test_calendar_laws.py tests/laws/test_batch_laws.py tests/laws/test_sla_laws.py \
		tests/oracles/test_calendar_oracle.py tests/oracles/test_sla_oracle.py

check: setup           ## format, lint, types, layers, docs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sphinx-build -q -W -b html docs docs/_build/html

docs: setup            ## the documentation, in docs/_build/html
	$(BIN)/sphinx-build -W -b html docs docs/_build/html

$(BENCH)/.ready: pyproject.toml
	$(call environment,$(BENCH))
	$(BENCH)/bin/python -m pip install --quiet --editable ".[all]" --group bench
	@touch $@

bench: $(BENCH)/.ready  ## figures beside peers and raw limits, in one run
	$(BENCH)/bin/python benchmarks/run.py

clean:
	rm -rf $(VENV) $(OTHER) $(BENCH) build dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
