"""Recall at 1 and at 5 of what recall hands over, and of plain search over the same rows."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from memory.records import Kind, Memory, Scope
from memory.retrieve import Fusion, Query, retrieve
from memory.store import Searcher
from tests.benchmarks.blind.rivals import DEPTH, PERCEIVED, RANK_CONSTANT, distinct
from tests.benchmarks.recall import dialogues, sets
from tests.benchmarks.recall.dialogues import Turns
from tests.benchmarks.recall.sets import Asked

Numbers = NDArray[np.float64]
Pair = tuple[float, float]
"""Recall at 1 and at 5."""

PARTS = tuple(f.name for f in fields(Fusion) if f.name not in ("depth", "opened"))
"""The parts of a score, in the order of the weights."""
ONES = Fusion(**dict.fromkeys(PARTS, 1.0))  # type: ignore[arg-type]
EVERY = 10_000
"""More rows than are ever found."""
LOOKED_AT = 200
"""Rows among which five different moments are found."""


@dataclass(frozen=True)
class Case:
    """A question with everything that was found for it."""

    name: str
    """Of its set."""
    fold: int
    asked: Asked | Turns
    rows: tuple[Memory, ...]
    parts: Numbers
    """Shape (rows, parts), before they are weighted."""
    right: NDArray[np.bool_]
    plain: Mapping[str, Pair]
    """What plain search reaches."""

    def recall(self, weights: Numbers) -> Pair:
        """Recall of its rows in the order of the weights; ties stay as they are."""
        order = np.argsort(-(self.parts @ weights), kind="stable")[:LOOKED_AT]
        return score([self.rows[int(place)] for place in order], self.asked)


def found_in(name: str, every: int = 1, keep: Path | None = None) -> list[Case]:
    """Every n-th case of a set; read from the folder `keep` where they were collected before."""
    path = None if keep is None else keep / f"{name}.pickle"
    if path is not None and path.is_file():
        return pickle.loads(path.read_bytes())  # written by this program
    made = list(_collected(name, every))
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(made))
    return made


def _collected(name: str, every: int) -> Iterable[Case]:
    everywhere = name == "dialogues"
    if name.startswith("dialogue"):
        runtime, turns = dialogues.dialogues()
        pairs = [(one, one.scope(everywhere)) for one in turns]
    else:
        runtime, asked = getattr(sets, {"clip": "per_clip"}.get(name, name))()
        pairs = [(one, one.scope) for one in asked]
    for number, (one, scope) in enumerate(pairs[::every]):
        if number % 100 == 0:
            print(f"  {name}: {number} of {len(pairs[::every])}", file=sys.stderr)
        yield case_of(runtime.store, name, one, scope)


def case_of(searcher: Searcher, name: str, asked: Asked | Turns, scope: Scope) -> Case:
    """Everything that is found for a question in a scope."""
    hits = retrieve(searcher, asked.query, scope, limit=EVERY, settings=ONES)
    rows = tuple(hit.memory for hit in hits)
    parts = [[hit.parts.get(part, 0.0) for part in PARTS] for hit in hits]
    found = np.asarray(parts, dtype=np.float64).reshape(len(rows), len(PARTS))
    right = np.asarray([asked.right(row) for row in rows], dtype=bool)
    plainly = {
        who: score(plain(searcher, asked.plain, scope, kinds), asked)
        for who, kinds in plain_kinds(asked).items()
    }
    return Case(name, asked.fold, asked, rows, found, right, plainly)


def score(rows: Sequence[Memory], asked: Asked | Turns) -> Pair:
    """Of videos, whether the first and one of five different moments is right; of dialogues, the
    share of the turns that is among the first and among the first five."""
    if isinstance(asked, Turns):
        names = [row.memory_id for row in rows[:5]]
        first, five = (len(asked.gold.intersection(names[:k])) / len(asked.gold) for k in (1, 5))
        return first, five
    found = [asked.right(row) for row in distinct(rows[:LOOKED_AT])]
    return float(bool(found) and found[0]), float(any(found))


def plain(searcher: Searcher, query: Query, scope: Scope, kinds: tuple[Kind, ...]) -> list[Memory]:
    """BM25 and MiniLM, fused by rank, as `rivals.plain_search` does."""
    own = replace(scope, kinds=kinds)
    assert query.text_vector is not None
    lists = (
        searcher.search_text(query.text, own, DEPTH),
        searcher.search_vector(query.text_vector, own, DEPTH),
    )
    scores: dict[str, float] = {}
    rows: dict[str, Memory] = {}
    for hits in lists:
        for rank, hit in enumerate((h for h in hits if not h.memory.is_look), start=1):
            key = hit.memory.memory_id
            rows[key] = hit.memory
            scores[key] = scores.get(key, 0.0) + 1 / (RANK_CONSTANT + rank)
    return sorted(rows.values(), key=lambda row: (-scores[row.memory_id], row.memory_id))


def plain_kinds(asked: Asked | Turns) -> Mapping[str, tuple[Kind, ...]]:
    """Ways of plain search: over all rows, and over those that were perceived."""
    if isinstance(asked, Turns):
        return {"BM25 + MiniLM over turns": ()}
    return {"BM25 + MiniLM, all rows": (), "BM25 + MiniLM, perceived rows": PERCEIVED}
