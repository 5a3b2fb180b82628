#!/usr/bin/env bash
# Installs into .venv exactly what is named: nothing that packages ask for beyond the lock.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m pip install -q --no-deps --no-compile --disable-pip-version-check "$@" \
  2> >(grep -v -e "^WARNING: Location" -e "^\[notice\]" >&2) \
  || { echo "the installation is incomplete: remove .venv and try again" >&2; exit 1; }
