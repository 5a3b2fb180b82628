#!/usr/bin/env bash
# Sets revisions up side by side: each in a fresh clone, with no cache of pip's, in turns.
#
#   bash tests/benchmarks/setup.sh ROUNDS TARGET REVISION...     e.g. 2 setup 7941c6b HEAD
#
# Prints rows of a table: wall seconds, processor seconds, megabytes on disk, load before and after.
# The installation of the last round stays in $SCRATCH when that is set.
set -euo pipefail
root="$(git -C "$(dirname "$0")" rev-parse --show-toplevel)"
rounds="$1" target="$2"
shift 2
scratch="${SCRATCH:-$(mktemp -d)}"
mkdir -p "$scratch"
[ -n "${SCRATCH:-}" ] || trap 'rm -rf "$scratch"' EXIT

load() { cut -d' ' -f1 /proc/loadavg; }

echo "| round | revision | \`make $target\`, wall s | processor s | \`.venv\`, MB | \`data\`, MB | load |"
echo "|---|---|---|---|---|---|---|"
for round in $(seq "$rounds"); do
  for revision in "$@"; do
    name="$(git -C "$root" rev-parse --short "$revision")"
    rm -rf "${scratch:?}/$name"
    git clone -q "$root" "$scratch/$name"
    git -C "$scratch/$name" checkout -q "$name"
    before="$(load)"
    TIMEFORMAT="%R %U %S"
    taken="$({ time PIP_NO_CACHE_DIR=1 make -s -C "$scratch/$name" "$target" >"$scratch/$name.log" 2>&1; } 2>&1)"
    read -r wall user system <<<"$taken"
    size() { du -sm "$scratch/$name/$1" | cut -f1; }
    echo "| $round | $name | $wall | $(echo "$user $system" | awk '{print $1 + $2}') | $(size .venv) | $(size data) | $before-$(load) |"
  done
done
