#!/usr/bin/env bash
# Names a Python that the locks are made for, the oldest first ($PYTHON if set), or says how to get one.
for name in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
  if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
    echo "$name"; exit 0
  fi
done
echo "Backtrail needs Python 3.11, 3.12 or 3.13: apt-get install python3 python3-venv (Debian 12 or 13)" >&2
exit 1
