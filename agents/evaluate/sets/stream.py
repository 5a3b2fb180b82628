"""`stream`: generated streams of 6k to 262k words, after the abilities of MemoryAgentBench.

Facts about invented names stand between pages of prose. Asked are values that never changed
(*accurate retrieval*), values that did (*conflict resolution*), values as of an earlier time, which
value came first and which last (*long range*), and the label of an example like others that were
labelled before (*learning at test time*).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agents.errors import UsageError
from agents.evaluate.cases import OURS, Ask, Bench, Case, Evaluation, Told, Unit, Ways
from agents.evaluate.parts import RETRIEVAL, Off
from agents.evaluate.searching import RIVALS, Search, searches
from agents.evaluate.sets.invented import names, passage, prose, seeded, word
from agents.evaluate.sets.values import value_by_facts, value_in
from agents.evaluate.transcripts import TURN, Session, Transcript, remember_all, spoken
from agents.runtime import Runtime
from memory.organise.records import plain
from memory.records import Memory

SIZES = (6_000, 32_000, 65_000, 131_000, 262_000)
"""Words of the streams."""
ASKED = 40
"""Most questions of a stream per ability and wording."""
FIT = (
    "The {predicate} of {subject} is {value}.",
    "{subject}'s {predicate} is now {value}.",
    "As of today the {predicate} of {subject} is {value}, and nobody objected.",
    "{subject}'s {predicate} was changed to {value} this week.",
    "We agreed that the {predicate} of {subject} is currently {value}.",
    "By the way, {subject}'s {predicate} has become {value}.",
    "The {predicate} of {subject} has been changed to {value}.",
)
"""Wordings that the grammar of sentences was first written on."""
SINCE = (
    "Please note that {subject}'s {predicate} had to be {value} again.",
    "{value} is the new {predicate} of {subject}.",
    "The {predicate} of {subject} turned out to be {value}.",
)
"""Wordings that it was widened by later."""
HELD_OUT = (
    "From Monday on we use {value} as the {predicate} of {subject}.",
    "Yes, the {predicate} of {subject} remains {value}.",
    "Since then {subject}'s {predicate} is still {value}, as we said.",
)
"""Wordings that nothing was written for; they were known, though, when the grammar was widened."""
PREDICATES = "code|colour|price|owner|deadline|password|room|supplier|capacity|status".split("|")
LABELS = 12
"""Labels that are learned; each has words of its own, six examples and two questions."""
EXAMPLES = 6
RIGHT, STALE = "right", "stale"
MEASURES = {
    RIGHT: "the value, or the label, is right",
    STALE: "a value that no longer holds is told",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A question: what about, as of when, and what is right."""

    subject: str
    """Of an example to label, its text."""
    predicate: str
    value: str
    stale: tuple[str, ...] = ()
    """Other values that it had."""
    at: int | None = None
    """Microseconds of the time asked about; None for now."""
    which: str = "last"
    """`last`, `first` or `label`."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Turns of one long recording, and questions about them by ability."""

    turns: list[str]
    asked: list[tuple[str, Wanted]]


def generated(seed: int, size: int, wordings: Sequence[str], words: Sequence[str]) -> Stream:
    """A stream of about so many words: a turn in four tells a fact, half of them change one."""
    draw = seeded(seed)
    count = max(8, size // 40)
    subjects = names(draw, max(4, count // 16))
    told: dict[tuple[str, str], list[tuple[int, str]]] = {}
    turns: list[str] = []
    labelled, to_label = _examples(draw)
    places = set(
        draw.sample([n for n in range(count) if n % 4 != 0], min(len(labelled), count // 2))
    )
    shown: set[str] = set()
    for at in range(count):
        text = passage(draw, words)
        if at % 4 == 0:
            key = _key(draw, subjects, told)
            value = word(draw)
            said = draw.choice(wordings).format(subject=key[0], predicate=key[1], value=value)
            told.setdefault(key, []).append((at, value))
            text = f"{text} {said}"
        elif at in places:
            example, label = labelled.pop()
            shown.add(label)
            text = f"{example} This goes to the folder {label}."
        turns.append(text)
    asked = [*_asked(draw, told), *(("learning", one) for one in to_label if one.value in shown)]
    return Stream(turns, asked)


def _key(
    draw: random.Random, subjects: Sequence[str], told: Mapping[tuple[str, str], object]
) -> tuple[str, str]:
    """A fact that was told before, or a new one."""
    if told and draw.random() < 0.5:
        return draw.choice(sorted(told))
    return draw.choice(subjects), draw.choice(PREDICATES)


def _examples(draw: random.Random) -> tuple[list[tuple[str, str]], list[Wanted]]:
    """Examples with their labels, in any order, and examples to label: five of ten words each."""
    labelled: list[tuple[str, str]] = []
    wanted: list[Wanted] = []
    for _ in range(LABELS):
        label, own = word(draw), [word(draw) for _ in range(10)]
        texts = [f"A report about {', '.join(draw.sample(own, 5))}." for _ in range(EXAMPLES + 2)]
        labelled += [(text, label) for text in texts[:EXAMPLES]]
        wanted += [Wanted(text, "", label, which="label") for text in texts[EXAMPLES:]]
    draw.shuffle(labelled)
    return labelled, wanted


def _asked(
    draw: random.Random, told: Mapping[tuple[str, str], Sequence[tuple[int, str]]]
) -> Iterable[tuple[str, Wanted]]:
    for (subject, predicate), values in sorted(told.items()):
        every = [value for _, value in values]
        now = Wanted(subject, predicate, every[-1], tuple(every[:-1]))
        if len(every) == 1:
            yield "retrieval", now
            continue
        yield "conflict", now
        which = draw.randrange(len(values) - 1)
        at = (values[which][0] + 1) * TURN
        rest = tuple(value for value in every if value != every[which])
        yield "as of", Wanted(subject, predicate, every[which], rest, at)
        yield "long range", replace(now, value=every[0], stale=tuple(every[1:]), which="first")


def load(data: Path | None) -> Iterable[Unit[Wanted]]:
    """A unit per size and kind of wording; a folder of texts gives the prose between facts.

    Raises:
        UsageError: the folder has no texts.
    """
    words = prose(data)
    if not words:
        raise UsageError(f"no .txt files in {data}", "give a folder of plain texts, or no --data")
    kinds = (
        ("known wordings", FIT),
        ("wordings known since", SINCE),
        ("held-out wordings", HELD_OUT),
    )
    return [unit_of(size, kind, wordings, words) for kind, wordings in kinds for size in SIZES]


def unit_of(size: int, kind: str, wordings: Sequence[str], words: Sequence[str]) -> Unit[Wanted]:
    """One stream and its questions, evenly chosen where there are many of an ability."""
    made = generated(size, size, wordings, words)
    name = f"{kind} {size:,}"

    def build(runtime: Runtime) -> None:
        remember_all(runtime, [Transcript("stream", (Session("stream", tuple(made.turns)),))])

    def open_(bench: Bench, off: Off) -> Ways[Wanted]:
        runtime = bench.prepared(name, off, build)
        return _ways(runtime, off)

    cases: list[Case[Wanted]] = []
    for ability in dict.fromkeys(ability for ability, _ in made.asked):
        own = [one for each, one in made.asked if each == ability]
        own = own[:: -(-len(own) // ASKED)]
        group = ability if ability == "learning" else f"{ability}, {kind}"
        cases += [Case(f"{name}/{ability}/{at}", group, one) for at, one in enumerate(own)]
    return Unit(name, tuple(cases), open_)


def _ways(runtime: Runtime, off: Off) -> Ways[Wanted]:
    """By facts over time, with search where no fact is known; and by what search finds first."""
    found = {name: _by_search(runtime, search) for name, search in searches(runtime, off).items()}
    plainly = found[OURS]

    def ours(case: Case[Wanted]) -> Told:
        value = "" if "facts" in off else _by_facts(runtime, case.item)
        return _told(case.item, value) if value else plainly(case)

    return {**found, OURS: ours}


def _by_facts(runtime: Runtime, wanted: Wanted) -> str:
    if wanted.which == "label":
        return ""
    which = wanted.which == "first"
    return value_by_facts(runtime, wanted.subject, wanted.predicate, wanted.at, first=which)


def _by_search(runtime: Runtime, search: Search) -> Ask[Wanted]:
    def ask(case: Case[Wanted]) -> Told:
        wanted = case.item
        scope = replace(spoken(runtime.spec.tenant), until=wanted.at)
        if wanted.which == "label":
            return _told(wanted, _voted(search(wanted.subject, scope)))
        is_first = "was the first" if wanted.which == "first" else "is the"
        question = f"What {is_first} {wanted.predicate} of {wanted.subject}?"
        values = (wanted.value, *wanted.stale)
        told = value_in(search(question, scope), wanted.subject, wanted.predicate, values)
        return _told(wanted, told)

    return ask


def _voted(rows: Sequence[Memory]) -> str:
    """The label of most of the first five rows that have one; of several the first."""
    found = [plain(row.text or "").split() for row in rows]
    labels = [said[-1] for said in found if said[-3:-1] == ["the", "folder"]][:5]
    return Counter(labels).most_common(1)[0][0] if labels else ""


def _told(wanted: Wanted, value: str) -> Told:
    scores = {RIGHT: float(value == wanted.value)}
    if wanted.which != "label" and wanted.stale:
        scores[STALE] = float(value in wanted.stale)
    return Told(scores, (value,))


STREAM = Evaluation(
    "stream",
    "Generated streams of 6,000 to 262,000 words: invented facts between pages of prose. Ours are "
    "facts over time, and retrieval where no fact is known; the others read the value from the "
    "first row that names subject and predicate, as ours does then. Known wordings are those that "
    "the grammar of sentences was written on, others it was widened by since; nothing was written "
    "for the held-out ones, but all are by the same hand, and were known when it was widened. A "
    "label is voted for by the five nearest labelled examples.",
    MEASURES,
    ("facts", "consolidate", *RETRIEVAL),
    load,
    RIVALS,
)
