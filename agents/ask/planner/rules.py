"""What is symbolic in a question: its type, times, events, order, alternatives, and the words left.

The question goes through one pipeline: normalise; take out quoted phrases, the time, the anchoring
event and alternatives; see what is asked, which position and which boundary; keep the content words
that remain. Nothing here refuses an answer: types and words become features of the ranking.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import takewhile

from agents.ask.plan import Anchor, Asked, Plan, Relation
from agents.ask.planner import grammar as g
from agents.ask.planner.times import find_time, unread_time
from agents.text.words import NUMBER_WORDS, STOP_WORDS, normalised, stem, words
from memory.records import Kind, Level


@dataclass(slots=True)
class _Reading:
    """A question while it is being read; `text` shrinks as its parts are understood."""

    text: str
    choices: tuple[str, ...]
    phrases: list[str] = field(default_factory=list[str])
    anchor: Anchor | None = None
    asked: Asked = Asked.KEYWORDS
    position: int | None = None
    compared: bool = False
    notes: list[str] = field(default_factory=list[str])

    def plain(self, text: str) -> str:
        """`text` with its quoted strings back in place, without an article in front."""
        back = g.MARKED.sub(lambda match: self.phrases[ord(match[0]) - ord(g.MARK)], text)
        return re.sub(r"^(?:the|an?|either) ", "", back.strip(" ,"), flags=re.IGNORECASE)


def plan(question: str, *, choices: tuple[str, ...] = ()) -> Plan:
    """Understand an English question about video, without a model.

    Args:
        question: any text; what is not understood is searched as plain words.
        choices: the options of a multiple-choice question, in their order.

    Returns:
        The plan. An instant is a span of one microsecond. For "does A come before B" the choices
        are A and B and the anchor says `before` B.
    """
    reading = _Reading(normalised(question).strip(" ?!.,;:"), choices)
    _take_phrases(reading)
    reading.text = g.FIND.sub("when ", g.COURTESY.sub("", reading.text))
    _take_order(reading)
    _take_time(reading)
    _take_events(reading)
    _take_choices(reading)
    reading.asked = _asked(reading)
    _take_position(reading)
    if is_whole := _is_about_all(reading):
        reading.asked = Asked.WHAT
    target = g.SUMMARY if is_whole else _target(reading)
    return Plan(
        question=question,
        asked=reading.asked,
        terms=() if is_whole else _terms(reading),
        phrases=tuple(reading.phrases),
        names=_names(reading),
        target=target,
        anchor=reading.anchor,
        position=reading.position,
        boundary=_boundary(reading),
        choices=reading.choices,
        kinds=_kinds(reading.asked, target),
        level=_level(reading, target),
        notes=tuple(reading.notes),
    )


def _take_phrases(reading: _Reading) -> None:
    """Put one private character in the place of each quoted string."""

    def mark(match: re.Match[str]) -> str:
        phrase = (match[1] or match[2]).strip()
        if not phrase:
            return " "
        reading.phrases.append(phrase)
        return chr(ord(g.MARK) + len(reading.phrases) - 1)

    reading.text = g.QUOTED.sub(mark, reading.text, count=g.MAX_PHRASES)


def _take_order(reading: _Reading) -> None:
    """Read "does A come before B" as a comparison of two events."""
    match = g.DOES_PRECEDE.match(reading.text)
    if match is None or find_time(f"{match['r']} {match['b']}"):
        return
    pair = reading.plain(match["a"]), reading.plain(match["b"])
    reading.asked, reading.choices = Asked.ORDER, reading.choices or pair
    reading.text = match["a"]
    said = match["r"].lower()
    if " or " in said:
        reading.position = 1
        return
    relation = Relation.AFTER if "after" in said or "follow" in said else Relation.BEFORE
    reading.anchor = Anchor(relation, _event_words(reading, match["b"]))


def _take_time(reading: _Reading) -> None:
    """Take the time that the question names, if any."""
    reading.text, unread = unread_time(reading.text)
    if unread:
        reading.notes.append(f"'{unread}' is not used: it names no time that is known beforehand")
    found = find_time(reading.text)
    if found is not None:
        reading.text = " ".join(found.rest.split())
        text = reading.anchor.text if reading.anchor else ""
        reading.anchor = Anchor(found.relation, text, found.span, from_end=found.from_end)


def _take_events(reading: _Reading) -> None:
    """Take what a clause with "after", "before", "while", "when" or "between" names."""
    for relation, pattern in g.EVENTS:
        match = pattern.search(reading.text)
        text = _event_words(reading, match["x"]) if match else ""
        if match is None or not text or reading.asked is Asked.ORDER:
            continue
        parts = match.groupdict()
        rest = f"{reading.text[: match.start()]} {parts.get('verb') or ''} "
        reading.text = (rest + reading.text[match.end() :]).strip(" ,;")
        known = reading.anchor
        if known is None:
            reading.anchor = Anchor(
                relation, text, until=_event_words(reading, parts.get("y") or "")
            )
        elif not known.text:
            kept = relation if known.relation is Relation.AT else known.relation
            reading.anchor = replace(known, relation=kept, text=text)
        elif {known.relation, relation} == {Relation.AFTER, Relation.BEFORE}:
            ends = (known.text, text) if relation is Relation.BEFORE else (text, known.text)
            reading.anchor = replace(known, relation=Relation.BETWEEN, text=ends[0], until=ends[1])
        else:
            reading.notes.append(f"'{relation} {text}' is not used: one event at a time")


def _event_words(reading: _Reading, text: str) -> str:
    """The telling words of an event, quoted ones verbatim; empty for "the video"."""
    pieces = re.findall("[\ue000-\uf8ff]|[^\ue000-\uf8ff]+", text)
    quotes = [reading.plain(piece) for piece in pieces if g.MARKED.match(piece)]
    content = [w for p in pieces if not g.MARKED.match(p) for w in words(p)]
    telling = [word for word in content if word not in STOP_WORDS | g.SHOWN]
    if quotes:
        return " ".join(quotes)
    return "" if set(telling) <= g.MEDIUM and telling else " ".join(telling or content)


def _take_choices(reading: _Reading) -> None:
    """Alternatives in the question itself: "which comes first, A or B", "is it red or blue"."""
    text, compares = reading.text, bool(g.COMPARES.search(reading.text))
    both = g.BOTH.match(text) if compares else None
    lead, _, tail = (text, "", text) if both else _after_colon(text)
    match = both or g.OR.search(tail)
    if match is None or not (both or compares or lead != text or g.YES_NO.match(text)):
        return
    parts = re.split(r",? and |, " if both else r",? or |, ", match["list"])
    if lead == text and not both:  # the first still has the question in front of it
        parts[0] = " ".join(parts[0].split()[-len(parts[-1].split()) :])
    found = [reading.plain(part) for part in parts if part.strip()]
    if len(found) > 1:
        reading.compared = compares and not reading.choices
        reading.choices = reading.choices or tuple(found)
        reading.text = text.replace(match["list"], lead if lead == text else " ", 1)


def _after_colon(text: str) -> tuple[str, str, str]:
    """What stands before and after the first comma or colon; all of it twice without one."""
    match = None if g.YES_NO.match(text) else re.search(r"[,:;] (?=.* or )", text)
    return (text, "", text) if match is None else (text[: match.start()], "", text[match.end() :])


def _asked(reading: _Reading) -> Asked:
    """What kind of answer would settle the question."""
    if g.ALSO_WHEN.search(reading.text):
        reading.notes.append("it also asks when: the evidence's time is the answer to that")
        reading.text = g.ALSO_WHEN.sub("", reading.text)
    text = reading.text
    if reading.asked is Asked.ORDER or reading.compared:
        reading.position = reading.position or _wanted(text)
        return Asked.ORDER
    if g.YES_NO.match(text):
        return Asked.WHAT if len(reading.choices) > 1 else Asked.YES_NO
    return next((asked for asked, form in g.TYPES if form.search(text)), Asked.KEYWORDS)


def _wanted(text: str) -> int:
    """Which of two is asked for: 1 for the earlier, -1 for the later."""
    return -1 if g.LATER.search(text) else 1


def _take_position(reading: _Reading) -> None:
    match = g.POSITION.search(reading.text)
    if reading.asked is Asked.ORDER:
        compares = reading.position is None and g.COMPARES.search(reading.text)
        reading.position = _wanted(reading.text) if compares else reading.position
        return
    if match is None:
        return
    digits = re.match(r"\d+", match["n"])
    reading.position = int(digits[0]) if digits else g.ORDINALS[match["n"].lower()]
    rest = f"{reading.text[: match.start()]} {reading.text[match.end() :]}"
    reading.text = " ".join(rest.split())


def _is_about_all(reading: _Reading) -> bool:
    """Whether nothing is left but words for the video, its story, and that it is told or shown."""
    bound = reading.anchor or reading.phrases or reading.choices or reading.position
    if bound or reading.notes or reading.asked not in (Asked.WHAT, Asked.KEYWORDS, Asked.SAID):
        return False
    if any(word not in g.WHOLE and not _only_shows(word) for word in _terms(reading)):
        return False
    said = {word.lower() for word in re.findall(r"\w+", reading.text)}
    is_open = "what" in said and any(word in g.MEDIUM or _only_shows(word) for word in said)
    return is_open or bool(said & g.WHOLE)


def _only_shows(word: str) -> bool:
    """Whether it is a form of a verb that only says that something is there."""
    return stem(word) in {stem(verb) for verb in g.SHOWN}


def _target(reading: _Reading) -> str:
    """The noun that types the answer, or empty."""
    if reading.asked in (Asked.YES_NO, Asked.KEYWORDS, Asked.WHEN):
        return ""
    for name, form in g.MEASURES:
        if form.search(reading.text):
            return name
    form = g.COUNTED if reading.asked is Asked.COUNT else g.NAMED
    match = form.search(reading.text)
    return _noun(match["wh"].lower(), match["np"].lower().split()) if match else ""


def _noun(wh: str, following: list[str]) -> str:
    """The noun phrase that opens what follows a question word, without owners and verbs."""
    opened = list(takewhile(lambda word: word in g.DETERMINERS, following))
    rest = following[len(opened) :]
    phrase = list(takewhile(lambda word: word not in STOP_WORDS, rest))
    if wh in ("how many", "number of", "count"):
        phrase = _counted(phrase)
    elif wh.endswith((" is", " are", " was", " were", "'s")):
        phrase = [] if not opened or (phrase[-1:] and _is_participle(phrase[-1])) else phrase
    elif not g.AUXILIARY.fullmatch(" ".join(rest[len(phrase) : len(phrase) + 1])):
        phrase = _before_verb(phrase, may_open=wh == "what")
    owners = [n for n, word in enumerate(phrase, 1) if word.endswith(("'s", "s'"))]
    dropped = NUMBER_WORDS | g.MEDIUM | g.SHOWN
    return " ".join(word for word in phrase[max(owners, default=0) :] if word not in dropped)


def _counted(phrase: list[str]) -> list[str]:
    """Up to the first plural: what is counted."""
    for n, word in enumerate(phrase, 1):
        if (word.endswith("s") and not word.endswith("ss")) or word in g.IRREGULAR_PLURALS:
            return phrase[:n]
    return phrase[:1]


def _before_verb(phrase: list[str], *, may_open: bool) -> list[str]:
    """Up to a word that may be a verb, of the third person or of the past: "sits", "changed"."""
    for n, word in enumerate(phrase):
        if (n or may_open) and word.endswith(("s", "ed")) and not word.endswith("ss"):
            return phrase[:n]
    return phrase


def _is_participle(word: str) -> bool:
    return word.endswith(("ing", "ed"))


def _boundary(reading: _Reading) -> str:
    if reading.asked is not Asked.WHEN:
        return ""
    return (
        "end" if g.ENDS.search(reading.text) else "start" if g.STARTS.search(reading.text) else ""
    )


def _terms(reading: _Reading) -> tuple[str, ...]:
    """Content words of what remains, quoted ones among them."""
    dropped = STOP_WORDS | g.MEDIUM | g.SHOWN | frozenset(["time"] * (reading.asked is Asked.WHEN))
    found = words(g.MARKED.sub(lambda m: f" {reading.plain(m[0])} ", reading.text))
    return tuple(dict.fromkeys(word for word in found if word not in dropped))


def _names(reading: _Reading) -> tuple[str, ...]:
    """Numbers in digits and proper names of what is asked, as written."""
    text = g.MARKED.sub(" ", reading.text)
    found = [match[0].removesuffix("'s") for match in g.NAME.finditer(text) if match.start()]
    content = [w for w in text.split()[1:] if w.lower() not in STOP_WORDS and w[0].isalpha()]
    if content and all(word[0].isupper() for word in content):
        found = [name for name in found if name[0].isdigit()]  # capitals say nothing here
    return tuple(dict.fromkeys(n.lstrip("#") for n in found if n.lower() not in STOP_WORDS))


def _kinds(asked: Asked, target: str) -> tuple[Kind, ...]:
    """Where an answer stands that is said, written or about all, best first; empty for anywhere."""
    if target == g.SUMMARY:
        return Kind.SUMMARY, Kind.CAPTION
    if asked is Asked.SAID:
        return tuple(kind for kind in Kind if kind.is_verbatim)
    if asked is Asked.WRITTEN:
        return Kind.SCREEN_TEXT, Kind.CAPTION, *(kind for kind in Kind if kind.is_picture)
    return ()


def _level(reading: _Reading, target: str) -> Level:
    """A frame for an instant, a shot for a stretch of time, the video for a summary."""
    if target == g.SUMMARY:
        return Level.VIDEO
    if reading.anchor is None or reading.anchor.span is None:
        return Level.SCENE
    instant = reading.anchor.span.length <= 1 and reading.anchor.relation is Relation.AT
    return Level.FRAME if instant else Level.SHOT
