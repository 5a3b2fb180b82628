"""Seeded worlds to compare strategies on. FROZEN: its output is pinned by a test.

Seeds 0 to 99 are for tuning; seeds from 1000 on are kept for the published table.

A world lasts ten minutes to ten hours. Every event shows coarsely who is where (12 s or so); what
is asked for is seen only as its type says:

| type | what the answer needs |
|---|---|
| fine | a small thing (large pictures) or a short event (2 fps), in one coarsely seen event |
| ultra | a flash of 0.6 s (6 fps), or small print seen only among at most 10 pictures |
| order | two events, both coarse or both fine, and which came first |
| count | all of two to four equal events, coarse or fine; fine ones have an eventless twin |
| needle | one event of 5 s in at least an hour; half of them leave only a vague coarse trace |
| two_hop | who did something, then what that person has elsewhere, coarse or fine |
| spoken | a line that is said |
| absent | what is not there: the right answer is none |

Seven of ten ultra details leave a trace of some seconds at 2 fps. A fifth of the details, and two
fifths of what is absent, have a **lure**: something like it elsewhere, which a hasty reader takes
for the answer as long as the right evidence is not before it; one in four lures also deceives a
second reader. Each question has a paraphrase and (but for absent things) a partner whose answer
shows in the same stretch at the same detail.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from tests.benchmarks.strategies import worlds_words as words
from tests.simulator.world import Asked, Fact, World

LENGTHS = (
    600, 3600, 1200, 7200, 600, 18000, 1200, 600, 3600, 36000,
    600, 7200, 1200, 600, 18000, 1200, 3600, 600, 7200, 36000,
)  # fmt: skip
"""Seconds, by the seed modulo their number."""
SLOTS = {600: 36, 1200: 64, 3600: 120, 7200: 200, 18000: 400, 36000: 700}
KINDS = ("fine", "ultra", "order", "count", "needle", "two_hop", "spoken", "absent")
ASKED = {
    600: (3, 3, 3, 2, 0, 3, 3, 3),
    1200: (5, 5, 5, 4, 0, 5, 5, 5),
    3600: (7, 7, 7, 8, 10, 7, 7, 7),
}
"""Questions per kind, by length; longer worlds have as many as those of an hour."""
SMALL = 460
"""Longer side, in pixels, from which small things are seen; coarse captions have less."""
PRINT = 10
"""Most pictures in a request among which small print is noticed."""


@dataclass(frozen=True)
class Case:
    """A question, the same in other words, and another that needs the same look."""

    kind: str
    main: Asked
    paraphrase: Asked
    partner: Asked | None


@dataclass(frozen=True)
class Generated:
    """A world and what is asked about it."""

    world: World
    cases: tuple[Case, ...]


@dataclass
class Maker:
    """Makes one world."""

    rng: random.Random
    seconds: float
    facts: list[Fact] = field(default_factory=list[Fact])
    cases: list[Case] = field(default_factory=list[Case])
    slots: list[float] = field(default_factory=list[float])
    people: list[str] = field(default_factory=list[str])
    reserved: list[str] = field(default_factory=list[str])
    animals: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    deeds: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    news: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    pairs: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def start(self) -> None:
        """Shuffle what will be dealt out."""
        count = SLOTS[int(self.seconds)]
        room = self.seconds / count
        starts = [i * room + self.rng.uniform(0, room - 15) for i in range(count)]
        self.slots = [round(at, 1) for at in starts]
        self.rng.shuffle(self.slots)
        people = list(words.PEOPLE)
        self.rng.shuffle(people)
        self.reserved, self.people = people[:120], people[120:]
        self.animals = self.rng.sample(words.ANIMALS, len(words.ANIMALS))
        deeds = [(now, past, place) for now, past in words.DEEDS for place in words.PLACES]
        self.deeds = self.rng.sample(deeds, 40)
        news = [(line, asked, day) for line, asked in words.NEWS for day in words.DAYS]
        self.news = self.rng.sample(news, 20)

    def add(self, text: str, start: float, lasts: float, **how: float | bool) -> str:
        """A fact; returns its id."""
        name = f"f{len(self.facts)}"
        end = round(start + lasts, 2)
        self.facts.append(Fact(name, text, round(start, 2), end, **how))  # pyright: ignore[reportArgumentType]
        return name

    def ask(
        self, kind: str, texts: tuple[str, str], answer: str, needs: tuple[str, ...],
        partner: tuple[str, str, tuple[str, ...]] | None = None, **more: object,
    ) -> None:  # fmt: skip
        """A case; `texts` are the question and its paraphrase."""
        made = [Asked(text[0].upper() + text[1:], answer, needs, **more) for text in texts]  # pyright: ignore[reportArgumentType]
        other = None
        if partner is not None:
            text, said, needed = partner
            other = Asked(text[0].upper() + text[1:], said, needed, clues=made[0].clues)
        self.cases.append(Case(kind, made[0], made[1], other))

    def event(self, person: str, place: str, doing: str = "") -> float:
        """An event seen coarsely; returns its start."""
        at = self.slots.pop()
        doing = doing or self.rng.choice(words.DOING)
        self.add(f"the {person} {doing} at the {place}", at, 13.0)
        return at

    def meet(self, own: bool = False) -> tuple[str, str]:
        """A person and a place that do not come together otherwise; `own` persons do nothing else.

        (But for what a question needs.)
        """
        while True:
            person = self.reserved.pop() if own else self.rng.choice(self.people)
            pair = (person, self.rng.choice(words.PLACES))
            if pair not in self.pairs:
                self.pairs.add(pair)
                return pair

    def lured(self, share: float, text: str, answer: str) -> dict[str, object]:
        """Sometimes something like the answer elsewhere."""
        if self.rng.random() >= share:
            return {}
        at = self.rng.uniform(0, self.seconds - 12)
        name = self.add(text, at, 10.0)
        return {"lure": name, "lured": answer, "fools": self.rng.random() < 0.25}

    def other(self, among: Sequence[str], than: str) -> str:
        """Another of them."""
        return self.rng.choice([word for word in among if word != than])

    # --- one method per kind ---

    def fine(self) -> None:
        """A thing in somebody's hands."""
        who, place = self.meet()
        at = self.event(who, place) + self.rng.uniform(0.5, 8)
        thing, colour = self.rng.choice(words.THINGS), self.rng.choice(words.COLOURS)
        coat, cut = self.rng.choice(words.GARMENTS), self.rng.choice(words.PATTERNS)
        how = self.rng.choice([{"side": SMALL}, {"fps": 2.0}])
        lasts = 2.5 if "fps" in how else 4.0
        d1 = self.add(f"the {who} at the {place} holds a {colour} {thing}", at, lasts, **how)
        d2 = self.add(f"the {who} at the {place} wears a {cut} {coat}", at, lasts, **how)
        texts = (
            f"which colour is the {thing} that the {who} holds at the {place}?",
            f"at the {place}, what colour of {thing} is the {who} holding?",
            f"what colour does the {thing} in the hands of the {who} at the {place} have?",
        )
        again = f"what hue has the {_other_word(thing)} that the {who} grips at the {place}?"
        wrong = self.other(words.COLOURS, colour)
        lure = self.lured(0.2, f"a {wrong} {thing} stands in a corner of the cottage", wrong)
        partner = (f"what pattern has the {coat} that the {who} wears at the {place}?", cut, (d2,))
        self.ask("fine", (self.rng.choice(texts), again), colour, (d1,), partner, **lure)

    def ultra(self) -> None:
        """A card shown for a moment, or small print on a sleeve."""
        who, place = self.meet()
        at = self.event(who, place) + self.rng.uniform(0.5, 8)
        number, picture = str(self.rng.randint(11, 98)), self.rng.choice(words.PICTURES)
        label, metal = self.rng.choice(words.LABELS), self.rng.choice(words.METALS)
        if self.rng.random() < 0.7:
            self.add(
                f"the {who} at the {place} turns something small about", at - 0.3, 3.5, fps=2.0
            )
        if self.rng.random() < 0.5:
            how: Mapping[str, float] = {"fps": 6.0}
            lasts, at = 0.6, at + self.rng.uniform(0, 2.4)
            first = f"the {who} at the {place} shows a card with the number {number}"
            second = f"the card of the {who} at the {place} has a picture of a {picture}"
            texts = (
                f"which number is on the card that the {who} shows at the {place}?",
                f"what are the digits on the card of the {who} at the {place}?",
            )
            partner = f"what is pictured on the card of the {who} at the {place}?"
            answers = (number, picture)
        else:
            how, lasts = {"most": PRINT}, 3.0
            first = f"the word {label} is stitched on the sleeve of the {who} at the {place}"
            second = f"the buttons on the sleeve of the {who} at the {place} are {metal}"
            texts = (
                f"which word is stitched on the sleeve of the {who} at the {place}?",
                f"what does the stitching on the sleeve say that the {who} has at the {place}?",
            )
            partner = f"what are the buttons made of on the sleeve of the {who} at the {place}?"
            answers = (label, metal)
        d1, d2 = (self.add(text, at, lasts, **how) for text in (first, second))
        wrong = str(self.rng.randint(101, 998)) if answers[0] == number else "heather"
        lure = self.lured(0.2, f"a card or sleeve elsewhere shows {wrong}", wrong)
        self.ask("ultra", texts, answers[0], (d1,), (partner, answers[1], (d2,)), **lure)

    def order(self) -> None:
        """Which of two came first."""
        is_fine = self.rng.random() < 0.5
        found: list[tuple[float, str, str, str]] = []
        acts = self.rng.sample(words.BREAKING, 2)
        for now, ing in acts:
            who, place = self.meet(own=True)
            text = f"the {who} {now} at the {place}"
            if is_fine:
                at = self.event(who, place) + self.rng.uniform(0.5, 8)
                name = self.add(text, at, 3.0, fps=2.0)
            else:
                at = self.event(who, place, now)
                name = self.facts[-1].id
            found.append((at, name, f"the {who} {ing} at the {place}", f"{who} {place} {ing}"))
        (_, a, one, clue), (_, b, two, more) = found
        early, late = (one, two) if found[0][0] < found[1][0] else (two, one)
        texts = self.rng.choice(
            [
                (f"which came first: {one}, or {two}?", f"what happened earlier, {two} or {one}?"),
                (f"what happened first, {one} or {two}?", f"which was earlier: {two}, or {one}?"),
            ]
        )
        partner = (f"which came later: {one}, or {two}?", late, (a, b))
        self.ask("order", texts, early, (a, b), partner, clues=(clue, more))

    def count(self) -> None:
        """How often something happens."""
        (now, ing), is_fine = self.rng.choice(words.BREAKING), self.rng.random() < 0.5
        who, place = self.meet(own=True)
        many = self.rng.randint(2, 3 if self.seconds < 1000 else 4)
        names: list[str] = []
        for _ in range(many):
            if is_fine:
                at = self.event(who, place) + self.rng.uniform(0.5, 8)
                names.append(self.add(f"the {who} {now} at the {place}", at, 3.0, fps=2.0))
            else:
                self.event(who, place, now)
                names.append(self.facts[-1].id)
        if is_fine:
            self.event(who, place)
        plain, thing = now.split(" ", 1)
        does = f"{plain.removesuffix('s')} {thing}"
        texts = (
            f"how many times does the {who} {does}?",
            f"how often is the {who} seen {ing}?",
        )
        partner = (f"where does the {who} {does}?", place, (names[0],))
        self.ask("count", texts, str(many), tuple(names), partner, counts=True)

    def needle(self) -> None:
        """An animal that passes through once."""
        (animal, sort), place = self.animals.pop(), self.rng.choice(words.PLACES)
        at = self.rng.uniform(5, self.seconds - 12)
        colour, metal = self.rng.choice(words.COLOURS), self.rng.choice(words.METALS)
        if self.rng.random() < 0.5:
            name = self.add(f"a {colour} {animal} crosses the {place}", at, 5.0)
            texts = (
                f"what does the {animal} cross?",
                f"which place does a {animal} get across?",
            )
            partner = (f"which colour is the {animal}?", colour, (name,))
            self.ask("needle", texts, place, (name,), partner)
            return
        self.add(f"some {sort} crosses the {place}", at, 5.0)
        d1 = self.add(f"the {animal} at the {place} has a {metal} ring on a leg", at, 5.0, fps=2.0)
        d2 = self.add(f"the {animal} at the {place} has a {colour} spot", at, 5.0, fps=2.0)
        texts = (
            f"of which metal is the ring on the leg of the {animal}?",
            f"what kind of ring does the {animal} have round its leg?",
        )
        wrong = self.other(words.METALS, metal)
        lure = self.lured(0.2, f"a {wrong} ring lies on a leg of a table", wrong)
        partner = (f"which colour is the spot of the {animal}?", colour, (d2,))
        self.ask("needle", texts, metal, (d1,), partner, **lure)

    def two_hop(self) -> None:
        """Who did it, and what that person has elsewhere."""
        who, place = self.meet(own=True)
        now, past, scene = self.deeds.pop()
        thing, colour = self.rng.choice(words.THINGS), self.rng.choice(words.COLOURS)
        coat, cut = self.rng.choice(words.GARMENTS), self.rng.choice(words.PATTERNS)
        self.event(who, scene, now)
        hop = self.facts[-1].id
        at = self.event(who, place) + self.rng.uniform(0.5, 8)
        how: Mapping[str, float] = {"fps": 2.0} if self.rng.random() < 0.5 else {}
        lasts = 3.0 if how else 5.0
        d1 = self.add(f"the {who} at the {place} carries a {colour} {thing}", at, lasts, **how)
        d2 = self.add(f"the {who} at the {place} puts on a {cut} {coat}", at, lasts, **how)
        texts = (
            f"what does the one who {past} at the {scene} carry elsewhere?",
            f"which thing does whoever {past} at the {scene} bear at another place?",
        )
        clues = ("", f"the {who} carries")
        wrong = self.other(words.THINGS, thing)
        lure = self.lured(0.2, f"somebody carries a {wrong} elsewhere", wrong)
        asked = f"what does the one who {past} at the {scene} put on elsewhere?"
        partner = (asked, f"{cut} {coat}", (hop, d2))
        self.ask("two_hop", texts, f"{colour} {thing}", (hop, d1), partner, clues=clues, **lure)

    def spoken(self) -> None:
        """What somebody says."""
        who, place = self.meet(own=True)
        line, asked, day = self.news.pop()
        hour = self.rng.randint(2, 12)
        at = self.event(who, place) + self.rng.uniform(0.5, 8)
        said = f"{line.format(day=day)} at {hour} o'clock"
        name = self.add(f"the {who} says that {said}", at, 3.5, heard=True)
        texts = (
            f"{asked}, as the {who} says?",
            f"according to the {who}, {asked}?",
        )
        when = asked.replace("which day", "at what hour", 1)
        partner = (f"{when}, as the {who} says?", str(hour), (name,))
        self.ask("spoken", texts, day, (name,), partner)

    def absent(self) -> None:
        """What is not there."""
        thing, colour = self.rng.choice(words.THINGS), self.rng.choice(words.COLOURS)
        if self.rng.random() < 0.5:
            thing = self.rng.choice(words.NEVER)
            place = self.rng.choice(words.PLACES)
            texts = (
                f"which colour is the {thing} at the {place}?",
                f"what hue has the {thing} that stands at the {place}?",
            )
            lure = self.lured(0.4, f"a {colour} toy shaped like a {thing} lies in a box", colour)
        else:
            who, place = self.meet()
            self.event(who, place)
            texts = (
                f"which colour is the {thing} that the {who} holds at the {place}?",
                f"what hue has the {_other_word(thing)} that the {who} grips at the {place}?",
            )
            lure = self.lured(0.4, f"a {colour} {thing} stands in a corner of the barn", colour)
        self.ask("absent", texts, "none", (), None, **lure)


def _other_word(thing: str) -> str:
    """A synonym where there is one."""
    group = next((group for group in words.SYNONYMS if group[0] == thing), (thing, thing))
    return group[1]


def generated(seed: int) -> Generated:
    """The world of a seed and its questions, each asked once only."""
    seconds = LENGTHS[seed % len(LENGTHS)]
    maker = Maker(random.Random(f"world {seed}"), seconds)
    maker.start()
    for kind, many in zip(KINDS, ASKED.get(seconds, ASKED[3600]), strict=True):
        for _ in range(many):
            getattr(maker, kind)()
    while maker.slots:
        maker.event(*maker.meet())
    facts = tuple(sorted(maker.facts, key=lambda fact: (fact.start, fact.id)))
    cases = _distinct(maker.cases)
    questions = [q for case in cases for q in (case.main, case.paraphrase, case.partner) if q]
    world = World(
        f"w{seed}", float(seconds), facts, tuple(questions), "an old town", words.SYNONYMS
    )
    return Generated(world, cases)


def _distinct(cases: list[Case]) -> tuple[Case, ...]:
    """The cases, without any that would ask in words that another has used."""
    seen: set[str] = set()
    kept: list[Case] = []
    for case in cases:
        own = {q.question for q in (case.main, case.paraphrase, case.partner) if q}
        if not own & seen:
            seen |= own
            kept.append(replace(case))
    return tuple(kept)
