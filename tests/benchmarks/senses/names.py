"""How often the names that pictures get are those of what is in them: one classifier beside both.

    python -m tests.benchmarks.senses.names [--write] [--published]

Frames, up to 30 of each clip, at even distances. A label counts as right where one of its three
narrowest words stands in the clip's description, which was written without the models; a
description does not name all there is, so the share is good for comparing only. Costs are processor
seconds, detector included. `--published` compares the second classifier's graph with TensorFlow
Lite's runtime (the extra `poses`).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, TypeVar

import numpy as np

from agents.models.embedded import graphs, weights
from agents.models.embedded.efficientnet import (
    SECOND_SIDE,
    EfficientNetRecogniser,
    prepare,
    second_scores,
)
from agents.models.embedded.everyday_words import CLASS_FLOOR, labels_from
from agents.models.export.run import is_current
from agents.models.ports import Image, Label, Recognition
from agents.perception.media.decode import frame_at
from agents.perception.media.probe import probe
from agents.perception.records import StreamChoice
from agents.text.words import stems
from memory.records import SECOND, Vector
from tests.benchmarks.quality.clips import RESULTS, ROOT, Clip, dev_folder, load_clips
from tests.reference.write import as_bytes

T = TypeVar("T")
MODELS = ROOT / "data" / "cache" / "models"
MOST, LEAST = 30, 3
"""Frames of a clip."""
SIDE = 640
NARROW = 3
"""Words of a label that are held against the description."""
EVERY = 10
"""Every how many frames are given to the published network as well."""
DRAWS = 10_000


@dataclass
class Score:
    """What one recogniser said of all clips."""

    right: list[int] = field(default_factory=list[int])
    """Labels that the description names, by clip."""
    labels: list[int] = field(default_factory=list[int])
    found: int = 0
    """Words of descriptions that some label of the clip holds."""

    def add(self, told: set[str], labels: Sequence[Label]) -> None:
        """What it said of a clip whose description has the stems `told`."""
        self.right.append(sum(bool(_stems(label.words[:NARROW]) & told) for label in labels))
        self.labels.append(len(labels))
        self.found += len(told & {s for label in labels for s in _stems(label.words)})

    @property
    def share(self) -> float:
        """Of labels that are right."""
        return sum(self.right) / max(sum(self.labels), 1)


def main() -> None:
    """Measure, print, and write on demand."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--published", action="store_true")
    given = parser.parse_args()
    if not is_current(MODELS):
        raise SystemExit(f"no graphs in {MODELS}: run make setup")
    ways = [EfficientNetRecogniser(MODELS, 1, ensemble=each) for each in (False, True)]
    clips = load_clips(dev_folder())
    shown = [frames_of(clip) for clip in clips]
    text = table(clips, shown, ways)
    if given.published:
        text += "\n" + beside_published([image for images in shown for image in images][::EVERY])
    print(text)
    if given.write:
        head = f"# Names of pictures\n\n{_told(len(clips), sum(map(len, shown)))}\n\n"
        (RESULTS / "names.md").write_text(head + text, encoding="utf-8")


def frames_of(clip: Clip) -> list[Image]:
    """Pictures of a clip, at even distances."""
    media, count = probe(clip.path, StreamChoice()), min(MOST, max(LEAST, int(clip.seconds)))
    times = [int((n + 0.5) / count * clip.seconds * SECOND) for n in range(count)]
    return [frame.image for at in times if (frame := frame_at(media, at, SIDE)) is not None]


def table(
    clips: Sequence[Clip], shown: Sequence[Sequence[Image]], ways: Sequence[EfficientNetRecogniser]
) -> str:
    """Both recognisers, by what classifiers say alone and by all that is reported."""
    timed = [_recognised(way, shown) for way in ways]
    (one, took), (both, longer) = timed
    words, cost = ways[0].vocabulary, longer / took
    alone = scored(clips, _second(shown), lambda row: labels_from(words, row))
    whole: list[Score] = [scored(clips, each, lambda seen: seen.labels) for each in (one, both)]
    named = [
        scored(clips, each, lambda seen: labels_from(words, seen.class_scores))
        for each in (one, both)
    ]
    lines = [
        "| labels of | recogniser | right | share | described words found | time |",
        "|---|---|---|---|---|---|",
        _row("classifiers", "lite0", named[0], 1.0),
        _row("classifiers", "Lite3 alone", alone, None),
        _row("classifiers", "ensemble", named[1], cost),
        _gap("classifiers", *named),
        _row("all that is reported", "lite0", whole[0], 1.0),
        _row("all that is reported", "ensemble", whole[1], cost),
        _gap("all that is reported", *whole),
    ]
    return "\n".join(lines) + "\n"


def _recognised(
    way: EfficientNetRecogniser, shown: Sequence[Sequence[Image]]
) -> tuple[list[list[Recognition]], float]:
    """What a recogniser says of each clip's pictures, and its processor seconds."""
    way.recognise(shown[0][:1])  # loads the graphs
    begin = time.process_time()
    made = [way.recognise(images) for images in shown]
    return made, time.process_time() - begin


def _second(shown: Sequence[Sequence[Image]]) -> list[list[Vector]]:
    """The second classifier's probabilities, picture by picture."""
    session = graphs.LazySession(MODELS, graphs.SECOND_GRAPH, 1)
    return [[second_scores(session, [image])[0] for image in images] for images in shown]


def _row(what: str, name: str, score: Score, cost: float | None) -> str:
    right, labels = sum(score.right), sum(score.labels)
    told = "" if cost is None else f"{cost:.2f}"
    return f"| {what} | {name} | {right} of {labels} | {score.share:.3f} | {score.found} | {told} |"


def _gap(what: str, one: Score, other: Score) -> str:
    low, high = interval(one, other)
    return f"| {what} | ensemble over lite0 | | {low:+.3f} to {high:+.3f} | | |"


def scored(
    clips: Sequence[Clip],
    recognised: Sequence[Sequence[T]],
    labels_of: Callable[[T], Sequence[Label]],
) -> Score:
    """The score of what was recognised, clip by clip."""
    score = Score()
    for clip, seen in zip(clips, recognised, strict=True):
        labels = [label for each in seen for label in labels_of(each)]
        score.add(_stems([clip.description.lower()]), labels)
    return score


def interval(one: Score, other: Score) -> tuple[float, float]:
    """95 % of the differences of shares, in draws of whole clips."""
    drawn = np.random.default_rng(0).integers(0, len(one.right), (DRAWS, len(one.right)))
    shares = [
        np.array(each.right)[drawn].sum(1) / np.maximum(np.array(each.labels)[drawn].sum(1), 1)
        for each in (one, other)
    ]
    low, high = np.quantile(shares[1] - shares[0], [0.025, 0.975])
    return float(low), float(high)


def beside_published(images: Sequence[Image]) -> str:
    """How near the second classifier's graph is to the network that was published."""
    litert: Any = import_module("ai_edge_litert.interpreter")
    runner = litert.Interpreter(model_content=weights.read_verified(weights.LITE3), num_threads=1)
    runner.allocate_tensors()
    given, out = runner.get_input_details()[0], runner.get_output_details()[0]["index"]
    session = graphs.LazySession(MODELS, graphs.SECOND_GRAPH, 1)
    pairs: list[tuple[Vector, Vector]] = []
    for image in images:
        small = as_bytes(prepare(image, SECOND_SIDE), *given["quantization"])
        runner.set_tensor(given["index"], small)
        runner.invoke()
        theirs = np.asarray(runner.get_tensor(out)[0] / 256, np.float32)
        pairs.append((theirs, second_scores(session, [image])[0]))
    return _nearness(pairs)


def _nearness(pairs: Sequence[tuple[Vector, Vector]]) -> str:
    theirs, ours = (np.array(rows) for rows in zip(*pairs, strict=True))
    same = theirs.argmax(1) == ours.argmax(1)
    sure = theirs.max(1) >= CLASS_FLOOR
    best = np.arange(len(pairs)), theirs.argmax(1)
    return (
        f"The second classifier's graph beside TensorFlow Lite's runtime, on {len(pairs)} of the\n"
        f"frames: the same likeliest class in {same.sum()}, in {same[sure].sum()} of the "
        f"{sure.sum()} where it is likely enough to be reported; the mean\n"
        f"absolute difference is {np.abs(theirs - ours).mean():.5f} of a probability, and "
        f"{np.abs(theirs - ours)[best].mean():.3f} of the likeliest class's. That runtime\nrounds "
        "between layers, and probabilities to 1/256.\n"
    )


def _stems(words: Sequence[str]) -> set[str]:
    return {stem for word in words for stem in stems(word)}


def _told(clips: int, frames: int) -> str:
    return f"""    python -m tests.benchmarks.senses.names --write --published

{frames} frames of {clips} clips. A label is right where the clip's description names it;
descriptions do not name all there is. Time: processor seconds of recognising, detector included,
beside `lite0`. Intervals (95 %) draw whole clips. Thresholds are those that were chosen for lite0;
answers to questions were not measured."""


if __name__ == "__main__":
    main()
