"""Fetches the clips into the cache and says which could not be had."""

from __future__ import annotations

import argparse

from tests.benchmarks.quality.more_clips.fetch import NotFetched, fetch_clip
from tests.benchmarks.quality.more_clips.manifest import FOLDER, PARTS, Entry, load_entries


def main() -> int:
    """Fetch what is asked for; 1 when a clip is missing afterwards."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS)
    entries = load_entries(parser.parse_args().part)
    missing = [entry for entry in entries if not _had(entry)]
    print(f"{len(entries) - len(missing)} of {len(entries)} clips in {FOLDER}")
    return 1 if missing else 0


def _had(entry: Entry) -> bool:
    try:
        path = fetch_clip(entry)
    except NotFetched as error:
        print(f"MISSING {entry.clip_id}: {error}")
        return False
    print(f"{entry.part:5} {entry.clip_id}: {path.stat().st_size / 1e6:.1f} MB")
    return True


if __name__ == "__main__":
    raise SystemExit(main())
