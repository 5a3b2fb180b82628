"""Measures speed and memory against something that runs beside it; writes data/results/speed.md.

    python -m tests.benchmarks.speed.run [--only a,c,e] [--repeats N] [--short]

(a) ingest over decoding with ffmpeg; (b) ingest through flows over ingest without them; (c) a
second ingest; (d) memory on a video six times as long; (e) `ask` over importing what it stands on;
(f) all questions of the evaluation clips against the plain script; (g) the start of commands that
only read, over what Python and LanceDB need by themselves. Both sides of a ratio run in
turns, and medians are taken. What imports and models take to load is told, and not part of (a),
(b), (c) and (f).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.benchmarks.quality.clips import CACHE, RESULTS
from tests.benchmarks.speed.bench import Bench, Row
from tests.benchmarks.speed.items import ITEMS
from tests.benchmarks.speed.tools import load, machine

OUT = RESULTS / "speed.md"
KEPT = CACHE / "speed.json"
BY_HAND = "## What the numbers say"


def remember(kept: Path, rows: Sequence[Row], short: bool) -> list[Row]:
    """Add rows to those measured before; a short run's never replace a full one's."""
    stored: dict[str, dict[str, Any]] = {}
    if kept.is_file():
        stored = json.loads(kept.read_text(encoding="utf-8"))
    for row in rows:
        before = stored.get(f"{row.item} {row.what}")
        if before is None or before["short"] or not short:
            entry = {"short": short, "machine": machine(), "row": asdict(row)}
            stored[f"{row.item} {row.what}"] = entry
    kept.write_text(json.dumps(stored, indent=1), encoding="utf-8")
    here = [entry for entry in stored.values() if entry["machine"] == machine()]
    return sorted((Row(**entry["row"]) for entry in here), key=lambda row: (row.item, row.what))


def table(rows: Sequence[Row], footage: str, spoken: float) -> str:
    """The results as Markdown."""
    missing = [item for item in sorted(ITEMS) if item not in {row.item for row in rows}]
    head = "item | what | ours | beside it | ratio | target | reached | video | load | note"
    lines = [f"| {head} |", "|" + "---|" * 10]
    lines += [
        f"| {row.item} | {row.what} | {row.ours} | {row.beside} | {row.ratio:.3g} "
        f"| <= {row.target:g} | {'yes' if row.reached else '**no**'} | {row.video} "
        f"| {row.load} | {row.note} |"
        for row in rows
    ]
    absent = f"\nNot run: {', '.join(missing)}.\n" if missing else ""
    return (
        "# Speed\n\n"
        "    python -m tests.benchmarks.speed.run [--only a,c,e] [--repeats N] [--short]\n\n"
        f"{machine()}. The video: 1280x720, H.264 CRF 23, 25 fps, {footage} one after the other, "
        f"speech on {100 * spoken:.0f} %, no subtitles. Both sides of a ratio ran in turns; "
        "*load* is the load average before and after. Where it is above the number "
        "of cores, other programs had their share: take the ratios, not the seconds.\n\n"
        + "\n".join(lines)
        + "\n"
        + absent
    )


def written_by_hand(path: Path) -> str:
    """What a person added under the table; it stays when the table is written anew."""
    _, heading, rest = (path.read_text(encoding="utf-8") if path.is_file() else "").partition(
        BY_HAND
    )
    return f"\n{heading}{rest}" if heading else ""


def main() -> int:
    """Measure what is asked for, print it and write the table."""
    parser = argparse.ArgumentParser(description="Measures speed and memory.")
    parser.add_argument("--only", default="a,b,c,d,e,f,g", help="items, separated by commas")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--short", action="store_true", help="2 instead of 10 minutes of video")
    options = parser.parse_args()
    wanted = options.only.split(",")
    CACHE.mkdir(parents=True, exist_ok=True)
    failed, rows = 0, list[Row]()
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        bench = Bench(options.short, options.repeats, Path(scratch))
        for item in (each for each in ITEMS if each in wanted):
            print(f"({item}) at {time.strftime('%H:%M')}, load {load()}", file=sys.stderr)
            try:
                for row in ITEMS[item](bench):
                    verdict = "reached" if row.reached else "NOT reached"
                    print(f"  {row.what}: {row.ours} / {row.beside} = {row.ratio:.3g} ({verdict})")
                    rows = [*rows, row]
                    remember(KEPT, rows, options.short)
            except (RuntimeError, LookupError, FileNotFoundError) as error:
                failed += 1
                print(f"  ({item}) could not be measured: {error}", file=sys.stderr)
    text = table(remember(KEPT, rows, options.short), bench.video.footage, bench.video.spoken)
    OUT.write_text(text + written_by_hand(OUT), encoding="utf-8")
    print(f"{OUT}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
