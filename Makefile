# `make` prints the targets. Everything runs in a virtual environment that the first target sets up by itself.
PYTHON ?= python3
VENV ?= .venv
DATA ?=
ARGS ?=
RESULT ?=

PY := $(VENV)/bin/python
export PYTHONUTF8 = 1
# an environment whose Python is gone (moved, upgraded, deleted) is set up again
ifneq ($(shell $(PY) -c 'print("fine")' 2>/dev/null),fine)
$(VENV)/run.stamp $(VENV)/dev.stamp: FORCE
endif

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help venv backtest report sweep notebook ruledays docs test torture faults check market conformance parity bench clean FORCE

help: ## print this list
	@echo "make <target> [PYTHON=python3.12] [VENV=.venv] [ARGS=\"...\"]"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/\1|\2/p' Makefile | while IFS='|' read -r name text; do printf '  %-12s %s\n' "$$name" "$$text"; done

venv: $(VENV)/dev.stamp ## set up .venv with everything (about a minute, once)
	@echo "$(VENV) is ready"

$(VENV)/run.stamp: requirements-run.txt .ci/venv
	@VENV="$(VENV)" PYTHON="$(PYTHON)" sh .ci/venv run

$(VENV)/dev.stamp: requirements-dev.txt requirements-run.txt .ci/venv
	@VENV="$(VENV)" PYTHON="$(PYTHON)" sh .ci/venv dev

backtest: $(VENV)/run.stamp ## run main.py: DATA=<LEAN data folder> (default: the synthetic market), ARGS="--parameter name value ..."
	@$(PY) -m reports.backtest $(if $(DATA),--data-folder "$(DATA)") $(ARGS)

report: $(VENV)/dev.stamp ## write report.html of a run: RESULT=<results folder> (default: the newest), ARGS="--data-folder DIR"
	@$(PY) -m reports.html $(if $(RESULT),"$(RESULT)") $(ARGS)

sweep: $(VENV)/dev.stamp ## run a grid: ARGS="--vary stop-credit-percent 50 100 150 ...", DATA as above; resumes
	@$(PY) -m reports.sweep $(if $(DATA),--data-folder "$(DATA)") $(ARGS)

notebook: $(VENV)/dev.stamp ## execute research.ipynb from top to bottom: DATA and ARGS as for backtest
	@$(PY) -m reports.notebook $(if $(DATA),--data-folder "$(DATA)") $(ARGS)

ruledays: market ## what each stop rule does on each scripted day: rewrite docs/rule-days.md
	@$(PY) -m reports.rule_days --write docs/rule-days.md

docs: $(VENV)/dev.stamp ## rewrite docs/api.md from the docstrings, docs/replay.md from the tests
	@$(PY) -m reports.api_page --write docs/api.md
	@$(PY) -m tests.replay.coverage --write docs/replay.md

test: $(VENV)/dev.stamp ## run the tests: ARGS="-k stop -x"
	@$(PY) -m pytest -n auto $(ARGS)

torture: faults ## what takes hours: random fault plans, then a kill at every event and slice of several days: ARGS="-k gap"
	@$(PY) -m pytest -n auto -m torture $(ARGS)

faults: $(VENV)/dev.stamp ## random fault plans on all cores: PLANS="--plans 500 --first 20000" (default 10000, an hour on two cores)
	@$(PY) -m market --output synthetic-data
	@$(PY) -m tests.torture $(PLANS)

check: $(VENV)/dev.stamp ## formatting, lint, types
	@$(PY) -m ruff format --check --quiet . || { echo "Formatting differs: run $(PY) -m ruff format ."; exit 1; }
	@$(PY) -m ruff check --quiet .
	@$(PY) -m mypy .

market: $(VENV)/run.stamp ## make the synthetic market in synthetic-data/ (quick when it is there)
	@$(PY) -m market --output synthetic-data $(ARGS)

conformance: $(VENV)/dev.stamp ## replay the recordings of the real engine and compare: ARGS="case ..."
	@$(PY) -m replay.conformance $(ARGS)

parity: $(VENV)/dev.stamp ## run the real LEAN (needs Docker) and replay on the synthetic market, and compare
	@$(PY) -m reports.parity

bench: $(VENV)/dev.stamp ## measure manager and replay (minutes; quiet machine): ARGS="--small" only shows that it works
	@$(PY) -m bench $(ARGS)

clean: ## delete caches, the environment and the synthetic market; results and your data stay
	@rm -rf .venv synthetic-data .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
