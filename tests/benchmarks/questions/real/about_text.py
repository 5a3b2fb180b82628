"""Questions about text on screen and about speech of the real clips."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from rapidfuzz import fuzz

from memory.records import SECOND, Span
from tests.benchmarks.quality.clips import Clip
from tests.benchmarks.questions.collecting import Collector
from tests.benchmarks.questions.real.reading import Found

SAMPLED = ("frames_462",)
"""Clips whose index lists some of their texts only: what comes next is not known."""
NUMBER = re.compile(r"(?<![\w#])\d[\d.,:/]*[A-Z]?(?![\w])")
NEXT = 3 * SECOND // 2
"""Longest pause between a text and the one that follows it."""
KNOWN = 80
"""rapidfuzz partial ratio from which a line is one that the index has."""
CLEAR = 0.9
FOREIGN = 3
"""Questions per clip about text and speech of other clips."""


@dataclass(frozen=True)
class Text:
    """A text of the index: its parts (a title first, where there are several) and its time."""

    parts: tuple[str, ...]
    span: Span

    @property
    def title(self) -> str:
        """The first part."""
        return self.parts[0]

    @property
    def whole(self) -> str:
        """All of it."""
        return " ".join(self.parts)


def timed_texts(folder: Path) -> dict[str, list[Text]]:
    """The text on screen of every clip, in order of time."""
    index = json.loads((folder / "INDEX.json").read_text(encoding="utf-8"))
    return {
        entry["id"]: sorted(
            (_text(row) for row in entry.get("on_screen_text", ())), key=lambda text: text.span
        )
        for entry in index["entries"]
        if entry["kind"] == "video"
    }


def _text(row: Mapping[str, object]) -> Text:
    plain = re.sub(r"\s*\([^)]*hard to read\)", "", str(row["text"]))
    span = Span.of_seconds(float(str(row["start_s"])), float(str(row["end_s"])))
    return Text(tuple(part.strip() for part in plain.split(" | ")), span)


def written(asker: Collector, texts: Sequence[Text], clip: Clip) -> None:
    """Everything that can be asked about the index's texts of a clip."""
    for text in texts:
        same = [each.span for each in texts if text.title.lower() in each.whole.lower()]
        if len(re.sub(r"\W", "", text.title)) > 2:
            asker.ask("when_text", "ocr", same, [], text=text.title)
        for part in text.parts:
            part_spans = [each.span for each in texts if part in each.parts]
            _part(asker, part, part_spans)
        if len(text.parts) > 2:
            item = asker.rng.choice(text.parts[1:])
            asker.ask("title_with", "ocr", [text.span], [[text.title]], item=item, surface="slide")
    if texts and clip.clip_id not in SAMPLED:
        _order(asker, texts)
    for text in asker.rng.sample(list(texts), min(2, len(texts))):
        _at(asker, text, texts)


def _part(asker: Collector, part: str, spans: Sequence[Span]) -> None:
    """How a line goes on, and the number in it."""
    words = part.split()
    numbers = NUMBER.findall(part)
    rest = NUMBER.sub("", part).replace("%", "").strip(" :=()-,.")
    if len(numbers) == 1 and len(words) > 1 and re.search(r"[a-z]{3}", rest.lower()):
        if len(rest.split()) <= 8:
            number = numbers[0].rstrip(".,:/")
            asker.ask("number_near", "ocr", spans, [[number]], a=rest)
    elif len(words) >= 4:
        first, second = words[: len(words) // 2], words[len(words) // 2 :]
        answer = _telling(" ".join(second))
        if answer:
            asker.ask("continues", "ocr", spans, [[answer]], a=" ".join(first))


def _telling(text: str) -> str:
    """The longest word of four letters or more; empty without one."""
    words = re.findall(r"[^\W\d_]{4,}", text)
    return max(words, key=len, default="")


def _order(asker: Collector, texts: Sequence[Text]) -> None:
    first, last = texts[0], max(texts, key=lambda text: (text.span.end, text.span.start))
    starts = [text for text in texts if text.span.start == first.span.start]
    ends = [text for text in texts if text.span.end == last.span.end]
    if len(texts) > 2 and len(starts) == 1:
        asker.ask("first_card", "order", [first.span], [[first.title]])
    if len(texts) > 2 and len(ends) == 1:
        asker.ask("last_card", "order", [last.span], [[last.title]])
    titles = [text.title.lower() for text in texts]
    alone = [text for text in texts if titles.count(text.title.lower()) == 1]
    for before, after in pairwise(texts):
        if not -SECOND // 2 <= after.span.start - before.span.end <= NEXT:
            continue
        if before in alone and asker.some(0.6):
            asker.ask("after_card", "order", [after.span], [[after.title]], title=before.title)
        if after in alone and asker.some(0.4):
            asker.ask("before_card", "order", [before.span], [[before.title]], title=after.title)
    apart = [(a, b) for a in alone for b in alone if a.span.end <= b.span.start]
    for early, late in asker.rng.sample(apart, min(2, len(apart))):
        one, two = asker.rng.sample([early.title, late.title], 2)
        spans = [early.span, early.span.hull(late.span)]
        asker.ask("which_first", "order", spans, [[early.title]], a=one, b=two)


def _at(asker: Collector, text: Text, texts: Sequence[Text]) -> None:
    at = text.span.middle
    shown = [part for each in texts if each.span.start <= at < each.span.end for part in each.parts]
    seconds = f"{at / SECOND:.1f}".removesuffix(".0")
    time = asker.rng.choice([f"{seconds} s", f"second {seconds}"])
    asker.ask("at_time", "ocr", [text.span], [shown], t=time)


def fresh_lines(lines: Sequence[Found], known: Sequence[str]) -> list[Found]:
    """Lines, each read often, that the index does not have; one per text."""
    kept: dict[str, Found] = {}
    for line in lines:
        letters = re.sub(r"[\W\d_]", "", line.text)
        is_known = any(fuzz.partial_ratio(line.text.lower(), k.lower()) >= KNOWN for k in known)
        if line.times >= 3 and line.confidence >= CLEAR and len(letters) >= 6 and not is_known:
            twin = next((k for k in kept if fuzz.ratio(k.lower(), line.text.lower()) >= KNOWN), "")
            if not twin:
                kept[line.text] = line
    return list(kept.values())


def line(asker: Collector, found: Found) -> None:
    """A line of the second reading."""
    if asker.some(0.5):
        asker.ask("when_text", "ocr", [found.span], [], text=found.text)
    _part(asker, found.text, [found.span])


def clear_sentences(speech: Sequence[Found]) -> list[Found]:
    """Sentences that were heard clearly, in Latin letters."""
    return [
        said
        for said in speech
        if said.confidence >= CLEAR and len(said.text.split()) >= 6 and said.text.isascii()
    ]


def sentence(asker: Collector, said: Found) -> None:
    """A spoken sentence: when some of its words are said, and how it goes on."""
    words = said.text.rstrip(".?!").split()
    at = asker.rng.randrange(len(words) - 3)
    phrase = " ".join(words[at : at + 4]).strip(",")
    asker.ask("said_words", "speech", [said.span], [], a=phrase)
    half = len(words) // 2
    answer = _telling(" ".join(words[half:]))
    if answer and asker.some(0.7):
        start = " ".join(words[:half]).strip(",")
        asker.ask("said_rest", "speech", [said.span], [[answer]], a=start)


def foreign(
    asker: Collector, clip: Clip, clips: Sequence[Clip], texts: Mapping[str, Sequence[Text]]
) -> None:
    """Text of clips from other sources, of which this clip has no telling word."""
    pool = [
        part
        for other in clips
        if other.source != clip.source
        for text in texts[other.clip_id]
        for part in text.parts
        if _is_unknown(part, clip)
    ]
    for part in asker.rng.sample(pool, min(FOREIGN, len(pool))):
        words = part.split()
        if len(words) > 4 and asker.some(0.5):
            asker.ask("continues", "foreign", [], [], a=" ".join(words[: len(words) // 2]))
        else:
            asker.ask("when_text", "foreign", [], [], text=part)


def _is_unknown(part: str, clip: Clip) -> bool:
    words = re.findall(r"[a-z]{4,}", part.lower())
    return len(words) >= 2 and not any(word[:5] in clip.told for word in words)
