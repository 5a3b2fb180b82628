#!/usr/bin/env bash
# Names a Python 3.11, or says how to get one.
for name in python3.11 python3; do
  if command -v "$name" >/dev/null && [ "$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" = "3.11" ]; then
    echo "$name"; exit 0
  fi
done
echo "Backtrail needs Python 3.11: apt-get install python3 python3-venv (Debian 12)" >&2
exit 1
