"""Taking a question apart: quotations, courtesy, times, events and alternatives come out of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agents import vocabulary as v
from agents.language import STOP_WORDS, words
from agents.plan import Anchor, Asked, Relation
from agents.times import find_time, unread_time


@dataclass(slots=True)
class Reading:
    """A question while it is being read; `text` shrinks as its parts are understood."""

    question: str
    text: str
    choices: tuple[str, ...]
    phrases: list[str] = field(default_factory=list[str])
    anchor: Anchor | None = None
    asked: Asked = Asked.KEYWORDS
    target: str = ""
    position: int | None = None
    boundary: str = ""
    notes: list[str] = field(default_factory=list[str])


def take_phrases(reading: Reading) -> None:
    """Put one private character in the place of each quoted string."""

    def mark(match: re.Match[str]) -> str:
        phrase = (match[1] or match[2]).strip()
        if not phrase:
            return " "
        reading.phrases.append(phrase)
        return chr(v.MARK + len(reading.phrases) - 1)

    reading.text = v.QUOTED.sub(mark, reading.text, count=v.MAX_PHRASES)


def unmarked(reading: Reading, text: str) -> str:
    """`text` with its quoted strings back in place."""
    return v.MARKED.sub(lambda match: reading.phrases[ord(match[0]) - v.MARK], text)


def take_courtesy(reading: Reading) -> None:
    """Drop "please tell me"; "find the moment" is a when-question."""
    text = v.COURTESY.sub("", reading.text)
    if match := v.MOMENT.match(text):
        text = f"when {text[match.end() :]}"
    elif match := v.SHOW.match(text):
        text = text[match.end() :]
    reading.text = text.strip()


def take_order(reading: Reading) -> None:
    """Read "does A come before B" as a comparison of two events."""
    match = v.DOES_PRECEDE.match(reading.text)
    if match is None or find_time(f"{match['relation']} {match['b']}"):
        return
    first, second = (_bare(unmarked(reading, match[side])) for side in ("a", "b"))
    reading.asked, reading.choices = Asked.ORDER, reading.choices or (first, second)
    reading.text = match["a"]
    if v.BEFORE_OR_AFTER.search(match["relation"]):
        reading.position = 1
        return
    relation = Relation.AFTER if v.IS_AFTER.search(match["relation"]) else Relation.BEFORE
    reading.anchor = Anchor(relation, _event_words(reading, match["b"]))


def take_time(reading: Reading) -> None:
    """Take the time that the question names, if any."""
    reading.text, unread = unread_time(reading.text)
    if unread:
        reading.notes.append(f"'{unread}' is not used: it names no time that is known beforehand")
    found = find_time(reading.text)
    if found is None:
        return
    reading.text = found.rest
    text = reading.anchor.text if reading.anchor else ""
    reading.anchor = Anchor(found.relation, text, found.span, from_end=found.from_end)
    if find_time(found.rest):
        reading.notes.append("only the first of several times is used")


def take_event(reading: Reading) -> None:
    """Take the event that a clause with "after", "before", "while", "when" or "between" names."""
    if reading.asked is Asked.ORDER:
        return
    for relation, pattern in v.EVENTS:
        if relation is Relation.BETWEEN and v.SPATIAL.search(reading.text):
            continue
        match = pattern.search(reading.text)
        text = _event_words(reading, match["x"]) if match else ""
        if match is None or not text:
            continue
        rest = f"{reading.text[: match.start()]} {match.groupdict().get('verb') or ''} "
        reading.text = (rest + reading.text[match.end() :]).strip(" ,;")
        until = _event_words(reading, match.groupdict().get("y") or "")
        _add_event(reading, relation, text, until)


def _add_event(reading: Reading, relation: Relation, text: str, until: str) -> None:
    """Join an event with the time or event found before it."""
    known = reading.anchor
    if known is None:
        reading.anchor = Anchor(relation, text, until=until)
    elif not known.text:
        kept = relation if known.relation is Relation.AT else known.relation
        reading.anchor = Anchor(kept, text, known.span, until, known.from_end)
    elif {known.relation, relation} == {Relation.AFTER, Relation.BEFORE}:
        ends = (known.text, text) if known.relation is Relation.AFTER else (text, known.text)
        reading.anchor = Anchor(Relation.BETWEEN, ends[0], known.span, ends[1], known.from_end)
    else:
        reading.notes.append(f"'{relation} {text}' is not used: one event at a time")


def _event_words(reading: Reading, text: str) -> str:
    """The telling words of an event, quoted ones verbatim; empty for "the video"."""
    found: list[str] = []
    for piece in v.MARKED_OR_NOT.findall(text):
        found += [unmarked(reading, piece)] if v.MARKED.match(piece) else words(piece)
    content = [word for word in found if word not in STOP_WORDS]
    telling = [word for word in content if word not in v.SHOWN]
    is_whole = set(content) <= v.MEDIUM and not v.MARKED.search(text)
    return "" if is_whole else " ".join(telling or content or found)


def take_choices(reading: Reading) -> None:
    """Alternatives in the question itself: "which comes first, A or B", "is it red or blue"."""
    text = reading.text
    is_choice = v.YES_NO.match(text) or v.COMPARES.search(text)
    patterns = (v.LISTED, *v.EITHER) if is_choice else (v.LISTED,)
    matches = [found for pattern in patterns if (found := pattern.search(text))]
    if not matches:
        return
    match = min(matches, key=lambda found: found.start())
    parts = v.LIST_GAP.split(match["list"])
    found = tuple(_bare(unmarked(reading, part)) for part in parts if part.strip())
    if len(found) > 1:
        reading.choices = reading.choices or found
        reading.text = f"{text[: match.start()]} {text[match.end() :]}"


def _bare(text: str) -> str:
    return re.sub(r"^(?:the|an?|either) ", "", text.strip(" ,"), flags=re.IGNORECASE)
