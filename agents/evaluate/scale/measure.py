"""Times of searches and of whole retrieval at many rows, as ratios, and recall against a scan.

Made-up rows of three workspaces (1, 30 and 69 % of them). In each of the first two the nearest ten
vectors are searched for, and `retrieve` is run whole. Times are medians and 95th percentiles; on a
shared machine only their ratios tell something: over the same with no index but that of words, over
a scan by numpy of the workspace's vectors, and from the fewest rows to the most.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# lancedb's types lean on pyarrow, which ships none.

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agents.evaluate.scale import rows
from agents.evaluate.scale.asking import ABOUT_ASKING, ASKING_HEAD, Asking, asking, cells, models_of
from agents.evaluate.tables import markdown
from agents.runtime import RuntimeSpec
from memory.lance import indexes
from memory.lance.reading.filters import equal
from memory.lance.schema import Role
from memory.lance.store import LanceStore
from memory.records import Scope, Vector
from memory.retrieve import Query, retrieve

SIZES = (10_000, 100_000)
"""Rows where none are asked for; a million take minutes."""
QUERIES = 20
TOP = 10
SLOW = 200_000
"""Rows above which only some queries are asked without indexes: each takes seconds."""
FEW = 3
TENANTS = ("small", "large")

Asked = tuple[str, Vector]
"""Words and a vector."""
Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """One workspace among so many rows; times in milliseconds, median and 95th percentile."""

    rows: int
    workspace: str
    search: tuple[float, float]
    retrieve: tuple[float, float]
    search_without: tuple[float, float]
    """The same with no index but that of words."""
    retrieve_without: tuple[float, float]
    scan: tuple[float, float]
    """Numpy over all vectors of the workspace, held in memory."""
    recall: float
    """Share of the ten nearest rows that is found."""
    seconds_to_write: float
    seconds_to_index: float
    load: float
    """Programs that waited for a processor meanwhile, per processor."""


def measured(count: int, asked: Sequence[Asked], folder: Path) -> list[Measured]:
    """Everything about a store of so many rows."""
    store = rows.open_at(folder)
    began = time.perf_counter()
    rows.write(store, count)
    wrote = time.perf_counter() - began
    few = asked[:FEW] if count > SLOW else asked
    plain = {tenant: _timed(store, tenant, few)[:2] for tenant in TENANTS}
    began = time.perf_counter()
    table = store.db.reading(Role.TEXTS)
    assert table is not None
    indexes.build(table, Role.TEXTS)
    built = time.perf_counter() - began
    made: list[Measured] = []
    for tenant in TENANTS:
        search, whole, found = _timed(store, tenant, asked)
        scan, truth = scanned(store, tenant, asked)
        share = np.mean([len({*a} & {*b}) / len(b) for a, b in zip(found, truth, strict=True)])
        made.append(
            Measured(
                count,
                f"{tenant} ({rows.TENANTS[tenant]:.0%})",
                _both(search),
                _both(whole),
                _both(plain[tenant][0]),
                _both(plain[tenant][1]),
                _both(scan),
                float(share),
                wrote,
                built,
                os.getloadavg()[0] / (os.cpu_count() or 1),
            )
        )
    return made


def _timed(
    store: LanceStore, tenant: str, asked: Sequence[Asked]
) -> tuple[Times, Times, list[list[str]]]:
    """Seconds of searches and of whole retrievals, and the nearest rows that were found."""
    scope = Scope(tenant)
    found: list[list[str]] = []

    def search(query: Asked) -> None:
        hits = [hit.memory for hit in store.search_vector(query[1], scope, TOP)]
        assert all(row.tenant == tenant for row in hits), "rows of another workspace"
        found.append([row.memory_id for row in hits if not row.superseded_by][:TOP])

    def whole(query: Asked) -> None:
        retrieve(store, Query(*query), scope, limit=40)

    return clocked(search, asked), clocked(whole, asked), found[1:]


def clocked(action: Callable[[Asked], None], asked: Sequence[Asked]) -> Times:
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

    return clocked(scan, asked), found[1:]


def vectors_of(store: LanceStore, tenant: str) -> tuple[list[str], Vector]:
    """Ids and vectors of a workspace, read batch by batch."""
    table = store.db.reading(Role.TEXTS)
    assert table is not None
    search = (
        table.search()
        .where(equal(tenant=tenant, superseded_by=""))
        .select(["memory_id", "text_vector"])
    )
    ids: list[str] = []
    parts: list[Vector] = []
    for batch in search.to_batches(batch_size=rows.BATCH):
        ids += batch.column("memory_id").to_pylist()
        flat = batch.column("text_vector").flatten().to_numpy()
        parts.append(flat.reshape(-1, rows.DIMENSION))
    return ids, np.concatenate(parts)


def _both(times: Times) -> tuple[float, float]:
    half, most = (1000 * float(np.quantile(times, q)) for q in (0.5, 0.95))
    return half, most


def scale_report(
    out: Path,
    sizes: Sequence[int],
    queries: int | None,
    tell: Callable[[str], None],
    spec: RuntimeSpec,
) -> tuple[str, dict[str, Any]]:
    """Measure every size in a store of its own; the report, and the same as an object.

    What is measured is kept in `scale.jsonl` as it comes. `spec` says which models questions are
    asked by; the store of the fewest rows stays until the end, as it is asked beside each other.
    """
    models_of(spec)  # refused before anything is written
    asked = list(rows.queries(queries or QUERIES))
    out.mkdir(parents=True, exist_ok=True)
    made: list[Measured] = []
    whole: list[Asking] = []
    with (out / "scale.jsonl").open("w", encoding="utf-8") as raw, ExitStack() as kept:
        fewest: LanceStore | None = None
        for count in sorted(sizes or SIZES):
            tell(f"scale: {count:,} rows")
            place = tempfile.TemporaryDirectory(".stores", dir=out)
            folder = Path(kept.enter_context(place)) if fewest is None else Path(place.name)
            ours = measured(count, asked, folder)
            store = rows.open_at(folder)
            fewest = fewest or store
            pair = (fewest, store)
            told = [asking(spec, pair, count, tenant, len(asked)) for tenant in TENANTS]
            made, whole = [*made, *ours], [*whole, *told]
            raw.writelines(json.dumps(asdict(one)) + "\n" for one in (*ours, *told))
            raw.flush()
            if store is not fewest:
                place.cleanup()
    told_all = {"scale": [asdict(one) for one in made], "asking": [asdict(one) for one in whole]}
    return report(made, whole, len(asked)), told_all


def report(made: Sequence[Measured], whole: Sequence[Asking], queries: int) -> str:
    """The report in Markdown."""
    sizes, load = _sizes(made), max(one.load for one in made)
    noisy = f"Up to {load:.1f} programs wanted each processor meanwhile"
    noisy += ": times are noisy, take the ratios." if load > 1 else "."
    told = (
        "# Many rows",
        f"`backtrail evaluate scale {' '.join(f'--rows {n}' for n in sizes)}`",
        "Made-up rows (384 numbers, 500 centres; twelve words each) of three workspaces, "
        f"{queries} queries. Times are medians and 95th percentiles in ms; *x without* is over the "
        f"same with no index but that of words; recall@{TOP} is against a scan of all vectors by "
        f"numpy. {noisy}",
        markdown(_HEAD, _cells(made)),
        f"From {sizes[0]:,} to {sizes[-1]:,} rows, as ratios of medians and of 95th percentiles:",
        markdown(("workspace", "search", "whole retrieval"), _growth(made)),
        ABOUT_ASKING,
        markdown(ASKING_HEAD, cells(whole)),
    )
    return "\n\n".join(told) + "\n"


_HEAD = (
    "rows", "workspace", "search, ms", "x without", "x numpy", f"recall@{TOP}", "retrieve, ms",
    "x without", "written, s", "indexed, s",
)  # fmt: skip


def _cells(made: Sequence[Measured]) -> Iterable[list[str]]:
    for one in made:
        yield [
            f"{one.rows:,}",
            one.workspace,
            _times(one.search),
            _over(one.search, one.search_without),
            _over(one.search, one.scan),
            f"{one.recall:.3f}",
            _times(one.retrieve),
            _over(one.retrieve, one.retrieve_without),
            f"{one.seconds_to_write:.0f}",
            f"{one.seconds_to_index:.0f}",
        ]


def _growth(made: Sequence[Measured]) -> Iterable[list[str]]:
    sizes = _sizes(made)
    for workspace in dict.fromkeys(one.workspace for one in made):
        least, most = (
            next(one for one in made if (one.rows, one.workspace) == (size, workspace))
            for size in (sizes[0], sizes[-1])
        )
        yield [workspace, _over(most.search, least.search), _over(most.retrieve, least.retrieve)]


def _sizes(made: Sequence[Measured]) -> list[int]:
    return sorted({one.rows for one in made})


def _times(both: tuple[float, float]) -> str:
    return "/".join(f"{value:.0f}" for value in both)


def _over(ours: tuple[float, float], theirs: tuple[float, float]) -> str:
    return "/".join(f"{a / b:.2f}" for a, b in zip(ours, theirs, strict=True))
