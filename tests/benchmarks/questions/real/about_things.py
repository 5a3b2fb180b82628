"""Questions about things in the real clips."""

from __future__ import annotations

import re
from collections.abc import Sequence

from memory.records import Span
from tests.benchmarks.quality.clips import Clip
from tests.benchmarks.questions.collecting import Collector
from tests.benchmarks.questions.real import reading
from tests.benchmarks.questions.real.reading import Found
from tests.benchmarks.questions.scenario import THINGS
from tests.benchmarks.questions.topics import plural, with_article
from tests.benchmarks.questions.values import COLOURS, NUMBERS, number_words

SURE = 0.5
MOST = 0.6
"""A thing that is found during this share of a clip is asked of the whole clip."""
ABSENT = 3
"""Questions per clip about things that are not in it."""
ALIKE = {
    "person": "man woman boy girl cyclist rider people soldier somebody",
    "truck": "pick-up lorry suv", "car": "vehicle suv", "bus": "vehicle lorry", "boat": "ship",
    "refrigerator": "fridge", "cat": "kitten", "dog": "poodle", "bird": "cockatoo parrot",
    "bicycle": "bike cyclist", "clock": "countdown", "laptop": "keyboard computer",
    "airplane": "plane", "horse": "pony", "train": "rail", "bottle": "soda", "motorcycle": "bike",
    "backpack": "bag", "suitcase": "bag", "microwave": "oven", "cup": "can", "sheep": "lamb",
}  # fmt: skip
"""Words that a description may use for a thing."""


def _names(name: str) -> list[str]:
    return [name, plural(name), *ALIKE.get(name, "").split()]


def _is_told(name: str, clip: Clip) -> bool:
    """Whether the clip's description, text, speech or questions name the thing."""
    asked = " ".join(question.text for question in clip.questions).lower()
    return any(re.search(rf"\b{re.escape(n)}", f"{clip.told} {asked}") for n in _names(name))


def present(asker: Collector, clip: Clip, things: Sequence[Found]) -> None:
    """Things that both the second reading and the description name."""
    for name in dict.fromkeys(thing.text for thing in things):
        runs = [t for t in things if t.text == name and t.confidence >= SURE]
        if not runs or not _is_told(name, clip):
            continue
        spans = [run.span for run in runs]
        if sum(span.length for span in spans) >= MOST * clip.seconds * 1e6:
            spans = [Span.of_seconds(0, clip.seconds)]
        slots = {"thing": name, "a_thing": with_article(name), "things": plural(name)}
        asker.ask("thing_when", "object", spans, [], **slots)
        if asker.some(0.5):
            asker.ask("thing_yes", "object", spans, [["yes", name]], **slots)
        _described(asker, clip, name, spans, slots)


def _described(
    asker: Collector, clip: Clip, name: str, spans: Sequence[Span], slots: dict[str, str]
) -> None:
    """Colour and number, where the description says them right before the thing."""
    told = clip.description.lower()
    colours = [c for c in COLOURS if re.search(rf"\b{c} {re.escape(name)}\b", told)]
    if len(colours) == 1:
        asker.ask("thing_colour", "object", spans, [[colours[0]]], **slots)
    counts = [
        n
        for n, word in enumerate(NUMBERS)
        if re.search(rf"\b{word} [\w ]{{0,12}}{plural(name)}\b", told)
    ]
    if len(counts) == 1:
        asker.ask("thing_count", "counting", spans, [number_words(counts[0])], **slots)


def absent(asker: Collector, clip: Clip, clips: Sequence[Clip]) -> None:
    """Things that neither the description nor the second reading knows."""
    found = reading.cached(clip)
    seen = {thing.text for thing in found.things} if found else set[str]()
    away = [name for name in THINGS if name not in seen and not _is_told(name, clip)]
    kinds = ("thing_when", "thing_yes", "thing_colour", "thing_count")
    for name in asker.rng.sample(away, min(ABSENT, len(away))):
        slots = {"thing": name, "a_thing": with_article(name), "things": plural(name)}
        asker.ask(asker.rng.choice(kinds), "absent", [], [], **slots)
