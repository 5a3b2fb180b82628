"""Asks everything that can be asked of a world, in the wordings of its split."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from memory.records import Span
from tests.benchmarks.questions.asking_absent import absent_items
from tests.benchmarks.questions.cards import Card, Entry
from tests.benchmarks.questions.collecting import Collector
from tests.benchmarks.questions.items import Item
from tests.benchmarks.questions.scenario import Scenario, Segment
from tests.benchmarks.questions.topics import plural, with_article
from tests.benchmarks.questions.values import number_words

NTH = ("first", "second", "third", "fourth", "fifth", "sixth")
WIDE = {
    "animal": "dog cat horse elephant sheep giraffe zebra cow bird".split(),
    "vehicle": "car train bicycle boat airplane truck bus".split(),
    "fruit": ["banana"],
    "electronic device": ["laptop", "microwave", "refrigerator"],
    "bag": ["backpack", "suitcase"],
}
ALSO = {
    "car": "automobile", "bicycle": "bike", "airplane": "plane", "refrigerator": "fridge",
    "truck": "lorry", "laptop": "notebook computer", "boat": "ship", "suitcase": "piece of luggage",
    "backpack": "rucksack", "microwave": "microwave oven", "cow": "cattle", "bus": "coach",
    "cat": "kitty", "dog": "hound", "train": "locomotive", "horse": "pony", "sheep": "lamb",
}  # fmt: skip
"""What some askers call a thing."""
MOST_VALUES = 10
"""Questions about values per world; tables alone have up to eighteen."""


class Asker(Collector):
    """Collects the items of one world."""

    def __init__(self, world: Scenario, rng: random.Random) -> None:
        super().__init__(world.name, world.split, rng)
        self.world = world
        self.cards = list({id(s.card): s.card for s in world.segments if s.card}.values())
        self.slides = [card for card in self.cards if not card.role]
        self.named = Counter(card.name for card in self.cards)
        self.titled = Counter(card.title for card in self.cards)

    def spans(self, card: Card) -> list[Span]:
        """When a card is shown."""
        return [segment.span for segment in self.world.of_card(card)]


def items_of(world: Scenario, rng: random.Random) -> list[Item]:
    """All items of a world, without ids and folds."""
    asker = Asker(world, rng)
    _values(asker)
    for card in asker.cards:
        _about(asker, card)
    _order(asker)
    _times(asker)
    _spoken(asker)
    _things(asker)
    absent_items(asker)
    return asker.items


def _values(asker: Asker) -> None:
    every = [(card, entry) for card in asker.cards for entry in card.entries]
    for card, entry in asker.rng.sample(every, min(MOST_VALUES, len(every))):
        spans, answers = asker.spans(card), entry.value.groups
        others = [e for _, e in every if e is not entry]
        if asker.named[card.name] > 1:
            asker.ask("value_for", "ocr", spans, answers, np=entry.asked, s=card.title)
        elif any(_same(entry, other) for other in others):
            slots = {"np": entry.asked, "card": card.name}
            asker.ask("value_in_card", "ocr", spans, answers, **slots)
        elif entry.own and asker.some(0.4):
            asker.add("own", "ocr", spans, answers, asker.rng.choice(entry.own))
        else:
            kind = asker.rng.choice(("value", "value", "value_in_card"))
            slots = {"np": entry.asked, "card": card.name, "surface": card.surface}
            asker.ask(kind, "ocr", spans, answers, **slots)
        if asker.some(0.12) and not any(entry.value.shown in e.value.shown for e in others):
            label = [entry.row] if entry.row else [entry.label, entry.asked]
            asker.ask("reverse", "ocr", spans, [label], value=entry.value.shown)


def _same(entry: Entry, other: Entry) -> bool:
    """Whether a question for one might mean the other."""
    one, two = set(entry.asked.split()), set(other.asked.split())
    return (entry.label == other.label and not entry.row) or one <= two


def _about(asker: Asker, card: Card) -> None:
    spans = asker.spans(card)
    alone = asker.named[card.name] == 1 and not card.role and not card.about
    if alone and (len(spans) > 1 or asker.some(0.15)):
        asker.ask("count_shows", "counting", spans, [number_words(len(spans))], card=card.name)
    if alone and asker.some(0.5):
        asker.ask("when_card", "ocr", spans, [], card=card.name)
    if asker.titled[card.title] == 1 and asker.some(0.3):
        asker.ask("when_text", "ocr", spans, [], text=card.title)
    if card.about:
        word = max(set(card.title.lower().strip(".").split()) - set(card.about.split()), key=_long)
        asker.ask("sentence", "ocr", spans, [[word]], about=card.about)
    if card.role:
        _caption(asker, card, spans)
    if card.items and alone:
        _list(asker, card, spans)


def _long(word: str) -> tuple[int, str]:
    return len(word), word


def _caption(asker: Asker, card: Card, spans: Sequence[Span]) -> None:
    asker.ask("lower_name", "ocr", spans, [[card.title.split()[-1]]], role=card.role)
    asker.ask("lower_role", "ocr", spans, [[card.role]], name=card.title)
    segment = asker.world.of_card(card)[0]
    thing = segment.things[0].name
    asker.ask("picture_while_text", "object", spans, [[thing]], text=card.title)


def _list(asker: Asker, card: Card, spans: Sequence[Span]) -> None:
    at = asker.rng.randrange(len(card.items))
    last = Span(spans[0].start + round(card.pieces[at + 1].delay * 1e6), spans[0].end)
    shown = [last, *spans[1:]]
    slots = {"card": card.name, "of": card.of, "n": NTH[at]}
    asker.ask("item_n", "ocr", shown, [[card.items[at]]], **slots)
    if asker.some(0.6):
        counted = [number_words(len(card.items))]
        asker.ask("count_items", "counting", spans, counted, card=card.name)
    item = asker.rng.choice(card.items)
    if sum(item in other.told for other in asker.cards) == 1:
        asker.ask("title_with", "ocr", spans, [[card.title]], item=item, surface=card.surface)
        if asker.some(0.5):
            asker.ask("yes_item", "ocr", spans, [["yes", item]], item=item, card=card.name)


def _order(asker: Asker) -> None:
    slides = [s for s in asker.world.segments if s.card and not s.card.role]
    alone = [s for s in slides if s.card and _once(asker, s.card)]
    for kind, segment in (("first_card", slides[0]), ("last_card", slides[-1])):
        if segment.card and asker.some(0.5):
            asker.ask(kind, "order", [segment.span], [[segment.card.title]])
    pairs = list(zip(asker.world.segments, asker.world.segments[1:], strict=False))
    asker.rng.shuffle(pairs)
    for before, after in [p for p in pairs if all(s in slides for s in p)][:3]:
        if before in alone:
            _next(asker, "after_card", before, after)
        if after in alone:
            _next(asker, "before_card", after, before)
    if len(alone) > 1:
        first, second = sorted(asker.rng.sample(alone, 2), key=lambda s: s.span)
        titles = [s.card.title for s in (first, second) if s.card]
        a, b = asker.rng.sample(titles, 2)
        asker.ask("which_first", "order", [first.span], [[titles[0]]], a=a, b=b)


def _once(asker: Asker, card: Card) -> bool:
    return len(asker.spans(card)) == 1 and asker.titled[card.title] == 1


def _next(asker: Asker, kind: str, asked: Segment, wanted: Segment) -> None:
    if asked.card and wanted.card and asker.some(0.7):
        answers = [[wanted.card.title]]
        asker.ask(kind, "order", [wanted.span], answers, title=asked.card.title)


def _times(asker: Asker) -> None:
    slides = [s for s in asker.world.segments if s.card and not s.card.role]
    for segment in asker.rng.sample(slides, 1):
        if segment.card and segment.span.length > 3_000_000:
            answers = [[segment.card.title]]
            asker.ask("at_time", "ocr", [segment.span], answers, t=_clock(asker, segment.span))
    last = asker.world.overlays[-1:]
    if asker.world.ticking == "score":
        text = last[0].piece.text
        alike = [text, text.replace(" ", ""), text.replace(" : ", "-")]
        asker.ask("score_end", "ocr", [last[0].span], [alike])
    if asker.world.ticking == "clock":
        chosen = asker.rng.choice(asker.world.overlays)
        asker.ask(
            "clock_at", "ocr", [chosen.span], [[chosen.piece.text]], t=_clock(asker, chosen.span)
        )


def _clock(asker: Asker, span: Span) -> str:
    at = round(span.middle / 1e6)
    return asker.rng.choice([f"{at // 60}:{at % 60:02d}", f"{at} s", f"{at} seconds"])


def _spoken(asker: Asker) -> None:
    for line in asker.world.spoken:
        if line.topic is None or line.value is None:
            continue
        groups = line.value.groups
        asker.add("said", "speech", [line.span], groups, asker.rng.choice(line.topic.ask))
        if asker.some(0.4):
            asker.ask("said_when", "speech", [line.span], [], about=line.topic.about)
        if asker.some(0.4):
            asker.ask("said_what", "speech", [line.span], groups, about=line.topic.about)
        holder = [s for s in asker.world.segments if s.card and s.span.contains(line.span)]
        if holder and holder[0].card and not holder[0].card.role and asker.some(0.6):
            answers = [[holder[0].card.title]]
            spans = [holder[0].span, line.span]
            asker.ask("screen_while_said", "order", spans, answers, about=line.topic.about)


def _things(asker: Asker) -> None:
    pictures = [s for s in asker.world.segments if s.things]
    names = Counter(s.things[0].name for s in pictures)
    for segment in pictures:
        seen = segment.things[0]
        if names[seen.name] > 1:
            continue
        spans = [segment.span]
        called = asker.rng.choice([seen.name, seen.name, ALSO.get(seen.name, seen.name)])
        slots = {"thing": called, "a_thing": with_article(called), "things": plural(called)}
        asker.ask("thing_when", "object", spans, [], **slots)
        if asker.some(0.5):
            asker.ask(
                "thing_yes",
                "object",
                spans,
                [["yes", *dict.fromkeys((seen.name, called))]],
                **slots,
            )
        if asker.some(0.6):
            asker.ask("thing_colour", "object", spans, [[seen.colour]], **slots)
        if asker.some(0.6):
            asker.ask("thing_count", "counting", spans, [number_words(seen.count)], **slots)
        wide = [w for w, narrow in WIDE.items() if seen.name in narrow]
        if wide and sum(names[name] for name in WIDE[wide[0]]) == 1:
            asker.ask("thing_class", "object", spans, [[seen.name]], wide=wide[0])
