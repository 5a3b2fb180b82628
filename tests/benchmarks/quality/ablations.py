"""What each mechanism is worth: the same questions with it switched off.

    python -m tests.benchmarks.quality.ablations [loop] [levels] [scenes]
        [--minutes 60] [--home FOLDER]

- `loop`: questions per clip with the loop off (coarse memory alone), with the loop on but looks
  off, and with both on.
- `levels`: retrieval on long videos, all levels fused against one level alone: the top row, and
  the top five.
- `scenes`: the best shot or scene for each gold span against the best cell of a uniform grid with
  as many cells.

Every difference is paired over the same questions, with a 95 % bootstrap interval.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from agents.evaluate.intervals import paired_bootstrap
from agents.runtime import Runtime, open_runtime
from memory.records import Hit, Level, Scope, Span, iou
from memory.retrieve import Fusion, Query, retrieve
from tests.benchmarks.quality.clips import CACHE, RESULTS, Clip, Question, dev_folder, load_clips
from tests.benchmarks.quality.scoring import is_hit, mean, score

HELPED = ("ocr", "object", "order", "speech")
"""Capabilities that a look of the embedded default can help."""

Rows = list[list[str]]


def bench_at(home: Path, **changes: Any) -> Runtime:
    """The product's runtime_of on a store of the benchmarks."""
    from configs.settings import load_settings
    from flows.wiring import runtime_spec

    return open_runtime(runtime_spec("bench", load_settings(home=str(home), **changes)))


# --- the loop and its looks -----------------------------------------------------------------------


def loop_table(clips: Sequence[Clip], home: Path) -> str:
    """Coarse memory alone, navigation without pixels, and both.

    Looks are kept in the store, so those who may not look go first.
    """
    settings = {
        "loop off": {"looks": 0},
        "loop on, looks off": {"frames": 0},
        "both on": {},
    }
    cases = [(c, q) for c in clips for q in c.questions if q.capability in HELPED]
    found = {
        name: [_answered(bench_at(home, look=look), *case) for case in cases]
        for name, look in settings.items()
    }
    rows = [["setting", "capability", "questions", "hit@1", "words", "gain in hit@1"]]
    for name in settings:
        for capability in HELPED:
            chosen = [i for i, (_, q) in enumerate(cases) if q.capability == capability]
            ours = [found[name][i] for i in chosen]
            base = [found["loop off"][i] for i in chosen]
            words = mean([each.words for each in ours])
            gain = _gain([float(bool(s.hit)) for s in ours], [float(bool(s.hit)) for s in base])
            hit = mean([each.hit for each in ours])
            rows.append([name, capability, str(len(ours)), _share(hit), _share(words), gain])
    return _table(rows)


def _answered(bench: Runtime, clip: Clip, question: Question) -> Any:
    from agents.ask.ask import Request, answer_request
    from agents.errors import AgentsError
    from agents.ingest.file import remember

    request = Request(question.text, (str(clip.path),), (), None, "", False)
    result: dict[str, Any] = {"answer": None, "evidence": []}
    try:
        result = answer_request(
            bench, request, lambda path: remember(bench, path, _quiet)
        ).to_json()
    except AgentsError as error:
        print(f"  {question.text}: {error}", file=sys.stderr)
    return score(question, result, clip.path.name)


def _quiet(name: str, stage: str, done: int, count: int) -> None:
    """No progress."""


# --- levels of memory -----------------------------------------------------------------------------


UNFUSED = replace(
    Fusion(),
    **dict.fromkeys(("beside", "near", "around", "segment", "meaning"), 0.0),
    **dict.fromkeys(("shot", "scene", "chapter", "video"), 0.0),
)
"""No part of a score from the time around a row."""


@dataclass(frozen=True)
class Search:
    """A way of retrieving: the settings of the fusion, and the levels that it may see."""

    fusion: Fusion
    levels: tuple[Level, ...] = ()


SEARCHES = {
    "all levels, fused": Search(Fusion()),
    "all levels, not fused": Search(UNFUSED),
    "shots alone": Search(UNFUSED, (Level.SHOT, Level.FRAME)),
    "scenes alone": Search(UNFUSED, (Level.SCENE,)),
    "chapters alone": Search(UNFUSED, (Level.CHAPTER,)),
}


def levels_table(
    clips: Sequence[Clip], home: Path, minutes: float, sides: Sequence[int] = (0, 1)
) -> str:
    """Where the top rows lie, on long videos."""
    from tests.benchmarks.quality.longvideo import long_videos

    bench = bench_at(home)
    found: dict[str, list[list[Span]]] = {name: [] for name in SEARCHES}
    golds: list[Span] = []
    for video in long_videos(clips, minutes, sides=sides):
        video_id = _video_id(bench, video.path)
        for question in video.questions:
            assert question.gold is not None
            golds.append(question.gold)
            for name, search in SEARCHES.items():
                hits = _retrieved(bench, question.text, video_id, search)
                found[name].append([hit.memory.span for hit in hits])
    rows = [["levels", "questions", "top row hits", "one of five overlaps", "gain of the fused"]]
    fused = [
        _top(spans, gold) for spans, gold in zip(found["all levels, fused"], golds, strict=True)
    ]
    for name, spans in found.items():
        top = [_top(each, gold) for each, gold in zip(spans, golds, strict=True)]
        five = [any(s.overlap(g) for s in each[:5]) for each, g in zip(spans, golds, strict=True)]
        rows.append(
            [name, str(len(golds)), _share(mean(top)), _share(mean(five)), _gain(fused, top)]
        )
    return _table(rows)


def _video_id(bench: Runtime, path: Path) -> str:
    """The id of a file; it is ingested when it is not known yet."""
    from agents.ingest.file import ingest_file

    report = ingest_file(bench, path, _quiet)
    assert report.video is not None, report.error
    return report.video.video_id


def _retrieved(bench: Runtime, text: str, video_id: str, search: Search) -> list[Hit]:
    query = Query(
        text,
        bench.models.text_encoder.encode([text])[0],
        bench.models.image_encoder.encode_query([text])[0],
    )
    scope = Scope("bench", (video_id,), levels=search.levels)
    return retrieve(bench.store, query, scope, limit=5, settings=search.fusion)


def _top(spans: Sequence[Span], gold: Span) -> float:
    return float(bool(spans) and is_hit(spans[0], gold))


# --- shots and scenes against a grid --------------------------------------------------------------


def scenes_table(clips: Sequence[Clip], home: Path) -> str:
    """The best temporal IoU that a segment of the tree reaches, against a grid's."""
    bench = bench_at(home)
    best: dict[Level, list[tuple[float, float]]] = {Level.SHOT: [], Level.SCENE: []}
    for clip in clips:
        video_id = _video_id(bench, clip.path)
        nodes = bench.store.nodes("bench", video_id)
        for level, pairs in best.items():
            spans = [node.span for node in nodes if node.level is level]
            grid = uniform(Span.of_seconds(0, clip.seconds), max(1, len(spans)))
            golds = [q.gold for q in clip.questions if q.gold is not None]
            pairs += [(_best(spans, gold), _best(grid, gold)) for gold in golds]
    rows = [["level", "questions", "tree: best IoU", "grid: best IoU", "gain"]]
    for level, pairs in best.items():
        tree, grid = [p[0] for p in pairs], [p[1] for p in pairs]
        shown = [f"{mean(tree):.2f}", f"{mean(grid):.2f}", _gain(tree, grid)]
        rows.append([level.value, str(len(pairs)), *shown])
    return _table(rows)


def uniform(whole: Span, count: int) -> list[Span]:
    """`count` equal parts of a span."""
    edges = [whole.start + whole.length * i // count for i in range(count + 1)]
    return [Span(a, b) for a, b in pairwise(edges)]


def _best(spans: Sequence[Span], gold: Span) -> float:
    return max((iou(span, gold) for span in spans), default=0.0)


# --- the page -------------------------------------------------------------------------------------


def _gain(ours: Sequence[float], theirs: Sequence[float]) -> str:
    gap = paired_bootstrap(ours, theirs)
    return f"{100 * gap.mean:+.0f} [{100 * gap.low:+.0f}, {100 * gap.high:+.0f}]"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.0f} %"


def _table(rows: Rows) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def main() -> None:
    """Run, print and write the tables that were asked for."""
    parser = argparse.ArgumentParser(description="What each mechanism is worth.")
    parser.add_argument("which", nargs="*", default=["scenes", "loop", "levels"])
    parser.add_argument("--minutes", type=float, default=60, help="length of the long videos")
    parser.add_argument("--sides", type=int, nargs="*", default=[0, 1], help="which long videos")
    parser.add_argument("--home", type=Path, default=CACHE / "store_ablations")
    parser.add_argument("--out", type=Path, default=RESULTS / "ablations.md")
    own = parser.parse_args()
    clips = load_clips(dev_folder())
    tables: dict[str, Callable[[], str]] = {
        "loop": lambda: loop_table(clips, own.home),
        "levels": lambda: levels_table(clips, own.home, own.minutes, own.sides),
        "scenes": lambda: scenes_table(clips, own.home),
    }
    parts = [f"## {name}\n\n{tables[name]()}\n" for name in own.which]
    text = "# Ablations\n\n" + "\n".join(parts)
    own.out.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
