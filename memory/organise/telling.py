"""What the rows of one video assert: changing places on screen, `label: value` lines, sentences.

Pure functions from memory rows to assertions. Only the video's own words assert something, and the
facts that a model told; captions and summaries repeat them and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from memory.as_of import known_at
from memory.details import ShownLine
from memory.organise.records import Assertion
from memory.records import Kind, Memory, content_id

NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*%?")
SAME_PLACE = 0.5
"""Intersection over union of two boxes from which they are one place on screen."""
_LABELLED = re.compile(r"\W*(?P<label>[^\W\d_][^::=]{0,39}?)\s*[::]\s+(?P<value>\S.{0,79})")
_MOST_WORDS = 5
"""Of a label, a subject or a predicate."""
_MOST_IN_FRONT = 3
"""Words of a value that stands in front of its verb."""

_NAME = r"[^\W\d_](?:[^.,;:!?()]{0,38}?[^\W_])??"
_BECAME = r"(?:changed|updated|switched|set|moved|raised|lowered|renamed)"
_ADVERBS = r"(?: (?:now|still|again|also|always|actually|currently|officially|finally))*"
_IS = (
    rf"(?:(?:was|were|is|has been|have been) (?:now )?{_BECAME} to"
    rf"|(?:is|was|are|were|will be|has been|have been|had to be|came to be){_ADVERBS}"
    rf"|(?:(?:has|have){_ADVERBS} )?(?:changed to|become|became|becomes)"
    r"|remains?|remained|stays?|stayed|equals|(?:turned|turns) out to be)"
)
"""What links a name to its value: of the verbs that grammars call linking, those that state."""
_VALUE = (
    r"(?P<value>[^,;!?]{1,60}?)(?=[,;!?]|\.(?:\s|$)|\s(?:because|since|and|but|so|as"
    r"|this (?:week|month|year|morning)|today|now|again|from now)\b|$)"
)
_FRONT = r"(?:^|(?<=[.!?;] )|(?<=, )|(?<= that ))(?P<value>[^\W_](?:[^,.;:!?]{0,38}?[^\W_])??)"
"""A value in front of its verb: where a clause begins."""
_SENTENCES = (
    re.compile(rf"\b[Tt]he (?P<predicate>{_NAME}) of (?P<subject>{_NAME}) (?:{_IS}) {_VALUE}"),
    re.compile(rf"\b(?P<subject>[A-Z]\w*(?: [A-Z]\w*)*)['’]s "
               rf"(?P<predicate>{_NAME}) (?:{_IS}) {_VALUE}"),
    re.compile(rf"{_FRONT}(?:, (?:which|that|who))? (?:{_IS}) (?:the|our) "
               rf"(?P<predicate>{_NAME}) of (?P<subject>{_NAME})"
               r"(?=[,;!?]|\.(?:\s|$)|\s(?:because|since|and|but|so|as|now|again)\b|$)"),
    re.compile(rf"{_FRONT}(?:, (?:which|that|who))? (?:{_IS}) "
               rf"(?P<subject>[A-Z]\w*(?: [A-Z]\w*)*)['’]s (?P<predicate>{_NAME})"
               r"(?=[,;!?]|\.(?:\s|$)|\s(?:because|since|and|but|so|as|now|again)\b|$)"),
    re.compile(rf"\b[Tt]he (?P<subject>{_NAME}) (?:was|has been|is|were|have been) "
               r"(?P<predicate>moved|postponed|changed|raised|lowered|renamed|set)"
               rf"(?: from [^,;!?.]{{1,40}}?)? to {_VALUE}"),
)  # fmt: skip
_NEWEST = re.compile(r"^(?:new|newest|current|latest|present) (?=\w)")
"""What tells of a predicate only that its value is the one that holds."""
_END = re.compile(r"[.!?](?=\s|$)")
"""The end of a sentence."""
_SUPPOSING = frozenset("if whether unless suppose supposing imagine wish perhaps maybe".split())
"""Words after which nothing is said to be so."""
_OPEN = frozenset(
    "a an the this that these those it he she they we you i what which who there here not very so "
    "to in on at of for with and or but if when has had have was were is are been be will".split()
)
"""Words with which no value of a sentence begins, or no name ends."""
_POINTING = frozenset("one all both some any each every none his her its their my your our".split())
"""More words with which no value in front of its verb begins."""
_CLAUSE = frozenset(
    "which that who whom whose where when while until although is are was were be been wasn't "
    "isn't aren't weren't don't must can could should would might may will".split()
)
"""Words that no name holds: what holds one is a clause."""


def assertions_of(rows: Sequence[Memory]) -> list[Assertion]:
    """Everything that rows of one video assert, each under an id that follows from it."""
    told = [row for row in rows if row.text and not row.is_look]
    shown = [row for row in told if row.kind is Kind.SCREEN_TEXT]
    found = [*_lines(shown), *_slots(shown), *_sentences(told), *_models(told)]
    return list({one.assertion_id: one for one in found}.values())


@dataclass(slots=True)
class _Place:
    """A place on screen where lines differ in their numbers alone."""

    box: list[float]
    seen: list[tuple[Memory, str, float]] = field(default_factory=list[tuple[Memory, str, float]])


def _slots(rows: Sequence[Memory]) -> Iterator[Assertion]:
    """Values of places whose number changes."""
    places: dict[str, list[_Place]] = {}
    for row in rows:
        for line in _clear(row):
            text, box = " ".join(line["text"].split()), line.get("box")
            if box and NUMBER.search(text) and not _labelled(text):
                here = _place(places.setdefault(NUMBER.sub("#", text.casefold()), []), box)
                here.seen.append((row, text, line.get("confidence", row.confidence)))
    for alike in places.values():
        for place in alike:
            yield from _changes(place)


def _clear(row: Memory) -> list[ShownLine]:
    """The lines of a row, without those that may be no text."""
    return [line for line in row.details.get("lines", []) if not line.get("doubtful")]


def _place(alike: list[_Place], box: list[float]) -> _Place:
    """The place of a box; the nearest where lines of one wording stand at several."""
    best = max(alike, key=lambda place: box_iou(place.box, box), default=None)
    if best is None or box_iou(best.box, box) < SAME_PLACE:
        best = _Place(box)
        alike.append(best)
    best.box = box
    return best


def _changes(place: _Place) -> Iterator[Assertion]:
    numbers = [NUMBER.findall(text) for _, text, _ in place.seen]
    changing = [at for at, column in enumerate(zip(*numbers, strict=True)) if len(set(column)) > 1]
    if not changing:
        return
    subject = _without(place.seen[0][1], changing)
    if not re.search(r"[^\W_]", subject):
        subject = f"{subject} at the {_where(place.seen[0][0], place.box)}"
    for (row, _, confidence), found in zip(place.seen, numbers, strict=True):
        value = ", ".join(found[at] for at in changing)
        yield _assertion(row, subject, "shows", value, "slot", confidence)


def _without(text: str, changing: Sequence[int]) -> str:
    """A line with `#` for the numbers that change."""
    count = iter(range(len(text)))
    return NUMBER.sub(lambda found: "#" if next(count) in changing else found.group(), text)


def _where(row: Memory, box: list[float]) -> str:
    """A place in words: where nothing else names it."""
    del row
    left, top, right, bottom = box
    across = ("left", "centre", "right")[min(2, int(1.5 * (left + right)))]
    down = ("top", "middle", "bottom")[min(2, int(1.5 * (top + bottom)))]
    return f"{down} {across}"


def _lines(rows: Sequence[Memory]) -> Iterator[Assertion]:
    """Values of lines `label: value`."""
    for row in rows:
        for line in _clear(row):
            if pair := _labelled(" ".join(line["text"].split())):
                yield _assertion(row, pair[0], "is", pair[1], "line",
                                 line.get("confidence", row.confidence))  # fmt: skip


def _labelled(text: str) -> tuple[str, str] | None:
    """Label and value of a line that is one, and has no second label in it."""
    found = _LABELLED.fullmatch(text)
    if found is None or len(found["label"].split()) > _MOST_WORDS or ": " in found["value"]:
        return None
    return found["label"].strip(), found["value"].strip()


def _sentences(rows: Sequence[Memory]) -> Iterator[Assertion]:
    """Values that are said or written in plain sentences; of those that speak for all videos."""
    for row in rows:
        if not row.kind.is_verbatim:
            continue
        text = " ".join((row.text or "").split())
        for pattern in _SENTENCES:
            for found in pattern.finditer(text):
                parts = [found[name].strip(" .'\"") for name in ("subject", "predicate", "value")]
                if " of " in parts[0] and pattern is _SENTENCES[-1]:
                    continue  # "the price of tea was changed to 3" is about the tea
                if _is_open(text, found):
                    continue
                is_inverse = found.start("value") < found.start("subject")
                if is_inverse and not _is_plain(parts[2], parts[1]):
                    continue  # "it is the end of the road" names nothing
                if all(map(_is_named, parts[:2])) and _is_value(parts[2]):
                    subject, predicate, value = parts
                    predicate = _NEWEST.sub("", predicate)
                    yield _assertion(row, subject, predicate, value, "sentence", row.confidence)


def _is_open(text: str, found: re.Match[str]) -> bool:
    """Whether what is found is asked, supposed or wished: nobody says that it is so."""
    before = _END.split(text[: found.start()])[-1].casefold().replace(",", " ").split()
    end = _END.search(text, found.end("value"))
    return not _SUPPOSING.isdisjoint(before) or (end is not None and end.group() == "?")


def _is_named(text: str) -> bool:
    words = text.casefold().split()
    is_short = 0 < len(words) <= _MOST_WORDS and words[-1] not in _OPEN
    return is_short and _CLAUSE.isdisjoint(words[words[0] == "that" :])  # "that river" is a name


def _is_value(text: str) -> bool:
    words = text.casefold().split()
    return bool(words) and words[-1] not in _OPEN and (words[0] not in _OPEN or len(words) > 1)


def _is_plain(value: str, predicate: str) -> bool:
    """Whether a value in front of its verb names something, and is not one of many words."""
    words, named = value.casefold().split(), predicate.casefold().split()
    is_name = 0 < len(words) <= _MOST_IN_FRONT and words[0] not in _OPEN | _POINTING
    return is_name and len(_NEWEST.sub("", predicate).split()) <= 2 and named[0] != "most"


def _models(rows: Iterable[Memory]) -> Iterator[Assertion]:
    """What models told, once for each of its sources."""
    for row in rows:
        told = row.details
        if row.kind is not Kind.FACT or "subject" not in told:
            continue
        parts = (told["subject"], told.get("predicate", ""), told.get("object", ""))
        for source in told.get("sources", []):
            yield _made(row, parts, "model", row.confidence, source["start"], source["end"],
                        source["known_at"], (row.memory_id, source["id"]))  # fmt: skip


def _assertion(
    row: Memory, subject: str, predicate: str, value: str, how: str, confidence: float
) -> Assertion:
    known = known_at(row)
    known = row.span.end if known is None else known
    return _made(row, (subject, predicate, value), how, confidence, row.span.start, row.span.end,
                 known, (row.memory_id,))  # fmt: skip


def _made(
    row: Memory,
    told: tuple[str, str, str],
    how: str,
    confidence: float,
    start: int,
    end: int,
    known: int,
    sources: tuple[str, ...],
) -> Assertion:
    subject, predicate, value = told
    local = how in ("slot", "line")
    key = content_id("a", row.tenant, row.video_id, told, start, end, sources)
    return Assertion(key, row.tenant, row.video_id, subject, predicate, value, start, end, known,
                     how, local, confidence, sources)  # fmt: skip


def box_iou(one: Sequence[float], other: Sequence[float]) -> float:
    """Intersection over union of two boxes (left, top, right, bottom), 0 to 1."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(0.0, width) * max(0.0, height)
    union = sum((b[2] - b[0]) * (b[3] - b[1]) for b in (one, other)) - shared
    return shared / union if union > 0 else 0.0
