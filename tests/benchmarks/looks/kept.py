"""Cases on disk, so that a fit that changes only what is fitted takes seconds.

What was kept under other code, or of another store, is never read: the name of a file tells both.
"""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.benchmarks.quality.cases import Case
    from tests.benchmarks.questions.items import Item

ROOT = Path(__file__).resolve().parents[3]
SOURCES = ("agents", "memory", "tests/benchmarks/questions")
CASES = ROOT / "tests/benchmarks/quality/cases.py"
SPARED = ("sureness.py", "learned.py")
"""What only works on candidates that were collected."""


def kept(
    folder: Path, store: str, items: Iterable[Item], collect: Callable[[Item], Case]
) -> list[Case]:
    """The case of each item, in order; those that are not kept are collected, by clip.

    Args:
        folder: Where they are kept.
        store: What they were collected from: the same words stand for the same memory.
        items: What is asked.
        collect: Makes the case of an item.
    """
    folder.mkdir(parents=True, exist_ok=True)
    every, code = list(items), code_mark()
    found: dict[str, Case] = {}
    for clip in dict.fromkeys(item.clip for item in every):
        path = folder / f"{code}_{_mark(store)}_{clip}.pickle"
        known: dict[str, Case] = pickle.loads(path.read_bytes()) if path.exists() else {}
        own = [item for item in every if item.clip == clip]
        missing = [item for item in own if _key(item) not in known]
        known |= {_key(item): collect(item) for item in missing}
        if missing:
            path.write_bytes(pickle.dumps(known))
        found |= {_key(item): known[_key(item)] for item in own}
    return [found[_key(item)] for item in every]


def _key(item: Item) -> str:
    return _mark(repr(item))


def code_mark() -> str:
    """Changes with any code that makes candidates and their features."""
    files = [path for name in SOURCES for path in sorted((ROOT / name).rglob("*"))]
    own = [p for p in (*files, CASES) if p.suffix in {".py", ".toml"} and p.name not in SPARED]
    return _mark("\n".join(path.read_text(encoding="utf-8") for path in own))


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
