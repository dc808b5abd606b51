# The only commands to learn: replay, test, check, build.
BIN = .venv/bin/
PYTHON ?= python3
SAM = .venv-sam/bin/sam

.PHONY: setup replay test check lint rendered build sam

# Installs once, and again only when pyproject.toml changes.
.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

setup: .venv/installed
	$(BIN)pre-commit install

replay: .venv/installed
	$(BIN)simulator replay tests/scenarios --report build/report.json --report build/report.xml --report build/report.html \
	  --coverage --fail-under 100 --diagrams build/diagrams --coverage-report build/coverage.txt \
	  --coverage-report build/coverage.xml --coverage-report build/coverage.info

test: .venv/installed
	$(BIN)pytest -q -m 'not slow and not sweep' --cov --cov-report=term-missing:skip-covered

check: lint rendered sam slow

lint: .venv/installed
	$(BIN)ruff format --check .
	$(BIN)ruff check .
	$(BIN)mypy

rendered: .venv/installed
	$(BIN)simulator build --check
	$(BIN)simulator check
	$(BIN)simulator draw --format svg --output docs/diagrams --check
	$(BIN)simulator draw --data-flow --output docs/data-flow.svg --check
	$(BIN)simulator draw --data-flow --card-data --output docs/card-data.svg --check
	$(BIN)simulator compliance --check

# What the differential test compares with; without npm it skips and says so.
node_modules/jsonata/package.json:
	if command -v npm >/dev/null; then npm install --no-save --silent jsonata@2.0.6; fi

# With the containers of `sam local invoke`, for which `make sam` must have been before.
.PHONY: slow
slow: .venv/installed node_modules/jsonata/package.json
	$(BIN)pytest -q -m slow

# Every fault of every payment: half an hour.
.PHONY: sweep
sweep: .venv/installed
	$(BIN)pytest -q -m sweep

build: .venv/installed
	$(BIN)simulator build

# The engine beside its peers, on one core; takes five minutes and keeps build/bench.json.
.venv/bench: .venv/installed
	$(BIN)pip install --quiet --disable-pip-version-check --editable '.[bench]'
	touch $@

.PHONY: bench
bench: .venv/bench
	$(BIN)python tests/bench/bench.py $(BENCH)

# The SAM CLI pins its own versions, so it lives in an environment of its own.
.venv-sam/installed: Makefile
	$(PYTHON) -m venv .venv-sam
	.venv-sam/bin/pip install --quiet --disable-pip-version-check 'aws-sam-cli>=1.160,<2'
	touch $@

# Every template, then every environment of samconfig.toml as `sam build --config-env` makes it.
ENVIRONMENTS = $(shell sed -n 's/^\[\([a-z-]*\)\.build\.parameters\]$$/\1/p' samconfig.toml)

sam: export SAM_CLI_TELEMETRY = 0
sam: export AWS_DEFAULT_REGION = us-east-1
sam: .venv-sam/installed
	set -e; for template in template.yaml stacks/*.yaml; do \
	  $(SAM) validate --config-env none --template $$template; \
	  $(SAM) validate --config-env none --template $$template --lint; \
	done
	set -e; for environment in $(ENVIRONMENTS); do \
	  echo "== $$environment"; $(SAM) build --config-env $$environment; \
	done
