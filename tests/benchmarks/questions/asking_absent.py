"""Questions of a world that it does not answer: near misses, and things that are nowhere in it."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from tests.benchmarks.questions.scenario import THINGS
from tests.benchmarks.questions.topics import plural, topics, with_article
from tests.benchmarks.questions.values import PLACES, own

if TYPE_CHECKING:
    from tests.benchmarks.questions.asking import Asker

T = TypeVar("T")


def absent_items(asker: Asker) -> None:
    """About one question in five: nothing in the world answers them."""
    _field(asker)
    _subject(asker)
    _row(asker)
    _listed(asker)
    _said(asker)
    _role(asker)
    _thing(asker)


def _is_told(asker: Asker, text: str) -> bool:
    """Whether a telling word of the text is anywhere in the world."""
    words = set(re.findall(r"[a-z]{4,}", text.lower()))
    return any(word[:6] in asker.world.told for word in words)


def _field(asker: Asker) -> None:
    """A value of which no card says anything; asked at large, and of a card that is there."""
    every = [f for topic in topics(asker.world.split).cards for f in topic.fields]
    away = [f for f in every if not _is_told(asker, " ".join([*f.asked, f.label]))]
    for field in _few(asker.rng, away, 2):
        asker.ask("value", "absent", [], [], np=asker.rng.choice(field.asked), surface="slide")
    alone = [c for c in asker.slides if asker.named[c.name] == 1 and not c.about]
    for field, card in zip(_few(asker.rng, away, 1), _few(asker.rng, alone, 1), strict=False):
        asker.ask(
            "value_in_card", "near miss", [], [], np=asker.rng.choice(field.asked), card=card.name
        )


def _subject(asker: Asker) -> None:
    """A card like one that is there, but of another subject."""
    topic_of = {t.name: t for t in topics(asker.world.split).cards}
    for card in _few(asker.rng, [c for c in asker.cards if c.name in topic_of and c.entries], 1):
        left = [s for s in topic_of[card.name].subjects if s.lower() not in asker.world.told]
        if left:
            subject, entry = asker.rng.choice(left), asker.rng.choice(card.entries)
            asker.ask("value_for", "near miss", [], [], np=entry.asked, s=subject)


def _row(asker: Asker) -> None:
    """A row that a table does not have."""
    by_name = {t.name: t for t in topics(asker.world.split).tables}
    for card in _few(asker.rng, [c for c in asker.cards if c.name in by_name], 1):
        topic = by_name[card.name]
        pool = topic.pool or own(PLACES, asker.world.split)
        left = [row for row in pool if not _is_told(asker, row)]
        if left:
            column = asker.rng.choice(topic.columns)
            row = topic.row.format(row=asker.rng.choice(left))
            np = asker.rng.choice(column.asked).format(row=row)
            asker.ask("value_in_card", "near miss", [], [], np=np, card=card.name)


def _listed(asker: Asker) -> None:
    """An item that a list does not have."""
    by_name = {t.name: t for t in topics(asker.world.split).lists}
    for card in _few(asker.rng, [c for c in asker.cards if c.items], 1):
        left = [item for item in by_name[card.name].items if item not in asker.world.told]
        item = asker.rng.choice(left)
        asker.ask("yes_item", "near miss", [], [], item=item, card=card.name)


def _said(asker: Asker) -> None:
    away = [t for t in topics(asker.world.split).spoken if not _is_told(asker, t.about)]
    for topic in _few(asker.rng, away, 1):
        kind = asker.rng.choice(("said_when", "said_what"))
        asker.ask(kind, "absent", [], [], about=topic.about)
    for topic in _few(asker.rng, away, 1):
        asker.add("said", "absent", [], [], asker.rng.choice(topic.ask))


def _role(asker: Asker) -> None:
    away = [role for role in topics(asker.world.split).roles if not _is_told(asker, role)]
    for role in _few(asker.rng, away, 1):
        asker.ask("lower_name", "absent", [], [], role=role)


def _thing(asker: Asker) -> None:
    """A thing that is not in any picture; a longer word that begins like it may be written."""
    told = asker.world.told
    away = [
        name
        for name in own(list(THINGS), asker.world.split)
        if not re.search(rf"\b({name}|{plural(name)})\b", told)
    ]
    for name in _few(asker.rng, away, 2):
        kind = asker.rng.choice(("thing_when", "thing_yes", "thing_colour", "thing_count"))
        slots = {"thing": name, "a_thing": with_article(name), "things": plural(name)}
        asker.ask(kind, "absent", [], [], **slots)


def _few(rng: random.Random, pool: Sequence[T], count: int) -> list[T]:
    return rng.sample(list(pool), min(count, len(pool)))
