"""Questions with known moments and answers, many enough to fit a reader on.

    load_items("fit", limit=1500)     items of made-up worlds and of the real clips, fit wordings
    load_items("report")              other worlds, other clips, other topics, other wordings
    worlds(seed, n)                   worlds as rows that the product's own ingest wrote, with items

`fit` works without the files whose names say `held_out`; these must not be seen by those who fit.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from memory.records import Span
from tests.benchmarks.questions.values import Split

if TYPE_CHECKING:
    from tests.benchmarks.quality.clips import Question
    from tests.benchmarks.questions.perceived import World

FOLDS = 5
CACHE = Path(__file__).resolve().parents[3] / "data" / "cache" / "models"
"""Where the models that read and embed lie."""
WORLDS = {"fit": 80, "held_out": 30}
"""Made-up worlds behind `load_items`."""
Part = Literal["fit", "report"]
WordingSet = Literal["fit", "held_out", "own"]
"""`own`: the questions that came with a clip."""


@dataclass(frozen=True)
class Item:
    """A question about one clip."""

    item_id: str
    clip: str
    """Id of a real clip, or name of a made-up world."""
    fold: int
    """0 to 4; all items of a clip are in one fold."""
    wording_set: WordingSet
    question: str
    spans: tuple[Span, ...]
    """Every moment that shows the answer; empty when nothing does."""
    answers: tuple[tuple[str, ...], ...]
    """An answer must hold an alternative of every group; empty: scored by its moment alone."""
    capability: str
    """As in the clips' own questions (`ocr`, `object`, `order`, `counting`, `speech`, ...)."""
    answerable: bool
    kind: str = ""
    """Which sort of question it is; wordings are listed by it."""


def item_of(asked: Question, fold: int, kind: str) -> Item:
    """A person's question as an item."""
    return Item(
        asked.question_id,
        asked.clip_id,
        fold,
        "own",
        asked.text,
        (asked.gold,) if asked.gold else (),
        asked.keywords,
        asked.capability,
        asked.gold is not None,
        kind,
    )


def load_items(
    split: Part, seed: int = 0, limit: int | None = None, fold: int = 0, clips: bool = True
) -> list[Item]:
    """Items to fit on, or items to report on; no clip, topic or wording is in both.

    Args:
        split: `fit` or `report`.
        seed: draws the wordings, and the items where `limit` is less than there are.
        limit: most items.
        fold: real clips of this fold are reported on, all others are fitted on.
        clips: whether questions about the real clips are among them, where these are there.

    Raises:
        FileNotFoundError: `report` without the held-out wordings.
    """
    wording: Split = "fit" if split == "fit" else "held_out"
    found = [item for seed_ in range(WORLDS[wording]) for item in world_items(seed_, wording, seed)]
    if clips:
        from tests.benchmarks.questions.real.clip_items import clip_items

        own = clip_items(wording, seed)
        found += [item for item in own if (item.fold == fold) == (split == "report")]
    if limit is not None and len(found) > limit:
        found = random.Random(seed).sample(found, limit)
    return found


def world_items(world: int, split: Split, seed: int = 0) -> list[Item]:
    """The items of one made-up world; `seed` draws other wordings for the same world."""
    from tests.benchmarks.questions.asking import items_of
    from tests.benchmarks.questions.scenario import scenario

    items = items_of(scenario(world, split), random.Random(f"{split} {world} {seed} asked"))
    return [
        replace(item, item_id=f"{item.clip}_{number}", fold=world % FOLDS)
        for number, item in enumerate(items)
    ]


def worlds(seed: int, n: int, split: Split = "fit") -> Iterator[tuple[World, list[Item]]]:
    """`n` worlds from number `seed` on: their rows as ingest writes them, and their items.

    Rows went through the product's write path and its end of ingest into a store in memory of the
    disk; `tests.benchmarks.questions.perceived.WorldStore` keeps such a store to search in.
    """
    from tests.benchmarks.questions.perceived import WorldStore

    with WorldStore.temporary() as store:
        for number in range(seed, seed + n):
            yield store.add(number, split), world_items(number, split)
