# Each command sets up what it needs in .venv/ and works alone on a fresh Debian with Python 3.11.
PY := .venv/bin/python
GRAPHS := data/cache/models/graphs/manifest.json
.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench-quality bench-speed bench-strategies lock clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

setup: .venv/.ready $(GRAPHS) ## install everything into .venv/ and prepare the models

.venv/.ready: requirements.lock pyproject.toml
	@command -v python3.11 >/dev/null || command -v python3 >/dev/null || { echo "Python 3.11 is missing: apt-get install python3 python3-venv"; exit 1; }
	@bash .ci/python.sh > /dev/null
	@echo "[1/3] creating .venv"
	@$$(bash .ci/python.sh) -m venv .venv || { echo "venv is missing: apt-get install python3-venv"; exit 1; }
	@echo "[2/3] installing the locked packages (about 8 GB with CUDA's libraries; minutes)"
	@.venv/bin/python -m pip install -q --no-deps --no-compile --disable-pip-version-check --require-hashes -r requirements.lock 2>&1 | grep -v -e "^WARNING: Location" -e "^\[notice\]" || true
	@.venv/bin/python -m pip install -q --no-deps --no-build-isolation --disable-pip-version-check -e . 2>&1 | grep -v -e "^WARNING: Location" || true
	@.venv/bin/python -c "import lancedb, prefect, av, onnxruntime" || { echo "the installation is incomplete: remove .venv and try again"; exit 1; }
	@touch .venv/.ready

$(GRAPHS): .venv/.ready
	@echo "[3/3] exporting the text and image encoders (once, under a minute)"
	@$(PY) -m agents.models.export --cache data/cache/models
	@touch $(GRAPHS)

demo: setup ## ingest a sample through Prefect, ask about it, write a report
	@$(PY) -m flows.demo

test: setup ## run the tests
	@$(PY) -m pytest

check: setup ## ruff, pyright strict, import contracts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/basedpyright
	@.venv/bin/lint-imports

bench-quality: setup ## answers on real clips in five blind folds, against baselines
	@$(PY) -m tests.benchmarks.blind.run

bench-speed: setup ## ingest and ask, as ratios
	@$(PY) -m tests.benchmarks.speed.run

bench-strategies: setup ## five ways to pursue a question, on generated worlds
	@$(PY) -m tests.benchmarks.strategies.run --write

lock: ## write requirements.lock anew from pyproject.toml
	@.venv/bin/uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --python-version 3.11 --no-annotate --no-header -q -o requirements.lock

clean: ## remove the installation and all caches
	rm -rf .venv data/cache data/store
