"""Searches and recall at many rows: with indexes, without, and against a scan by numpy.

    python -m tests.benchmarks.scale.run [--rows 10000 100000] [--queries 40] [--hour] [--out FILE]

Made-up rows of three workspaces (1, 30 and 69 % of them). In each the nearest ten vectors are
searched for, and `retrieve` is run whole. Times are the median and the 95th percentile, as ratios:
over the same with no index but that of words, and over a numpy scan of the workspace's vectors in
memory. `--hour` compares asking a video of an hour with asking one of a minute (needs the
evaluation clips).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory.lance import indexes
from memory.lance.schema import Role
from memory.lance.store import LanceStore
from memory.records import Scope, Vector
from memory.retrieve import Query, retrieve
from tests.benchmarks.quality.clips import RESULTS
from tests.benchmarks.scale import rows

TOP = 10
REPEATS = 15
"""Times that each question about the hour and the minute is asked."""
MARK = "<!-- measured -->"
Times = NDArray[np.float64]
Asked = tuple[str, Vector]
"""Words and a vector."""


@dataclass(frozen=True)
class Measured:
    """Times of one workspace, in seconds, and the nearest rows that were found."""

    search: Times
    recall: Times
    found: list[list[str]]


def measured(store: LanceStore, tenant: str, asked: Sequence[Asked]) -> Measured:
    """Search and recall, once each for warming up."""
    scope = Scope(tenant)
    found: list[list[str]] = []

    def search(query: Asked) -> None:
        hits = store.search_vector(query[1], scope, TOP)
        assert all(hit.memory.tenant == tenant for hit in hits), "rows of another workspace"
        found.append([hit.memory.memory_id for hit in hits])

    def recall(query: Asked) -> None:
        retrieve(store, Query(*query), scope, limit=40)

    return Measured(timed(search, asked), timed(recall, asked), found[1:])


def timed(action: Callable[[tuple[str, Vector]], None], asked: Sequence[Asked]) -> Times:
    """Seconds that each call takes, after one that is not counted."""
    action(asked[0])
    spent: list[float] = []
    for query in asked:
        began = time.perf_counter()
        action(query)
        spent.append(time.perf_counter() - began)
    return np.asarray(spent)


def scanned(
    store: LanceStore, tenant: str, asked: Sequence[Asked]
) -> tuple[Times, list[list[str]]]:
    """The same nearest rows by numpy over all vectors of the workspace, held in memory."""
    ids, vectors = vectors_of(store, tenant)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found: list[list[str]] = []

    def scan(query: Asked) -> None:
        near = unit @ query[1]
        best = np.argpartition(-near, min(TOP, len(near) - 1))[:TOP]
        found.append([ids[place] for place in best[np.argsort(-near[best])]])

    return timed(scan, asked), found[1:]


def vectors_of(store: LanceStore, tenant: str) -> tuple[list[str], Vector]:
    """Ids and vectors of a workspace, read batch by batch."""
    from memory.lance.query import equal

    table = store.db.reading(Role.TEXTS)
    assert table is not None
    search = table.search().where(equal(tenant=tenant)).select(["memory_id", "text_vector"])
    ids: list[str] = []
    parts: list[Vector] = []
    for batch in search.to_batches(batch_size=rows.BATCH):
        ids += batch.column("memory_id").to_pylist()
        flat = batch.column("text_vector").flatten().to_numpy()
        parts.append(flat.reshape(-1, rows.DIMENSION))
    return ids, np.concatenate(parts)


def lines_of(count: int, asked: Sequence[Asked], folder: Path) -> list[str]:
    """The lines of the table for a number of rows."""
    store = rows.open_at(folder)
    rows.write(store, count)
    tenants = [name for name in rows.TENANTS if name != "rest"]
    plain = {tenant: measured(store, tenant, asked) for tenant in tenants}
    began = time.perf_counter()
    table = store.db.reading(Role.TEXTS)
    assert table is not None
    indexes.build(table, Role.TEXTS)
    built = time.perf_counter() - began
    made: list[str] = []
    for tenant in tenants:
        own, bare = measured(store, tenant, asked), plain[tenant]
        scan, truth = scanned(store, tenant, asked)
        hits = [len(set(a) & set(b)) / TOP for a, b in zip(own.found, truth, strict=True)]
        share = f"{count:,} | {tenant} ({rows.TENANTS[tenant]:.0%})"
        cells = [
            share, _both(own.search), _over(own.search, bare.search), _over(own.search, scan),
            f"{np.mean(hits):.3f}", _both(own.recall), _over(own.recall, bare.recall),
            f"{built:.0f}",
        ]  # fmt: skip
        made.append(f"| {' | '.join(cells)} |")
        print(made[-1], file=sys.stderr, flush=True)
    return made


def _both(times: Times) -> str:
    return "/".join(f"{1000 * float(np.quantile(times, q)):.0f}" for q in (0.5, 0.95))


def _over(ours: Times, theirs: Times) -> str:
    ratios = [float(np.quantile(ours, q) / np.quantile(theirs, q)) for q in (0.5, 0.95)]
    return "/".join(f"{ratio:.2f}" for ratio in ratios)


def hour_over_minute() -> str:
    """Asking a video of an hour over asking one of a minute, in turns, without looks.

    Processor time, since that of the clock is other programs' too. Each question is asked twice:
    the second time its rows have been read by this process.
    """
    from agents.ask.ask import Request, answer_request
    from agents.ingest.file import remember, silent
    from tests.benchmarks.recall import sets

    short, scope = sets.minute()
    long, asked = sets.hour()
    (video,) = long.store.videos("hour")
    texts = list(dict.fromkeys(each.plain.text for each in asked))[:: max(1, len(asked) // REPEATS)]
    sides = {"minute": (short, scope.video_ids[0]), "hour": (long, video.video_id)}
    spent: dict[tuple[str, int], list[float]] = {}
    for text in ("Where is the red door?", *texts):
        for again in (0, 1):
            for name, (runtime, video_id) in sides.items():
                request = Request(text, (video_id,), budget="looks=0")
                began = time.process_time()
                answer_request(runtime, request, partial(remember, runtime, progress=silent))
                spent.setdefault((name, again), []).append(time.process_time() - began)
    lines = [f"Asking an hour over asking a minute ({len(texts)} questions, in turns, no looks):"]
    for again, said in ((0, "asked for the first time"), (1, "asked again")):
        hour, minute = (1000 * np.median(spent[name, again][1:]) for name in ("hour", "minute"))
        lines.append(f"{said} {hour / minute:.2f} of the median processor time "
                     f"({hour:.0f} and {minute:.0f} ms).")  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description="Searches and recall at many rows.")
    parser.add_argument("--rows", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=40)
    parser.add_argument("--hour", action="store_true", help="compare an hour with a minute")
    parser.add_argument("--out", type=Path, default=RESULTS / "scale.md")
    options = parser.parse_args()
    head = (
        "rows", "workspace", "search, ms", "over no index", "over numpy", f"recall@{TOP}",
        "retrieve, ms", "over no index", "indexes, s",
    )  # fmt: skip
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    asked = list(rows.queries(options.queries))
    for count in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            lines += lines_of(count, asked, Path(folder))
    if options.hour:
        lines += ["", hour_over_minute()]
    found = "\n".join(lines)
    print(found)
    _keep(options.out, found)


def _keep(path: Path, found: str) -> None:
    """Replace the table in the results, and leave what is written around it."""
    text = path.read_text(encoding="utf-8") if path.is_file() else f"# Scale\n\n{MARK}\n{MARK}\n"
    before, _, after = text.split(MARK)
    path.write_text(f"{before}{MARK}\n{found}\n{MARK}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
