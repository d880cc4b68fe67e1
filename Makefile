# Two commands are all a newcomer needs: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test test-all site site-test check prose spark mutants publish generate paper notebooks lab clean

demo: $(READY)
	@$(BIN)/crisisdata compare mli-2012-03 mli-2020-08 mli-2021-05 tcd-2021-04
	@echo "What a row means: $(BIN)/crisisdata codebook episodes organised_balance"
	@echo "Why a value is what it is: $(BIN)/crisisdata explain episodes mli-2020-08 organised_balance"

# Without the slow tests; some ten minutes on two cores.
test: $(READY)
	$(BIN)/python -m pytest -q --numprocesses auto -m "not slow and not browser"

test-all: $(READY)
	$(BIN)/python -m pytest -q --numprocesses auto -m "not browser"

# The newest edition as a website: open site/index.html.
site: $(READY)
	$(BIN)/crisisdata site site --overwrite

# In Debian's Chromium, with Java for the HTML checker; npm brings the checkers.
site-test: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[browser]'
	npm install --silent --no-audit --no-fund --no-save --no-package-lock --ignore-scripts --prefix build/checkers axe-core vnu-jar
	$(BIN)/python -m pytest -q -m browser tests/browser

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m crisisdata.coding.generate --check
	$(BIN)/python docs/paper/cited.py --check
	$(BIN)/crisisdata format --check data/raw docs/example-case docs/early-case
	$(BIN)/python tests/prose.py

# Discouraged words in documentation, messages and docstrings; docs/vocabulary.csv lists the project's own.
prose: $(READY)
	$(BIN)/python tests/prose.py

spark: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,spark]'
	$(BIN)/python -m pytest -q tests/test_spark.py

# For example: make mutants MODULE="_record coding/derive/month" SAMPLE=40
SAMPLE ?= 0
SEED ?= 19
mutants: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,mutants]'
	$(BIN)/python tests/attack/mutants.py $(MODULE) --sample $(SAMPLE) --seed $(SEED) $(if $(TESTS),--tests $(TESTS)) --write

publish: $(READY)
	$(BIN)/crisisdata publish

generate: $(READY)
	$(BIN)/python -m crisisdata.coding.generate
	$(BIN)/python docs/paper/cited.py

# The data paper, its figures drawn from the newest edition: build/paper/crisisdata.pdf.
paper: $(READY)
	$(BIN)/python docs/paper/build.py

notebooks: $(READY)
	$(BIN)/python notebooks/execute.py

lab: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[notebooks]'
	$(BIN)/jupyter lab notebooks

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) build dist site
