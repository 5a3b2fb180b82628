"""Answers on real clips by the blind protocol, beside everything they must beat.

    python -m tests.benchmarks.blind.run [--items own|unread|written|worlds|drawn|long]
                                         [--fitting MODULE:CLASS] [--name NAME] [--no-plain]
                                         [--only NAME]... [--limit N] [--out FILE.md]

- `own`: the clips' own questions, and those that a clip cannot answer.
- `unread`: clips of packages that nothing is fitted on, with questions that nobody who fits
  reads; the reader as it ships.
- `written`: questions written from the second reading of the clips, in the held-out wordings.
- `worlds`: questions about made-up worlds, held-out topics and wordings.
- `drawn`: the same about a few worlds that were drawn and spoken, so that they are really read.
- `long`: two videos of an hour; each asks of one half of the clips, and the reader is fitted on the
  other half.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks.blind import rivals
from tests.benchmarks.blind.folds import folds_of
from tests.benchmarks.blind.long import long_items, other_half
from tests.benchmarks.blind.protocol import (
    Ask,
    Fitting,
    NothingFitted,
    load_fitting,
    run_folds,
)
from tests.benchmarks.blind.table import tables
from tests.benchmarks.quality.clips import CACHE, RESULTS, Clip, Question, dev_folder, load_clips
from tests.benchmarks.quality.more_clips import load_more_clips
from tests.benchmarks.quality.more_clips.items import more_items
from tests.benchmarks.quality.unanswerable import load_unanswerable
from tests.benchmarks.questions.items import Item, item_of, load_items
from tests.benchmarks.questions.real.clip_items import clip_items

if TYPE_CHECKING:
    from agents.runtime import Runtime

Participants = dict[str, tuple[Ask, Fitting]]
PRODUCT = "backtrail"
DRAWN = 10
"""Worlds that are drawn."""


def own_items(clips: Sequence[Clip]) -> list[Item]:
    """The clips' own questions and the committed ones without an answer, as items."""
    folds = folds_of(clips)
    asked = [question for clip in clips for question in clip.questions]
    asked += load_unanswerable(clips)
    return [item_of(q, folds[q.clip_id], "own") for q in asked]


def file_participants(
    paths: dict[str, Path], seconds: dict[str, float], home: Path, fitting: Fitting, plain: bool
) -> Participants:
    """Everybody who is asked about files; plain search first, before looks add rows."""
    from tests.benchmarks.quality.answers import plain_ask, product_ask

    runtime = _runtime(home, "bench")
    videos = rivals.videos_by_clip(runtime, paths)
    nothing = NothingFitted()

    def search(*kinds: Any) -> Ask:
        return rivals.plain_search(runtime, lambda item: videos[item.clip], kinds)

    made: Participants = {
        "middle": (rivals.middle(seconds), nothing),
        "whole clip": (rivals.whole(seconds), nothing),
        "BM25 + MiniLM, all rows": (search(), nothing),
        "BM25 + MiniLM, perceived rows": (search(*rivals.PERCEIVED), nothing),
    }
    if plain:
        made["plain script"] = (_by_path(plain_ask(), paths), nothing)
    made[PRODUCT] = (_by_path(product_ask(home), paths), fitting)
    return made


def _by_path(ask: Any, paths: dict[str, Path]) -> Ask:
    """One of the older benchmark's ways of asking, for items."""

    def asked(item: Item) -> dict[str, Any]:
        question = Question(item.item_id, item.clip, item.question, item.capability, None)
        return ask(question, [paths[item.clip]])

    return asked


def world_participants(items: Sequence[Item], home: Path, fitting: Fitting) -> Participants:
    """Everybody who is asked about made-up worlds; these have no file to look at."""
    from tests.benchmarks.questions.perceived import WorldStore
    from tests.benchmarks.questions.scenario import scenario

    store = WorldStore(home)
    names = sorted({item.clip for item in items})
    numbers = [int(name.rsplit("_", 1)[1]) for name in names]
    kept = [store.add(number, "held_out") for number in numbers]
    videos = {world.name: world.video.video_id for world in kept}
    ends = [scenario(number, "held_out").span.seconds[1] for number in numbers]
    seconds = dict(zip(names, ends, strict=True))
    nothing = NothingFitted()
    search = rivals.plain_search(store.runtime, lambda item: videos[item.clip])
    narrow = rivals.plain_search(store.runtime, lambda item: videos[item.clip], rivals.PERCEIVED)
    return {
        "middle": (rivals.middle(seconds), nothing),
        "BM25 + MiniLM, all rows": (search, nothing),
        "BM25 + MiniLM, perceived rows": (narrow, nothing),
        PRODUCT: (_remembered(store.runtime, videos), fitting),
    }


def _remembered(runtime: Runtime, videos: dict[str, str]) -> Ask:
    """`ask` about a video that is known by its id."""
    from agents.ask.ask import Request, answer_request
    from agents.ingest.file import remember, silent

    def ask(item: Item) -> dict[str, Any]:
        request = Request(item.question, (videos[item.clip],))
        return answer_request(
            runtime, request, partial(remember, runtime, progress=silent)
        ).to_json()

    return ask


def _runtime(home: Path, tenant: str) -> Runtime:
    from agents.runtime import open_runtime
    from configs.settings import load_settings
    from flows.wiring import runtime_spec

    return open_runtime(runtime_spec(tenant, load_settings(home=str(home))))


def parsed() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description="Answers by the blind protocol.")
    parser.add_argument(
        "--items", choices=("own", "unread", "written", "worlds", "drawn", "long"), default="own"
    )
    parser.add_argument("--fitting", default="", help="package.module:Class; nothing by default")
    parser.add_argument("--no-plain", action="store_true", help="leave the plain script out")
    parser.add_argument("--only", action="append", default=[], help="participants to ask")
    parser.add_argument("--name", default=PRODUCT, help="what the product is called in the table")
    parser.add_argument("--limit", type=int, default=None, help="most questions")
    parser.add_argument("--home", type=Path, default=None, help="store")
    parser.add_argument("--out", type=Path, default=RESULTS / "quality.md")
    return parser.parse_args()


def main() -> None:
    """Ask, print and write the tables."""
    options = parsed()
    fitting = load_fitting(options.fitting)
    began = time.monotonic()
    if options.items == "worlds":
        found = load_items("report", limit=options.limit, clips=False)
        participants = world_participants(found, options.home or CACHE / "worlds", fitting)
    else:
        found, paths, seconds = _about_files(options.items, options.limit)
        home = options.home or CACHE / ("drawn_store" if options.items == "drawn" else "store")
        participants = file_participants(paths, seconds, home, fitting, not options.no_plain)
    participants[options.name] = participants.pop(PRODUCT)
    chosen = options.only or list(participants)
    wanted = {name: participants[name] for name in participants if name in chosen}
    CACHE.mkdir(parents=True, exist_ok=True)
    keep = CACHE / f"blind_{options.items}.jsonl"
    records = run_folds(found, cache(partial(fit_items, options.items)), wanted, keep)
    spent = f"{len(found)} questions, {time.monotonic() - began:.0f} s; records in {keep.name}."
    text = f"# Quality, by the blind protocol\n\n{tables(records)}\n\n{spent}\n"
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(text, encoding="utf-8")
    print(text)


def fit_items(which: str, fold: int) -> Sequence[Item]:
    """What a reader is fitted on before it is asked the items of a fold."""
    if which == "long":
        return other_half(load_clips(dev_folder()), fold)
    return load_items("fit", fold=fold)


def _about_files(
    which: str, limit: int | None
) -> tuple[list[Item], dict[str, Path], dict[str, float]]:
    """Items about files, where these lie, and their lengths."""
    if which == "drawn":
        from tests.benchmarks.questions.drawn import drawn

        made = {d.path.stem: d for d in (drawn(number, "held_out") for number in range(DRAWN))}
        found = [item for each in made.values() for item in each.items]
        paths = {name: each.path for name, each in made.items()}
        return _few(found, limit), paths, {name: each.seconds for name, each in made.items()}
    if which == "long":
        found, paths, seconds = long_items(load_clips(dev_folder()))
        return _few(found, limit), paths, seconds
    clips = load_more_clips("blind") if which == "unread" else load_clips(dev_folder())
    asked = {"own": lambda: own_items(clips), "unread": lambda: more_items("blind")}
    found = asked.get(which, lambda: clip_items("held_out"))()
    paths = {clip.clip_id: clip.path for clip in clips}
    return _few(found, limit), paths, {clip.clip_id: clip.seconds for clip in clips}


def _few(items: list[Item], limit: int | None) -> list[Item]:
    return items if limit is None else random.Random(0).sample(items, min(limit, len(items)))


if __name__ == "__main__":
    main()
