"""Which candidate is told as the answer: what tells nothing of what is asked never is."""

from __future__ import annotations

import numpy as np
import pytest

from agents.ask.planner.rules import plan as understand
from agents.ask.ranking.candidates import UNNAMED, Candidate
from agents.ask.ranking.features import FEATURES
from agents.ask.ranking.sureness import Ranked, shares_of
from agents.ask.ranking.told import answer_place, tells
from agents.ask.ranking.values import counts
from memory.records import Kind
from tests.rows import row, text, thing


@pytest.mark.parametrize(
    ("question", "is_told"),
    [
        ("Who is the captain?", False),
        ("What flies off?", False),
        ("When does something come in?", True),
        ("Where does it go?", True),
        ("What does it do?", True),
    ],
)
def test_what_has_no_name_tells_when_and_how_but_not_what(question: str, is_told: bool) -> None:
    words = "something enters from the right"
    moves = Candidate(row(Kind.MOTION, 4, 8, words), words)
    dog = Candidate(row(Kind.MOTION, 4, 8, "a dog enters from the right"), "a dog enters")
    plan = understand(question)
    assert tells(moves, plan) is is_told
    assert tells(dog, plan)
    assert tells(Candidate(text(4, 8, f"{words} of us"), words), plan)


@pytest.mark.parametrize(
    ("said", "is_told"),
    [("a person", False), ("3", True), ("three people wait", True), ("175 passed", True)],
)
def test_what_holds_no_number_does_not_tell_how_many(said: str, is_told: bool) -> None:
    assert tells(Candidate(text(0, 4, said), said), understand("How many people wait?")) is is_told


def test_the_best_that_tells_is_told_whatever_moment_comes_first() -> None:
    picture = thing(0, 4, "person; people; human")
    first = Candidate(picture, "person")
    board = Candidate(text(8, 12, "3 people wait"), "3 people wait")
    other = Candidate(text(20, 22, "Platform 9"), "Platform 9")
    scores = np.asarray([3.0, 1.0, 2.0])
    features = np.zeros((3, len(FEATURES)))
    ranked = Ranked((first, other, board), features, scores, shares_of(scores))
    how_many, what = understand("How many people wait?"), understand("Who waits?")
    assert answer_place(ranked, (0,), how_many) == 2
    assert answer_place(ranked, (0, 1), how_many) == 1, "of the moments that are shown, if it can"
    assert answer_place(ranked, (0,), what) == 0
    nameless = Candidate(row(Kind.KEYFRAME, 0, 1, ""), UNNAMED)
    alone = Ranked((nameless,), features[:1], scores[:1], shares_of(scores[:1]))
    assert answer_place(alone, (0,), what) is None


@pytest.mark.parametrize(
    ("noun", "said", "near", "counted"),
    [
        ("pairs", "400 Million Image-Text Pairs", "", True),
        ("tests", "tests passed: 175", "", True),
        ("cups", "1,042", "Cups of tea generated", True),
        ("tests", "175 passed in 0.37s", "> python -m pytest", False),
        ("kittens", "Fluffy kitten does not fit Wallpaper No 5", "", False),
        ("kittens", "Kittens", "", False),
    ],
)
def test_a_number_counts_what_stands_beside_it(
    noun: str, said: str, near: str, counted: bool
) -> None:
    assert counts(noun, said, near) is counted
