"""What is symbolic in a question: its type, times, events, order, alternatives, and the words left.

Nothing here refuses an answer: types and words become features of the ranking.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import count, dropwhile, takewhile

from agents.ask.plan import SUMMARY, Anchor, Asked, Plan, Relation
from agents.ask.planner import grammar as g
from agents.ask.planner.times import find_time
from agents.text.letters import number_of
from agents.text.stop_words import STOP_WORDS
from agents.text.words import NUMBER_WORDS, normalised, words


@dataclass(slots=True)
class _Reading:
    """A question while it is being read; `text` shrinks as its parts are understood."""

    text: str
    choices: tuple[str, ...]
    phrases: tuple[str, ...]
    anchor: Anchor | None = None
    voice: int | None = None
    asked: Asked = Asked.KEYWORDS
    position: int | None = None
    notes: list[str] = field(default_factory=list[str])

    def plain(self, text: str) -> str:
        """`text` with its quoted strings back in place, without an article in front."""
        back = g.MARKED.sub(lambda match: self.phrases[ord(match[0]) - ord(g.MARK)], text)
        return re.sub(r"^(?:the|an?|either) ", "", back.strip(" ,"), flags=re.IGNORECASE)


def plan(question: str, *, choices: tuple[str, ...] = ()) -> Plan:
    """Understand an English question about video, without a model.

    `choices` are the options of a multiple-choice question, in their order. What is not understood
    is searched as plain words.
    """
    text = normalised(question).strip(" ?!.,;:")
    phrases = tuple((quoted[1] or quoted[2]).strip() for quoted in g.QUOTED.finditer(text))
    marks = map(chr, count(ord(g.MARK)))
    reading = _Reading(g.QUOTED.sub(lambda _: next(marks), text), choices, phrases)
    _take_time(reading)
    for pattern, instead in g.REWRITTEN:
        reading.text = pattern.sub(instead, reading.text)
    _take_events(reading)
    _take_voice(reading)
    reading.asked = _asked(reading)
    _take_position(reading)
    is_whole = _is_about_all(reading)
    boundaries = (edge for edge, form in g.BOUNDARIES if form.search(reading.text))
    return Plan(
        question=question,
        asked=Asked.WHAT if is_whole else reading.asked,
        terms=() if is_whole else _terms(reading),
        phrases=phrases,
        target=SUMMARY if is_whole else _target(reading),
        anchor=reading.anchor,
        voice=reading.voice,
        position=reading.position,
        boundary=next(boundaries, "") if reading.asked is Asked.WHEN else "",
        choices=reading.choices,
        notes=tuple(reading.notes),
    )


def _take_time(reading: _Reading) -> None:
    """Take the time that the question names, if any."""
    if found := find_time(reading.text):
        reading.anchor, said, rest = found
        reading.text = " ".join(rest.split()).strip(" ,")
        if reading.anchor is None:
            reading.notes.append(f"'{said}' is not used: it names no time that is known beforehand")


def _take_events(reading: _Reading) -> None:
    """Take what a clause with "after", "before", "while" or "when" names; one of them is used."""
    for relation, pattern in g.EVENTS:
        match = pattern.search(reading.text)
        if match is None or not (text := _event_words(reading, match["x"])):
            continue
        rest = f"{reading.text[: match.start()]} {match.groupdict().get('verb') or ''} "
        reading.text = (rest + reading.text[match.end() :]).strip(" ,;")
        known = reading.anchor or Anchor(Relation.AT)
        if known.text:
            reading.notes.append(f"'{relation} {text}' is not used: one event at a time")
            continue
        kept = relation if known.relation is Relation.AT else known.relation
        reading.anchor = replace(known, relation=kept, text=text)


def _take_voice(reading: _Reading) -> None:
    """Take the voice that is meant, "the second speaker"; it then is somebody."""
    if match := g.VOICE.search(reading.text):
        name = (match["letter"] or match["n"]).lower()
        if name[0].isdigit():
            reading.voice = int(name.rstrip("dhnrst"))
        else:
            known = {"other": 0, **g.ORDINALS}
            reading.voice = known[name] if name in known else number_of(name)
        before, after = reading.text[: match.start()], reading.text[match.end() :]
        reading.text = f"{before}somebody{after}"


def _event_words(reading: _Reading, text: str) -> str:
    """The telling words of an event, quoted ones verbatim; empty for "the video"."""
    if quotes := g.MARKED.findall(text):
        return " ".join(map(reading.plain, quotes))
    telling = [word for word in words(text) if word not in g.EMPTY - g.MEDIUM]
    return "" if telling and set(telling) <= g.MEDIUM else " ".join(telling or words(text))


def _take_choices(reading: _Reading) -> bool:
    """Take alternatives, "is it red or blue"; whether the first or last of them is asked for."""
    text, compares = reading.text, bool(g.COMPARES.search(reading.text))
    is_yes_no = g.YES_NO.match(text)
    cut = None if is_yes_no else re.search(r"[,:;] (?=.* or )", text)
    match = g.OR.search(text, cut.end() if cut else 0)
    if match is None or not (cut or compares or is_yes_no):
        return False
    parts, before = re.split(r",? or |, ", match["list"]), ""
    if not cut:  # the first still has the question in front of it
        every, size = parts[0].split(), len(parts[-1].split())
        before, parts[0] = " ".join(every[:-size]), " ".join(every[-size:])
    reading.text = f"{text[: match.start()]}{before} {text[match.end() :]}"
    reading.choices = reading.choices or tuple(reading.plain(p) for p in parts if p.strip())
    return compares


def _asked(reading: _Reading) -> Asked:
    """What kind of answer would settle the question."""
    if _take_choices(reading):
        return Asked.ORDER
    found = next((asked for asked, form in g.TYPES if form.search(reading.text)), Asked.KEYWORDS)
    return Asked.WHAT if found is Asked.YES_NO and len(reading.choices) > 1 else found


def _take_position(reading: _Reading) -> None:
    """Take "first", "3rd" or "last"; of alternatives only the first and the last are asked for."""
    if reading.asked is Asked.ORDER:
        match = g.COMPARES.search(reading.text)
        reading.position = match and (-1 if match["later"] else 1)
    elif match := g.POSITION.search(reading.text):
        reading.position = g.ORDINALS.get(match["n"].lower()) or int(match["n"][:-2])
        reading.text = " ".join(g.POSITION.sub(" ", reading.text, count=1).split())


def _is_about_all(reading: _Reading) -> bool:
    """Whether nothing is left but words for the video, its story, and that it is told or shown."""
    bound = (reading.anchor, reading.phrases, reading.choices, reading.position, reading.notes)
    if any(bound) or reading.voice is not None:
        return False
    if reading.asked not in (Asked.WHAT, Asked.KEYWORDS, Asked.SAID):
        return False
    opens = g.WHOLE | (g.EMPTY - STOP_WORDS if "what" in reading.text.lower() else set[str]())
    return not opens.isdisjoint(words(reading.text)) and set(_terms(reading)) <= g.WHOLE


def _target(reading: _Reading) -> str:
    """The noun that types the answer, or empty."""
    if reading.asked in (Asked.YES_NO, Asked.WHEN):
        return ""
    if reading.asked is Asked.KEYWORDS:
        owned = g.OWNED.match(reading.text)
        return owned["np"].lower() if owned and not STOP_WORDS & set(owned["np"].split()) else ""
    measures = (name for name, form in g.MEASURES if form.search(reading.text))
    match = (g.COUNTED if reading.asked is Asked.COUNT else g.NAMED).search(reading.text)
    return next(measures, "") or (_noun(match) if match else "")


def _noun(match: re.Match[str]) -> str:
    """The noun phrase that opens what follows a question word, without owners and verbs."""
    following = match["np"].lower().split()
    rest = list(dropwhile(g.DETERMINERS.__contains__, following))
    phrase = list(takewhile(lambda word: word not in STOP_WORDS, rest))
    if match.re is g.COUNTED:  # up to the first plural
        plurals = [n for n, word in enumerate(phrase, 1) if g.PLURAL.fullmatch(word)]
        phrase = phrase[: (plurals or [1])[0]]
    elif match["be"]:  # "what is red" and "what is the man holding" name no noun
        phrase = [] if rest == following or g.VERB.search(" ".join(phrase)) else phrase
    elif not g.YES_NO.match(" ".join(rest[len(phrase) :])):
        verbs = [n for n, w in enumerate(phrase) if g.VERB.search(w) and (n or match["what"])]
        phrase = phrase[: verbs[0]] if verbs else phrase
    named = (word for word in phrase if word not in NUMBER_WORDS | g.EMPTY)
    return re.sub(r".*(?:'s|s') ", "", " ".join(named))


def _terms(reading: _Reading) -> tuple[str, ...]:
    """Content words of what remains, quoted ones among them."""
    dropped = g.EMPTY | ({"time"} if reading.asked is Asked.WHEN else set[str]())
    found = words(g.MARKED.sub(lambda m: f" {reading.plain(m[0])} ", reading.text))
    return tuple(dict.fromkeys(word for word in found if word not in dropped))
