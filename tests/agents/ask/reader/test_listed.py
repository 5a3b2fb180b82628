"""Questions for a title, a subtitle or the items of a list, answered by what was seen as one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import agents.ask.reader.read as reading
from agents.ask.answer import Draft
from agents.ask.plan import Plan
from agents.ask.ranking.candidates import by_rule
from agents.ask.verify import verify
from agents.perception.roles.roles import with_roles
from memory.records import Memory
from tests.agents.ask.reader.test_read import ask
from tests.agents.perception.roles.slides import BULLETS, SAID, TITLE, cues, shown
from tests.rows import context

NEXT = [
    ("Next projects", 0.06, 0.05, 0.1),
    ("1. Harbour crane", 0.07, 0.22, 0.06),
    ("2. Library roof", 0.07, 0.32, 0.06),
    ("3. Bus station", 0.07, 0.42, 0.06),
]
ROWS = with_roles([shown(0, 10, TITLE, *BULLETS), *cues(*SAID), shown(10, 20, *NEXT)])
MONEY = ", ".join(
    f'"{text}"'
    for text in (
        "Rent went up",
        "New machines for the packing hall and the garage",
        "Two people were hired",
    )
)
PROJECTS = '"Harbour crane", "Library roof", "Bus station"'


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which items are on the list about projects?", PROJECTS),
        ("What are the bullet points on the slide about the budget?", MONEY),
        ("List the points of the budget review.", MONEY),
        ("What are the items on the last list?", PROJECTS),
        ("What is the title of the slide about the library roof?", '"Next projects"'),
        ("What is the heading of the second slide?", '"Next projects"'),
        ("What does the subtitle say at 0:03?", '"today we talk about money"'),
        ("How many items are on the list about projects?", "three (3)"),
    ],
)
def test_what_was_seen_in_a_role_is_told(question: str, answer: str) -> None:
    draft = ask(question, ROWS)
    assert (draft.text, draft.proven) == (answer, True)
    assert verify(draft, context(ROWS)) == draft
    assert by_rule(draft)


def test_a_list_is_also_known_by_what_its_title_calls_it() -> None:
    agenda = [("Agenda", 0.06, 0.05, 0.1), *NEXT[1:]]
    rows = with_roles([shown(0, 10, TITLE, *BULLETS), shown(10, 20, *agenda)])
    for question, answer in (("How many points are on the agenda?", "three (3)"),
                             ("Count the lines of the agenda.", "three (3)"),
                             ("What is on the agenda?", PROJECTS)):  # fmt: skip
        draft = ask(question, rows)
        assert (draft.text, draft.proven) == (answer, True), question


def test_of_several_lists_none_is_proven() -> None:
    draft = ask("What are the items?", ROWS)
    assert (draft.text, draft.proven) == (MONEY, False)


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Which items are on the list about projects?", [shown(10, 20, *NEXT)]),
        ("What does the subtitle say at 0:15?", ROWS[-1:]),
        ("What is the title of the fifth slide?", ROWS),
        ("What is the price of the crane?", ROWS),
    ],
    ids=["no list was seen", "no subtitle was seen", "no such slide", "another question"],
)
def test_nothing_is_drafted_of_what_was_not_seen(question: str, rows: Sequence[Memory]) -> None:
    assert ask(question, rows).text is None


def test_items_that_a_look_read_again_are_told_once() -> None:
    again = with_roles([shown(10.5, 19, *NEXT)])
    draft = ask("Which items are on the list about projects?", [*ROWS, *again])
    assert draft.text == PROJECTS
    assert [item.memory for item in draft.cited] == [ROWS[-1]]


def test_without_its_reader_no_list_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(plan: Plan, found: object) -> Draft | None:
        return None

    monkeypatch.setattr(reading, "read_listed", nothing)
    assert ask("List the points of the budget review.", ROWS).text is None


def test_a_role_is_no_evidence() -> None:
    draft = ask("List the points of the budget review.", ROWS)
    lie = Draft('"title item wrapped"', draft.cited, 0.9, proven=True)
    assert not verify(lie, context(ROWS)).proven
