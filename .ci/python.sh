#!/usr/bin/env bash
# Names a Python that the locks are whole for, 3.11 before 3.12, or says how to get one.
for name in python3.11 python3.12 python3; do
  if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))'; then
    echo "$name"; exit 0
  fi
done
echo "Backtrail needs Python 3.11 or 3.12: apt-get install python3 python3-venv (Debian 12)" >&2
exit 1
