"""Asks as users ask: with looks, beside the same questions of coarse memory alone.

    python -m tests.benchmarks.looks.run [--home STORE] [--sample 120] [--out FILE.jsonl]

Asked are the fresh questions and a seeded sample of those of the second reading in held-out
wordings, each by `ask` itself with the numbers of a reader that was fitted on other folds. Looks
write memory, so they are made in a copy of the store, which is removed at the end; coarse memory is
asked in the store itself.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from agents.ask.ask import Request, answer_request
from agents.errors import QuestionError
from agents.ingest.file import remember, silent
from agents.runtime import Runtime, open_runtime
from configs.settings import load_settings
from flows.wiring import runtime_spec
from tests.benchmarks.blind.protocol import Record, scored
from tests.benchmarks.quality.cases import clip_questions
from tests.benchmarks.quality.clips import CACHE, dev_folder, load_clips
from tests.benchmarks.quality.fit import LearnedReader
from tests.benchmarks.quality.measures import auc, calibration_error
from tests.benchmarks.questions.items import FOLDS, Item, load_items
from tests.benchmarks.questions.real.clip_items import clip_items

SAMPLE, SEED = 120, 0
ABSENT = 0.35
"""Share of the sample that has no answer."""


def asked_items(sample: int) -> list[Item]:
    """All fresh questions, and a sample of held-out ones, a third of them without an answer."""
    fresh = [item for item in clip_questions() if item.kind == "fresh"]
    draw, held = random.Random(SEED), clip_items("held_out")
    absent = round(ABSENT * sample)
    parts = ((True, sample - absent), (False, absent))
    return fresh + [
        item
        for there, number in parts
        for own in [[item for item in held if item.answerable is there]]
        for item in draw.sample(own, min(number, len(own)))
    ]


def ask_all(
    items: Sequence[Item], runtimes: Mapping[str, Runtime], fitted: Mapping[int, Any]
) -> Iterator[tuple[Record, int]]:
    """Every item asked of every runtime by its fold's reader, with the looks that were made."""
    reader = LearnedReader()
    paths = {clip.clip_id: str(clip.path) for clip in load_clips(dev_folder())}
    for item in items:
        request = Request(item.question, (paths[item.clip],))
        for who, runtime in runtimes.items():
            with reader.using(fitted[item.fold]):
                began = time.monotonic()
                result = _asked(runtime, request)
                spent = time.monotonic() - began
            yield scored(item, who, result, spent), result["usage"]["looks"]


def _asked(runtime: Runtime, request: Request) -> dict[str, Any]:
    """The result as JSON; a question that names nothing to search for has no answer."""
    try:
        found = answer_request(runtime, request, partial(remember, runtime, progress=silent))
    except QuestionError:
        return {"answer": None, "status": "error", "confidence": 0.0, "usage": {"looks": 0}}
    return found.to_json()


def fold_readers(home: Path) -> dict[int, Any]:
    """The numbers of a reader per fold, fitted on the other folds."""
    reader = LearnedReader(home)
    return {fold: reader.fit(load_items("fit", fold=fold)) for fold in range(FOLDS)}


@contextmanager
def opened(home: Path) -> Generator[dict[str, Runtime]]:
    """The store without looks, and a copy of it with those of the preset."""
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        copied = Path(shutil.copytree(home, Path(folder) / "store"))
        yield {"without looks": _runtime(home, look={"looks": 0}), "with looks": _runtime(copied)}


def _runtime(home: Path, **own: Any) -> Runtime:
    return open_runtime(runtime_spec("bench", load_settings(home=str(home), **own)))


def told(records: Sequence[Record], looks: Sequence[int]) -> str:
    """One row of the table: what was found, and what the probabilities are worth."""
    there = [record for record in records if record.answerable]
    worded = [record.words for record in there if record.words is not None]
    sure = np.asarray([record.confidence for record in records])
    right = np.asarray([record.right for record in records], dtype=bool)
    answered = [record for record in records if record.is_answered]
    cells = (
        records[0].who, len(there), len(records) - len(there),
        _share([record.hit for record in there]), _share([record.five for record in there]),
        f"{_share(worded)} of {len(worded)}",
        f"{auc(sure, right):.2f}", f"{calibration_error(sure, right):.3f}",
        _share([record.is_answered for record in there]), _share([r.right for r in answered]),
        f"{statistics.fmean(looks):.1f}",
    )  # fmt: skip
    return f"| {' | '.join(map(str, cells))} |"


def _share(values: Sequence[bool | None]) -> str:
    return f"{statistics.fmean(map(bool, values)):.0%}" if values else "-"


HEAD = (
    "| asked | questions | without an answer | first moment | one of five | words | AUC | ECE | "
    "answered | right of these | looks |"
)


def table(found: Sequence[tuple[Record, int]]) -> str:
    """Both ways beside each other, for each set of questions, and how much longer looks take."""
    sets = {"fresh": "fresh_", "held out": "held_out_"}
    names = list(dict.fromkeys(record.who for record, _ in found))
    lines = [HEAD, "|" + " --- |" * HEAD.count(" | ") + " --- |"]
    for name, start in sets.items():
        for who in names:
            own = [(r, n) for r, n in found if r.who == who and r.item_id.startswith(start)]
            if own:
                line = told([record for record, _ in own], [n for _, n in own])
                lines.append(line.replace(f"| {who} ", f"| {name}, {who} ", 1))
    seconds = [[r.seconds for r, _ in found if r.who == who] for who in names]
    ratio = [after / before for before, after in zip(*seconds, strict=True) if before]
    both = statistics.median(ratio), sum(seconds[1]) / sum(seconds[0])
    longer = f"{both[0]:.1f} (median), {both[1]:.1f} (all together)"
    return "\n".join(lines) + f"\n\nSeconds with looks over without: {longer}."


def main() -> None:
    """Fit, ask, tell."""
    parser = argparse.ArgumentParser(description="Answers with looks beside those without.")
    parser.add_argument("--home", type=Path, default=CACHE / "store", help="store with the clips")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="held-out questions")
    parser.add_argument("--out", type=Path, default=CACHE / "looks.jsonl", help="all records")
    options = parser.parse_args()
    fitted = fold_readers(options.home)
    found: list[tuple[Record, int]] = []
    with opened(options.home) as runtimes, options.out.open("w", encoding="utf-8") as lines:
        for record, looks in ask_all(asked_items(options.sample), runtimes, fitted):
            found.append((record, looks))
            lines.write(json.dumps(asdict(record) | {"looks": looks}, ensure_ascii=False) + "\n")
            lines.flush()
    print(table(found))


if __name__ == "__main__":
    main()
