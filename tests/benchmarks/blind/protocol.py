"""The blind protocol: five folds over clips, everything fitted anew inside each.

In every fold the reader is fitted on items of the other folds' clips (and of made-up worlds) in
the wordings to fit on, and then asked the questions of the fold's own clips. What is fitted is
plain numbers; a product in which nothing is fitted takes part as it is.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from memory.records import Span
from tests.benchmarks.quality.scoring import holds_words, is_hit
from tests.benchmarks.questions.items import Item

Ask = Callable[[Item], Mapping[str, Any]]
"""Answers one item with a result as `Result.to_json` gives it."""
FIVE = 5


class Fitting(Protocol):
    """What a reader that is fitted offers to this protocol."""

    def fit(self, items: Sequence[Item]) -> Mapping[str, Any]:
        """Plain numbers fitted on these items alone; must survive `json.dumps`."""
        ...

    def using(self, numbers: Mapping[str, Any]) -> AbstractContextManager[object]:
        """Inside, the product answers with these numbers and no others."""
        ...


class NothingFitted:
    """A product in which nothing is fitted."""

    def fit(self, items: Sequence[Item]) -> Mapping[str, Any]:
        """No numbers."""
        return {}

    def using(self, numbers: Mapping[str, Any]) -> AbstractContextManager[object]:
        """As it is."""
        return nullcontext()


def load_fitting(name: str) -> Fitting:
    """The fitting at `package.module:Class`; an empty name stands for nothing fitted.

    Raises:
        ImportError: no such module.
        AttributeError: it holds no such class.
    """
    if not name:
        return NothingFitted()
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)()


@dataclass(frozen=True)
class Record:
    """How one item was answered by one participant."""

    who: str
    fold: int
    clip: str
    item_id: str
    question: str
    capability: str
    answerable: bool
    status: str
    answer: str | None
    confidence: float
    hit: bool | None
    """Whether the first moment is right; None for what cannot be answered, as `five`."""
    five: bool | None
    """Whether one of the first five moments is."""
    words: bool | None
    """Whether the answer holds the words; None where no words are known."""
    seconds: float

    @property
    def right(self) -> bool:
        """The answer is right: by its words where these are known, else by its first moment."""
        return self.answer is not None and bool(self.hit if self.words is None else self.words)

    @property
    def is_answered(self) -> bool:
        """Given as an answer, not as a guess."""
        return self.answer is not None and self.status == "answered"

    @property
    def is_refused(self) -> bool:
        """Not answered, or only as a guess that is told to be unlikely."""
        return self.answer is None or (self.status == "likely" and self.confidence < UNLIKELY)


UNLIKELY = 0.3
"""A guess below this confidence counts as refused where there is no answer."""


def scored(item: Item, who: str, result: Mapping[str, Any], seconds: float) -> Record:
    """The record of a result."""
    moments = moments_of(result)
    hits = [any(is_hit(moment, span) for span in item.spans) for moment in moments[:FIVE]]
    answer = result.get("answer")
    words = holds_words(answer, item.answers) if item.answers else None
    return Record(
        who,
        item.fold,
        item.clip,
        item.item_id,
        item.question,
        item.capability,
        item.answerable,
        str(result.get("status", "answered" if answer is not None else "abstained")),
        answer,
        float(result.get("confidence", 1.0 if answer is not None else 0.0)),
        (hits[0] if hits else False) if item.answerable else None,
        any(hits) if item.answerable else None,
        words if item.answerable else None,
        round(seconds, 3),
    )


def moments_of(result: Mapping[str, Any]) -> list[Span]:
    """The moments a result points at, best first: its own list of them, else its evidence."""
    rows = result.get("moments") or result.get("evidence") or []
    return [Span.of_seconds(r["start"], max(r["start"], r["end"])) for r in rows]


def run_folds(
    items: Sequence[Item],
    fit_on: Callable[[int], Sequence[Item]],
    participants: Mapping[str, tuple[Ask, Fitting]],
    keep: Path,
) -> list[Record]:
    """Ask every item of every participant, fold by fold; records are kept as JSON lines.

    A participant is fitted on `fit_on(fold)` before it is asked the fold's items. An error counts
    as an abstention, with the status `error`. What the file tells of others about these items
    stays.
    """
    known = read_records(keep) if keep.is_file() else []
    ids = {item.item_id for item in items}
    records = [r for r in known if r.who not in participants and r.item_id in ids]
    with keep.open("w", encoding="utf-8") as lines:
        lines.writelines(_line(record) for record in records)
        for who, (ask, fitting) in participants.items():
            for fold in sorted({item.fold for item in items}):
                own = [item for item in items if item.fold == fold]
                numbers = json.loads(json.dumps(fitting.fit(fit_on(fold))))
                with fitting.using(numbers):
                    for record in _asked(who, ask, own):
                        records.append(record)
                        lines.write(_line(record))
                        lines.flush()
    return records


def _line(record: Record) -> str:
    return json.dumps(asdict(record), ensure_ascii=False) + "\n"


def _asked(who: str, ask: Ask, items: Sequence[Item]) -> Iterable[Record]:
    from agents.errors import AgentsError

    for number, item in enumerate(items, start=1):
        began = time.monotonic()
        try:
            result = ask(item)
        except AgentsError as error:
            print(f"  {who}: {item.question}: {error}", file=sys.stderr)
            result = {"answer": None, "status": "error", "confidence": 0.0}
        yield scored(item, who, result, time.monotonic() - began)
        if number == len(items):
            print(f"  {who}: fold {item.fold}, {number} questions", file=sys.stderr)


def read_records(path: Path) -> list[Record]:
    """Records back from their file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Record(**json.loads(line)) for line in lines]
