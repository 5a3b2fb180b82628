"""`timeline`: what is told on several platforms over weeks, after MEMTRACK; generated.

Three platforms (a chat, a tracker, a repository) have a recording on each day, and memory gets them
in any order. Things change their status and owner, now on one platform, now on another. Asked are
values now and on a day before, and what was said of a thing in a stretch of days.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from agents.errors import UsageError
from agents.evaluate.cases import OURS, Ask, Bench, Case, Evaluation, Told, Unit, Ways
from agents.evaluate.parts import NONE, Off
from agents.evaluate.searching import RIVALS, Search, searches
from agents.evaluate.sets.invented import names, passage, prose, seeded, word
from agents.evaluate.sets.values import value_by_facts, value_in
from agents.evaluate.transcripts import Session, Transcript, place_of, remember_all, spoken
from agents.runtime import Runtime
from memory.organise.records import plain
from memory.organise.timescope import time_range
from memory.organise.verbs import about_whom
from memory.records import Video

PROJECTS, DAYS, THINGS = 6, 15, 8
START = datetime(2026, 3, 2, 9)
"""A Monday."""
PLATFORMS = {
    "chat": ("By the way, {thing}'s {what} is now {value}.", "The {what} of {thing} is {value}."),
    "tracker": ("{thing}'s {what} was changed to {value}.",),
    "repository": ("The {what} of {thing} has been changed to {value}.",),
}
"""Each with its wordings, and an hour later than the one before."""
WHATS = ("status", "owner")
TURNS = 4
"""Turns of a recording."""
MEASURES = {
    "right": "the value is right",
    "stale": "a value that does not hold then is told",
    "recall": "share of what was said of a thing in a stretch that is found",
    "precision": "share of what is found that is right",
}
FOUND = 5
"""Rows that plain search gives for a stretch."""

Said = tuple[str, int]
"""A recording, and the turn in it."""
Stretch = tuple[str, datetime, datetime]
"""Words for days, and when these begin and end."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A value at a time, or the turns of a stretch."""

    thing: str
    what: str = ""
    value: str = ""
    stale: tuple[str, ...] = ()
    at: datetime | None = None
    words: str = ""
    """The question about a stretch."""
    turns: frozenset[Said] = frozenset()
    now: datetime = START


@dataclass(frozen=True, slots=True)
class Event:
    """A value of something from a time on."""

    at: datetime
    thing: str
    what: str
    value: str
    said: Said


def project(seed: int, words: Sequence[str]) -> tuple[list[Transcript], list[Event]]:
    """Recordings in the order in which memory gets them, and what they tell in that of time."""
    draw = seeded(seed)
    things = names(draw, THINGS)
    events: list[Event] = []
    transcripts: list[Transcript] = []
    for day in range(DAYS):
        for hour, (platform, wordings) in enumerate(PLATFORMS.items()):
            at = START + timedelta(days=day, hours=2 * hour)
            name = f"{platform}-{at:%m-%d}"
            turns = [passage(draw, words) for _ in range(TURNS)]
            for place in draw.sample(range(TURNS), 2):
                thing, what, value = draw.choice(things), draw.choice(WHATS), word(draw)
                said = draw.choice(wordings).format(thing=thing, what=what, value=value)
                turns[place] = f"{turns[place]} {said}"
                events.append(Event(at, thing, what, value, (name, place)))
            transcripts.append(Transcript(name, (Session(name, tuple(turns)),), at.isoformat()))
    draw.shuffle(transcripts)
    return transcripts, sorted(events, key=lambda event: (event.at, event.said))


def questions(events: Sequence[Event], seed: int) -> list[tuple[str, Wanted]]:
    """Values now and before, and stretches in words."""
    draw, made = seeded(seed), list[tuple[str, Wanted]]()
    now = START + timedelta(days=DAYS)
    for thing, what in sorted({(event.thing, event.what) for event in events}):
        own = [event for event in events if (event.thing, event.what) == (thing, what)]
        made.append(("now", _value(own, own[-1], None, now)))
        if len(own) > 1:
            event = draw.choice(own[:-1])
            then = event.at.replace(hour=0) + timedelta(days=1)
            holds = [each for each in own if each.at < then][-1]
            made.append(("on a day", _value(own, holds, then, now)))
    for thing in sorted({event.thing for event in events}):
        for stretch in _stretches(draw, now):
            made.append(("stretch", _said_in(events, thing, stretch, now)))
    return [(group, wanted) for group, wanted in made if wanted.value or wanted.turns]


def _value(own: Sequence[Event], holds: Event, at: datetime | None, now: datetime) -> Wanted:
    rest = tuple(event.value for event in own if event.value != holds.value)
    return Wanted(holds.thing, holds.what, holds.value, rest, at, now=now)


def _stretches(draw: random.Random, now: datetime) -> list[Stretch]:
    """Stretches of days, in words and with their ends."""
    day = timedelta(days=1)
    first = START.replace(hour=0) + draw.randrange(DAYS - 4) * day
    last = first + 3 * day
    today = now.replace(hour=0)
    monday = today - today.weekday() * day
    between = f"between {first:%B} {first.day} and {last:%B} {last.day}, {last.year}"
    return [
        (between, first, last + day),
        (f"on {first:%B} {first.day}", first, first + day),
        ("last week", monday - 7 * day, monday),
        (f"on {today - 3 * day:%A}", today - 3 * day, today - 2 * day),
    ]


def _said_in(events: Sequence[Event], thing: str, stretch: Stretch, now: datetime) -> Wanted:
    words, start, end = stretch
    turns = [e.said for e in events if e.thing == thing and start <= e.at < end]
    return Wanted(
        thing, words=f"What was said of {thing} {words}?", turns=frozenset(turns), now=now
    )


def load(data: Path | None) -> Iterable[Unit[Wanted]]:
    """A unit per project.

    Raises:
        UsageError: a file is given: the set is generated.
    """
    if data is not None:
        raise UsageError("timeline is generated", "leave --data out")
    words = prose(None)
    return [_unit(seed, words) for seed in range(PROJECTS)]


def _unit(seed: int, words: Sequence[str]) -> Unit[Wanted]:
    transcripts, events = project(seed, words)
    name = f"project {seed}"

    def build(runtime: Runtime) -> None:
        remember_all(runtime, transcripts)

    def open_(bench: Bench, off: Off) -> Ways[Wanted]:
        runtime = bench.prepared(name, off, build)
        found = searches(runtime, NONE)
        plainly = {way: _by_search(runtime, search) for way, search in found.items()}
        return {**plainly, OURS: _ours(runtime, off, plainly[OURS])}

    asked = questions(events, seed)
    cases = tuple(Case(f"{name}/{at}", group, one) for at, (group, one) in enumerate(asked))
    return Unit(name, cases, open_)


def _ours(runtime: Runtime, off: Off, plainly: Ask[Wanted]) -> Ask[Wanted]:
    """Facts over time for values, everything about a name in a range for stretches; else search."""
    videos = _names(runtime)

    def ask(case: Case[Wanted]) -> Told:
        wanted = case.item
        if not wanted.turns:
            is_off = "facts" in off
            value = "" if is_off else value_by_facts(runtime, wanted.thing, wanted.what, wanted.at)
            return _told(wanted, value) if value else plainly(case)
        if "entities" in off:
            return plainly(case)
        when = None if "time_scope" in off else time_range(wanted.words, wanted.now)
        known = about_whom(runtime.store, runtime.spec.tenant, wanted.thing, when=when)
        rows = runtime.store.with_vectors(
            runtime.spec.tenant, [key for moment in known.moments for key in moment.source_ids]
        )
        turns = [row for row in rows if row.kind.is_verbatim]
        return _found(wanted, [(videos[row.video_id], place_of(row)) for row in turns])

    return ask


def _by_search(runtime: Runtime, search: Search) -> Ask[Wanted]:
    """The first row that tells a value; of a stretch, the first five rows.

    Of times it knows none, but that what is asked of a day cannot be in later recordings.
    """
    videos = _names(runtime)
    dated = {video.video_id: video for video in runtime.store.videos(runtime.spec.tenant)}

    def ask(case: Case[Wanted]) -> Told:
        wanted, scope = case.item, spoken(runtime.spec.tenant)
        if wanted.turns:
            rows = search(wanted.words, scope)[:FOUND]
            return _found(wanted, [(videos[row.video_id], place_of(row)) for row in rows])
        if wanted.at is not None:
            before = [key for key, video in dated.items() if _begins(video) < wanted.at]
            scope = replace(scope, video_ids=tuple(before))
        rows = search(f"What is the {wanted.what} of {wanted.thing}?", scope)
        values = (wanted.value, *wanted.stale)
        return _told(wanted, value_in(rows, wanted.thing, wanted.what, values))

    return ask


def _begins(video: Video) -> datetime:
    return datetime.fromisoformat(video.recorded_at) if video.recorded_at else datetime.max


def _names(runtime: Runtime) -> dict[str, str]:
    videos = runtime.store.videos(runtime.spec.tenant)
    return {video.video_id: video.name.removesuffix(".txt") for video in videos}


def _told(wanted: Wanted, value: str) -> Told:
    scores = {"right": float(value == plain(wanted.value))}
    if wanted.stale:
        scores["stale"] = float(value in wanted.stale)
    return Told(scores, (value,))


def _found(wanted: Wanted, turns: Sequence[Said]) -> Told:
    right = wanted.turns.intersection(turns)
    scores = {
        "recall": len(right) / len(wanted.turns),
        "precision": len(right) / len(set(turns)) if turns else 0.0,
    }
    return Told(scores, tuple(f"{name}:{place}" for name, place in dict.fromkeys(turns)))


TIMELINE = Evaluation(
    "timeline",
    "Generated recordings of three platforms over fifteen days, remembered in any order: values "
    "that change now on one platform, now on another, and what was said of a thing in a stretch of "
    "days. Ours are facts over time and everything known of a name in a range; search reads the "
    "value from the first row that names thing and property, and gives five rows for a stretch. "
    "Wordings are those that the grammar of sentences was written on, and stretches are of the "
    "forms that the grammar of times reads (stream and memory-t1 tell what is not read).",
    MEASURES,
    ("facts", "entities", "time_scope"),
    load,
    RIVALS,
)
