# `make build` does the main job, `make test` every check. Both set up what they need.
# CIN_EXTRACT_DIR, CIN_CENSUS_YEARS and CIN_DATABASE point the build at other data (see README.md).

PYTHON ?= python3.11
BIN := .venv/bin
CIN_EXTRACT_DIR ?= data/synthetic
PROFILE ?= ons_srs
SHOW_TIME := date +"%H:%M:%S"

.PHONY: look build test environment extract docs export release browser-test lint mutants evaluation benchmark clean

build: environment extract
	@echo "$$($(SHOW_TIME))  Building the database" && $(BIN)/dbt build
	@$(MAKE) --no-print-directory docs

# Of the database that is there: the documentation site, the codebook, the report with figures. One file each, no network.
docs: environment
	@echo "$$($(SHOW_TIME))  Writing the documentation: target/static_index.html" && $(BIN)/dbt docs generate --static --quiet
	@echo "$$($(SHOW_TIME))  Writing the codebook and the report beside it"
	@$(BIN)/python scripts/write_codebook.py
	@$(BIN)/python scripts/write_report.py
	@cp DECISIONS.md target/

# What a delivery holds, before anything is built. Reads CIN_EXTRACT_DIR, changes nothing.
look: environment
	@$(BIN)/python scripts/look.py

# Every public table as Parquet, to data/export.
export: environment
	@$(BIN)/python scripts/export_marts.py

# Opens what `make docs` wrote in Chromium, which must be on the machine.
browser-test: environment
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-browser.lock
	@$(BIN)/python -m pytest tests/browser

# Tables that may leave, after disclosure control, and the pack for the output checker, to data/release.
release: environment
	@$(BIN)/python scripts/write_release.py --profile $(PROFILE)

environment: .venv/installed

.venv/installed: requirements.lock
	@echo "$$($(SHOW_TIME))  Making the environment in .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	@touch .venv/installed

# Made only where no other extract is named; the script does nothing if the same extract is there.
extract: environment
ifeq ($(CIN_EXTRACT_DIR),data/synthetic)
	@$(BIN)/python scripts/make_synthetic_extract.py --out data/synthetic
endif

# Every mutant, also against the whole pipeline and the planted faults: about ten minutes.
mutants: environment
	@$(BIN)/python scripts/make_synthetic_extract.py --out data/clean --noise 0 --share 0.003
	@$(BIN)/python scripts/plant_faults.py --extract data/clean --out data/planted
	@CIN_EXTRACT_DIR=data/planted CIN_DATABASE=data/planted.duckdb $(BIN)/dbt build --quiet --full-refresh
	@$(BIN)/python scripts/mutate_sql.py --database data/planted.duckdb --planted data/planted

# Measures a tenth of synthetic England against its truth at four levels of noise, and writes the figures into the documentation:
# about five minutes.
evaluation: environment
	@$(BIN)/python scripts/evaluate.py

# Measures the project beside the least that is possible and Polars, and writes the figures into the documentation: over
# two hours, 20 GB of disk.
benchmark: environment
	@$(BIN)/python benchmarks/benchmark.py

lint: environment
	@echo "$$($(SHOW_TIME))  Linting the SQL and the Python" && $(BIN)/ruff check --quiet scripts benchmarks tests
	@$(BIN)/sqlfluff lint models analyses tests/singular --processes 2 --disable-progress-bar --nocolor

# The synthetic extract is used whatever is set, so that real data is never built by a test.
test: export CIN_EXTRACT_DIR := data/synthetic
test: export CIN_DATABASE := data/test.duckdb
test: export CIN_CENSUS_YEARS :=
test: export CIN_PSEUDONYM_KEY :=
test: export CIN_DATABASE_KEY :=
test: environment
	@$(MAKE) --no-print-directory extract lint
	@echo "$$($(SHOW_TIME))  Building the synthetic extract with every unit and data test" && $(BIN)/dbt build --quiet --full-refresh
	@echo "$$($(SHOW_TIME))  Breaking each rule once: its unit test must go red" && $(BIN)/python scripts/break_rules.py
	@echo "$$($(SHOW_TIME))  Changing the SQL a little: unit tests must notice" && $(BIN)/python scripts/mutate_sql.py
	@echo "$$($(SHOW_TIME))  Testing the whole pipeline" && $(BIN)/dbt docs generate --static --quiet && $(BIN)/python -m pytest tests/python --numprocesses 2 --dist loadfile
	@echo "$$($(SHOW_TIME))  All checks passed"

clean:
	rm -rf .venv target logs data/*.duckdb* data/synthetic data/clean data/planted data/export data/release data/benchmark
