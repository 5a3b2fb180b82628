"""Worlds: made-up videos of cards, pictures, captions and speech in which everything is known.

A world is a row of segments. Some cards come again, some have a near twin with other values, some
things are seen twice; a logo or a clock may stand in a corner all the time.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from memory.records import SECOND, Span
from tests.benchmarks.questions import cards, topics
from tests.benchmarks.questions.cards import Card, Piece
from tests.benchmarks.questions.topics import SpokenTopic
from tests.benchmarks.questions.values import COLOURS, Split, Value, make, own

THINGS = (
    "dog", "cat", "car", "train", "bicycle", "horse", "boat", "umbrella", "laptop", "airplane",
    "bottle", "pizza", "elephant", "sheep", "truck", "refrigerator", "bus", "giraffe", "zebra",
    "backpack", "suitcase", "banana", "clock", "microwave", "cow", "bird",
)  # fmt: skip
"""Names of the detector's classes; every second one for the held-out worlds."""
SIZES = (1, 1, 2)
"""A world is of one to two minutes, or of about twice that."""
LOGOS = ("NORTHWIND TV", "Channel 9", "LIVE", "uni-media.example", "Source: archive")


@dataclass(frozen=True)
class Seen:
    """Things of a kind in a picture."""

    name: str
    colour: str
    count: int


@dataclass(frozen=True)
class Segment:
    """What is shown between two cuts."""

    span: Span
    card: Card | None = None
    things: tuple[Seen, ...] = ()


@dataclass(frozen=True)
class Spoken:
    """A line that is said."""

    span: Span
    text: str
    topic: SpokenTopic | None = None
    """None: chatter, which names something that is shown but tells nothing of it."""
    value: Value | None = None


@dataclass(frozen=True)
class Overlay:
    """Text that stands over several segments."""

    span: Span
    piece: Piece


@dataclass(frozen=True)
class Scenario:
    """Everything that is shown and said."""

    name: str
    split: Split
    segments: tuple[Segment, ...]
    overlays: tuple[Overlay, ...]
    spoken: tuple[Spoken, ...]
    ticking: str = ""
    """`clock` or `score` where the overlays are one; empty otherwise."""

    @property
    def span(self) -> Span:
        """All of it."""
        return Span(0, self.segments[-1].span.end)

    @property
    def told(self) -> str:
        """All words shown or said, in small letters; names of things as well."""
        shown = [s.card.told for s in self.segments if s.card]
        things = [thing.name for s in self.segments for thing in s.things]
        said = [line.text.lower() for line in self.spoken]
        return "\n".join([*shown, *things, *said, *(o.piece.text.lower() for o in self.overlays)])

    def of_card(self, card: Card) -> list[Segment]:
        """Every appearance of a card."""
        return [segment for segment in self.segments if segment.card is card]


@dataclass
class _Maker:
    rng: random.Random
    split: Split
    drawn: list[Card] = field(default_factory=list[Card])
    names: set[str] = field(default_factory=set[str])
    """What cards and titles so far are called."""

    def card(self) -> Card:
        """A card unlike those so far in name and title."""
        known = topics.topics(self.split)
        ways: list[Callable[[], Card]] = [
            lambda: self._values(self.rng.choice(known.cards)),
            lambda: cards.table_card(self.rng.choice(known.tables), self.rng, self.split),
            lambda: cards.list_card(self.rng.choice(known.lists), self.rng),
            lambda: cards.sentence_card(*self.rng.choice(known.sentences), self.rng),
        ]
        while True:
            made = self.rng.choices(ways, (5, 3, 3, 1))[0]()
            if not {made.name, made.title} & self.names:
                return self._keep(made)

    def twin(self, card: Card) -> Card | None:
        """The same kind of card about something else, with other values."""
        topic = next((t for t in topics.topics(self.split).cards if t.name == card.name), None)
        left = [s for s in topic.subjects if s not in self.names] if topic else []
        if topic is None or not left:
            return None
        subject = self.rng.choice(left)
        return self._keep(cards.value_card(topic, subject, self.rng, self.split))

    def _values(self, topic: topics.CardTopic) -> Card:
        return cards.value_card(topic, self.rng.choice(topic.subjects), self.rng, self.split)

    def _keep(self, card: Card) -> Card:
        self.names |= {card.name, card.title}
        self.drawn.append(card)
        return card


def scenario(seed: int, split: Split) -> Scenario:
    """The world of a seed; the same seed gives the same world."""
    rng = random.Random(f"{split} {seed}")
    maker = _Maker(rng, split)
    size = rng.choice(SIZES)
    shown = [*_cards(maker, size), *_pictures(rng, split, size)]
    rng.shuffle(shown)
    segments = _timed(_apart(shown), rng)
    end = segments[-1].span.end
    ticking = rng.choice(["", "", "", "clock", "score"])
    overlays = _overlays(ticking, end, rng)
    name = f"world_{split}_{seed}"
    spoken = _said(segments, rng, split)
    return Scenario(name, split, segments, overlays, spoken, ticking)


def _cards(maker: _Maker, size: int) -> list[Segment]:
    nothing = Span(0, 0)
    rng = maker.rng
    made = [maker.card() for _ in range(size * rng.randint(4, 7))]
    if rng.random() < 0.5:
        made += [twin for card in made[: 2 * size] if (twin := maker.twin(card)) is not None]
    again = rng.choice(made)
    repeats = [again] * rng.choice((0, 0, 1, 1, 2))
    return [Segment(nothing, card) for card in [*made, *repeats]]


def _pictures(rng: random.Random, split: Split, size: int) -> list[Segment]:
    """Pictures of things, some of them with the caption of a person."""
    known = topics.topics(split)
    roles = rng.sample(known.roles, 2)
    made: list[Segment] = []
    for name in rng.sample(own(list(THINGS), split), size * rng.randint(2, 4)):
        seen = [Seen(name, rng.choice(COLOURS), rng.choice((1, 1, 1, 2, 3)))]
        card = None
        if roles and rng.random() < 0.4:
            who = make("name", rng, split).shown
            card = cards.caption_card(who, roles.pop(), rng)
            seen.append(Seen("person", rng.choice(COLOURS), 1))
        made.append(Segment(Span(0, 0), card, tuple(seen)))
    return made


def _apart(shown: list[Segment]) -> list[Segment]:
    """The same without a card that follows itself."""
    kept = shown[:1]
    kept += [
        now for before, now in pairwise(shown) if now.card is None or now.card is not before.card
    ]
    return kept


def _timed(shown: list[Segment], rng: random.Random) -> tuple[Segment, ...]:
    made: list[Segment] = []
    at = 0
    for segment in shown:
        most = max([0.0, *(p.delay for p in segment.card.pieces)]) if segment.card else 0.0
        end = at + round((most + rng.uniform(2.5, 11.0)) * SECOND)
        made.append(Segment(Span(at, end), segment.card, segment.things))
        at = end
    return tuple(made)


def _overlays(ticking: str, end: int, rng: random.Random) -> tuple[Overlay, ...]:
    if not ticking:
        if rng.random() < 0.6:
            return ()
        return (Overlay(Span(0, end), Piece(rng.choice(LOGOS), 0.78, 0.94, 0.035)),)
    made: list[Overlay] = []
    at, minute, home, away = 0, rng.randint(0, 600), rng.randint(0, 2), rng.randint(0, 2)
    while at < end:
        until = min(end, at + round(rng.uniform(4, 14) * SECOND))
        if end - until < 3 * SECOND:
            until = end
        text = (
            f"{8 + minute // 60:02d}:{minute % 60:02d}"
            if ticking == "clock"
            else f"{home} : {away}"
        )
        made.append(Overlay(Span(at, until), Piece(text, 0.86, 0.02, 0.045)))
        minute, at = minute + rng.randint(1, 9), until
        home, away = (home + 1, away) if rng.random() < 0.5 else (home, away + 1)
    return tuple(made)


def _said(segments: tuple[Segment, ...], rng: random.Random, split: Split) -> tuple[Spoken, ...]:
    """Lines with a value, and chatter that only names what is shown elsewhere."""
    if rng.random() < 0.2:
        return ()
    known = topics.topics(split)
    pool = list(known.spoken)
    rng.shuffle(pool)
    lines: list[tuple[str, SpokenTopic | None, Value | None]] = []
    for topic in pool[: rng.randint(2, 6)]:
        value = make(topic.kind, rng, split)
        lines.append((topic.say.format(v=value.shown), topic, value))
    named = [name for s in segments if s.card for name in _names(s.card)]
    for _ in range(rng.choice((0, 1, 2, 4))):
        lines.append((rng.choice(known.chatter).format(x=rng.choice(named)), None, None))
    rng.shuffle(lines)
    made: list[Spoken] = []
    at = round(rng.uniform(0.5, 6) * SECOND)
    for text, topic, value in lines:
        until = at + round((0.8 + 0.07 * len(text)) * SECOND)
        if until > segments[-1].span.end:
            break
        made.append(Spoken(Span(at, until), text, topic, value))
        at = until + round(rng.uniform(0.6, 14) * SECOND)
    return tuple(made)


def _names(card: Card) -> list[str]:
    """What people say who talk of a card."""
    return [card.name, *(entry.asked for entry in card.entries)] if not card.role else [card.role]
