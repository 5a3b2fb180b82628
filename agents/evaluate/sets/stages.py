"""`stages`: what is extracted, what is updated and what is answered, each counted; after HaluMem.

Generated dialogues tell facts, change some, and say what must not be taken for a fact: questions,
suppositions, denials and wishes. A wrong answer is told apart from none.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.errors import UsageError
from agents.evaluate.cases import OURS, Ask, Bench, Case, Evaluation, Told, Unit, Ways
from agents.evaluate.parts import NONE, Off
from agents.evaluate.searching import RIVALS, Search, searches
from agents.evaluate.sets.invented import names, passage, prose, seeded, word
from agents.evaluate.sets.stream import FIT, HELD_OUT, PREDICATES, SINCE
from agents.evaluate.sets.values import value_by_facts, value_in
from agents.evaluate.transcripts import TURN, Session, Transcript, remember_all, spoken
from agents.runtime import Runtime
from memory.organise.records import Assertion, plain

DIALOGUES, SESSIONS, TURNS = 6, 8, 12
NO_FACTS = (
    "Is the {predicate} of {subject} {value}?",
    "If the {predicate} of {subject} were {value}, we would have to leave.",
    "The {predicate} of {subject} is not {value}.",
    "I wish the {predicate} of {subject} was {value}.",
    "Somebody asked whether the {predicate} of {subject} is {value}, which nobody knows.",
)
MEASURES = {
    "extracted": "a fact that was told is taken for one, with its value",
    "invented": "something is taken for a fact that is none",
    "right": "the value now is right; of what was never told, none is told",
    "stale": "a value that was replaced is told",
    "wrong": "a value is told that is not the right one",
}
EVERYTHING = "every sentence"
"""The trivial way to extract: all that is said is taken for a fact."""
FACTS = "facts alone"
"""The product without search where it knows no fact: it tells nothing then."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A turn from which something is, or is not, to be taken; or a question."""

    stage: str
    subject: str
    predicate: str
    value: str = ""
    """Empty where nothing was told."""
    stale: tuple[str, ...] = ()
    """Values that were replaced, or that were said though they are none."""
    turn: int = 0


def dialogue(
    seed: int, wordings: Sequence[str], words: Sequence[str]
) -> tuple[Transcript, list[Wanted]]:
    """A dialogue and everything that is asked of it."""
    draw = seeded(seed)
    people = names(draw, SESSIONS * 2)
    told: dict[tuple[str, str], list[str]] = {}
    hinted: dict[tuple[str, str], list[str]] = {}
    wanted: list[Wanted] = []
    turns: list[str] = []
    for at in range(SESSIONS * TURNS):
        text = passage(draw, words, 20)
        if at % 3 == 0:
            key = _key(draw, people, told)
            value = word(draw)
            told.setdefault(key, []).append(value)
            wanted.append(Wanted("extraction", *key, value, turn=at))
            text = f"{text} {_said(draw, wordings, key, value)}"
        elif at % 6 == 1:
            key, value = (draw.choice(people), draw.choice(PREDICATES)), word(draw)
            hinted.setdefault(key, []).append(value)
            wanted.append(Wanted("no fact", *key, value, turn=at))
            text = f"{text} {_said(draw, NO_FACTS, key, value)}"
        turns.append(text)
    wanted += _questions(told, hinted)
    cut = range(0, len(turns), TURNS)
    sessions = tuple(Session(f"session {n}", tuple(turns[n : n + TURNS])) for n in cut)
    return Transcript(f"dialogue-{seed}", sessions), wanted


def _said(draw: random.Random, forms: Sequence[str], key: tuple[str, str], value: str) -> str:
    return draw.choice(forms).format(subject=key[0], predicate=key[1], value=value)


def _key(
    draw: random.Random, people: Sequence[str], told: dict[tuple[str, str], list[str]]
) -> tuple[str, str]:
    if told and draw.random() < 0.4:
        return draw.choice(sorted(told))
    return draw.choice(people), draw.choice(PREDICATES)


def _questions(
    told: dict[tuple[str, str], list[str]], hinted: dict[tuple[str, str], list[str]]
) -> Iterable[Wanted]:
    for key, values in sorted(told.items()):
        stage = "update" if len(values) > 1 else "answer"
        yield Wanted(stage, *key, values[-1], tuple(values[:-1]))
    for key, values in sorted(hinted.items()):
        if key not in told:
            yield Wanted("never told", *key, stale=tuple(values))


def load(data: Path | None) -> Iterable[Unit[Wanted]]:
    """A unit per dialogue.

    Raises:
        UsageError: a file is given: the set is generated.
    """
    if data is not None:
        raise UsageError("stages is generated", "leave --data out")
    words = prose(None)
    kinds = (
        ("known wordings", FIT),
        ("wordings known since", SINCE),
        ("held-out wordings", HELD_OUT),
    )
    return [_unit(n, kind, forms, words) for kind, forms in kinds for n in range(DIALOGUES)]


def _unit(seed: int, kind: str, wordings: Sequence[str], words: Sequence[str]) -> Unit[Wanted]:
    transcript, wanted = dialogue(seed, wordings, words)
    name = f"{kind} {seed}"

    def build(runtime: Runtime) -> None:
        remember_all(runtime, [transcript])

    def open_(bench: Bench, off: Off) -> Ways[Wanted]:
        runtime = bench.prepared(name, off, build)
        found = searches(runtime, NONE)
        plainly = {way: _by_search(runtime, search) for way, search in found.items()}
        ours = _ours(runtime, off, plainly[OURS])
        alone = _ours(runtime, off, lambda case: _told(case.item, ""))
        return {**plainly, OURS: ours, FACTS: alone, EVERYTHING: _every_sentence}

    cases = tuple(Case(f"{name}/{at}", _group(one, kind), one) for at, one in enumerate(wanted))
    return Unit(name, cases, open_)


def _group(wanted: Wanted, kind: str) -> str:
    is_same = wanted.stage in ("no fact", "never told")
    return wanted.stage if is_same else f"{wanted.stage}, {kind}"


def _ours(runtime: Runtime, off: Off, plainly: Ask[Wanted]) -> Ask[Wanted]:
    """What is asserted by turns; facts over time, and search where no fact is known."""
    asserted: dict[int, set[tuple[str, str, str]]] = {}
    if "facts" not in off:
        for one in runtime.store.notebook.find(Assertion, runtime.spec.tenant):
            said = (plain(one.subject), plain(one.predicate), plain(one.value))
            asserted.setdefault(one.start // TURN, set()).add(said)

    def ask(case: Case[Wanted]) -> Told:
        wanted = case.item
        if wanted.stage in ("extraction", "no fact"):
            return _extracted(wanted, asserted.get(wanted.turn, set()))
        value = "" if "facts" in off else value_by_facts(runtime, wanted.subject, wanted.predicate)
        return _told(wanted, value) if value else plainly(case)

    return ask


def _extracted(wanted: Wanted, found: set[tuple[str, str, str]]) -> Told:
    right = (plain(wanted.subject), plain(wanted.predicate), wanted.value)
    own = {each for each in found if _tells(each[2], wanted.value)}
    what = tuple("/".join(each) for each in sorted(own))
    if wanted.stage == "no fact":
        return Told({"invented": float(bool(own))}, what)
    return Told({"extracted": float(right in own), "invented": float(bool(own - {right}))}, what)


def _tells(said: str, value: str) -> bool:
    """Whether a value that was taken is that one; a denial of it is not."""
    words = said.split()
    return value in words and "not" not in words


def _every_sentence(case: Case[Wanted]) -> Told:
    if case.item.stage == "extraction":
        return Told({"extracted": 1.0})
    return Told({"invented": 1.0} if case.item.stage == "no fact" else {})


def _by_search(runtime: Runtime, search: Search) -> Ask[Wanted]:
    def ask(case: Case[Wanted]) -> Told:
        wanted = case.item
        if wanted.stage in ("extraction", "no fact"):
            return Told({})
        rows = search(
            f"What is the {wanted.predicate} of {wanted.subject}?", spoken(runtime.spec.tenant)
        )
        values = (wanted.value, *wanted.stale)
        return _told(wanted, value_in(rows, wanted.subject, wanted.predicate, values))

    return ask


def _told(wanted: Wanted, value: str) -> Told:
    scores = {
        "right": float(value == wanted.value),
        "wrong": float(value not in ("", wanted.value)),
    }
    if wanted.stale and wanted.value:
        scores["stale"] = float(value in wanted.stale)
    return Told(scores, (value,))


STAGES = Evaluation(
    "stages",
    "Generated dialogues, each stage counted: what is taken for a fact (and what is, though it was "
    "a question, a supposition, a denial or a wish), whether the newer value replaces the older, "
    "and answers, a wrong one told apart from none. *Never told* are values that were only asked, "
    "supposed, denied or wished. Search extracts nothing; it reads the value from the first row "
    "that names subject and predicate, and so does ours where it knows no fact. The grammar passes "
    "over questions, suppositions and wishes by rules that were written with these forms in view.",
    MEASURES,
    ("facts",),
    load,
    {
        **RIVALS,
        FACTS: "the product without search: where it knows no fact, it tells nothing",
        EVERYTHING: "all that is said is taken for a fact",
    },
)
