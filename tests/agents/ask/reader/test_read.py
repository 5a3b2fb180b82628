"""What can be settled without judging words: counts, order, yes or no, and options."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from agents.ask.answer import Context, Draft
from agents.ask.executor.anchors import anchored, candidates, focus_of
from agents.ask.plan import Relation
from agents.ask.planner.rules import plan as understand
from agents.ask.reader.read import read
from memory.records import Hit, Memory, Span
from tests.rows import VIDEO, context, shots, speech, text, thing, video


def ask(question: str, rows: Sequence[Memory], seconds: float = 60.0, **more: object) -> Draft:
    """Read as recall would let us: anchors and focus from the rows themselves."""
    plan = understand(question, choices=more.pop("choices", ()))  # type: ignore[arg-type]
    hits = [Hit(r, 1.0) for r in rows]
    found = anchored(hits, plan.anchor.text) if plan.anchor and plan.anchor.text else []
    film = video(seconds)
    focus = [span for _, span in focus_of(plan, candidates(plan, found, (film,)), (film,))]
    options = [list(rows) for _ in plan.choices]
    given: Context = context(
        rows, focus, [hit.memory for hit in found], options, shots(0, 20, 40, seconds), film
    )
    return read(plan, given)


SLIDE = text(2, 12, "Quarterly results\nTotal revenue  4,210\nNew customers  87")
MENU = text(20, 26, "Lunch menu\nTomato soup")
TALK = speech(40, 46, "The bridge was closed because the river rose by two metres.")
CAT = thing(14, 19, "cat; kitten; pet; animal")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which is shown first, 'Lunch menu' or 'Quarterly results'?", "Quarterly results"),
        ("Which is shown last, 'Lunch menu' or 'Quarterly results'?", "Lunch menu"),
        ("Does 'Lunch menu' come before 'Quarterly results'?", "Quarterly results"),
        ("How many cuts are there?", "two (2)"),
        ("How many shots are there?", "three (3)"),
        ("Is there a kitten?", "Yes"),
    ],
)
def test_what_can_be_settled_is(question: str, answer: str) -> None:
    draft = ask(question, [SLIDE, MENU, TALK, CAT])
    assert draft.proven, (draft.text, draft.reason)
    assert answer in (draft.text or "")
    assert draft.cited


def test_a_line_that_holds_fewer_of_the_words_is_not_the_one_that_is_named() -> None:
    rows = [
        text(2, 4, "with our lives"),
        text(8, 10, "and our dreams"),
        text(5, 7, "with our love"),
    ]
    draft = ask("Which is shown last, 'and our dreams' or 'with our love'?", rows)
    assert "and our dreams" in (draft.text or "")
    earlier = ask("Which is shown first, 'with our love' or 'and our dreams'?", rows)
    assert [item.span.start / 1e6 for item in earlier.cited] == [5.0, 8.0]


@pytest.mark.parametrize(
    "question",
    [
        "What is the total revenue?",
        "Who won the sailing race?",
        "When does the lunch menu appear?",
        "Which is shown first, 'Lunch menu' or 'Wine list'?",
        "How many whales are there?",
        "How many scenes show kittens?",
    ],
)
def test_the_rest_is_left_to_the_ranking(question: str) -> None:
    draft = ask(question, [SLIDE, MENU, TALK, CAT])
    assert (draft.text, draft.proven) == (None, False)
    assert draft.reason


def test_one_shot_and_sound_are_known_and_absence_is_not_claimed() -> None:
    single = context([SLIDE], nodes=shots(0, 60))
    assert read(understand("Is it one continuous shot?"), single).text == "Yes, one shot"
    several = ask("Is it one continuous shot?", [SLIDE])
    assert several.proven and (several.text or "").startswith("No")
    assert ask("Is there an audio track?", [SLIDE]).text == "Yes"
    assert not ask("Is there a dog in the video?", [SLIDE, CAT]).proven


def test_multiple_choice_takes_the_option_that_is_there() -> None:
    options = ("Tomato soup", "Onion soup", "Fish pie")
    draft = ask("Which dish is on the lunch menu?", [MENU, SLIDE], choices=options)
    assert draft.choice == 0 and draft.cited[0].memory == MENU


def test_focus_after_and_before_an_event_lies_beside_it() -> None:
    plan = understand("What is shown right after the lunch menu?")
    assert plan.anchor is not None and plan.anchor.relation is Relation.AFTER
    focus = focus_of(plan, candidates(plan, [Hit(MENU, 1.0)], (video(),)), (video(),))
    assert focus[0][0] == VIDEO and focus[0][1].start == MENU.span.end
    last = understand("What is written in the last four seconds?")
    assert focus_of(last, [], (video(60),))[0][1] == Span.of_seconds(56, 60)
