"""When something begins or ends, over rows that looks and windows cut; what counts as news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agents.ask.answer import Draft, Moment
from agents.ask.planner.rules import plan as understand
from agents.ask.ranking.candidates import Candidate
from agents.ask.ranking.comparison import content_words
from agents.ask.ranking.edges import as_asked
from agents.ask.ranking.learned import compared, read_by_rank
from agents.ask.reader.read import read
from agents.ask.trace import closest_moments
from agents.ask.verify import verify
from agents.models.embedded.minilm import MiniLMEncoder
from flows.output.words import moment_line
from memory.as_of import COMPOSED
from memory.details import Details
from memory.records import Kind, Memory, Producer, Span
from tests.default_models import models_cache as models_cache
from tests.rows import context, row, speech, text, thing


@pytest.fixture(scope="module")
def encoder(models_cache: Path) -> MiniLMEncoder:
    return MiniLMEncoder(models_cache, threads=1)


def ask(encoder: MiniLMEncoder, question: str, rows: Sequence[Memory]) -> Draft:
    plan, known = understand(question), context(rows)

    def relate(asked: str, texts: Sequence[str]) -> list[float]:
        vectors = encoder.encode([asked, *texts])
        return [float(value) for value in vectors[1:] @ vectors[0]]

    return verify(read_by_rank(plan, known, relate, read(plan, known), 0.5), known)


def change(at: float, before: str, after: str) -> Memory:
    words = f"the slide '{before}' is replaced by '{after}'"
    made = row(Kind.CHANGE, at - 0.5, at + 0.5, words)
    told = {"what": "slide", "how": "replaced", "before": [before], "after": [after]}
    return replace(made, details=Details(changes=[told]))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("question", "at"),
    [
        ("When does the museum programme appear?", 30.0),
        ("When does the museum programme disappear?", 44.0),
    ],
)
def test_an_edge_is_that_of_all_rows_that_say_the_same(
    encoder: MiniLMEncoder, question: str, at: float
) -> None:
    shown = "Museum programme\nOpen daily"
    rows = [text(0, 9, "Welcome"), text(30, 36, shown), text(36.4, 39, shown), text(39, 44, shown)]
    draft = ask(encoder, question, [*rows, text(70, 80, shown)][:4])
    assert draft.cited[0].span.seconds[question.endswith("disappear?")] == at
    assert f"0:{at:.1f}" in (draft.text or "")


def test_what_is_shown_again_much_later_begins_anew(encoder: MiniLMEncoder) -> None:
    rows = [text(0, 4, "Coffee break"), text(50, 54, "Museum programme"), change(50, "x", "y")]
    assert ask(encoder, "When does the museum programme appear?", rows).cited[0].span.start > 40e6


@pytest.mark.parametrize(
    ("question", "at"), [("When does step two appear?", 1), ("When does step two disappear?", 5)]
)
def test_a_change_that_takes_it_away_is_not_its_beginning(
    encoder: MiniLMEncoder, question: str, at: float
) -> None:
    rows = [
        text(0, 1, "STEP ONE"),
        text(1, 5, "STEP TWO"),
        text(5, 8, "STEP THREE"),
        change(5, "STEP TWO", "STEP THREE"),
    ]
    span = ask(encoder, question, rows).cited[0].span
    assert abs(span.seconds[question.endswith("disappear?")] - at) <= 0.5


@pytest.mark.parametrize(
    ("question", "said", "new"),
    [
        (
            "Which platform does the train to Boston leave from?",
            "Our train to Boston leaves from platform 9.",
            "9",
        ),
        (
            "Who wrote the annual report on harbour safety?",
            "The annual report on harbour safety was written by Okonkwo.",
            "Okonkwo",
        ),
    ],
)
def test_one_new_number_or_name_is_an_answer_however_long_the_sentence(
    encoder: MiniLMEncoder, question: str, said: str, new: str
) -> None:
    rows = [speech(1, 4, said), speech(6, 9, "The garden will be closed because of heavy rain.")]
    assert new in (ask(encoder, question, rows).text or "")


def test_a_sentence_that_only_says_where_the_answer_stands_is_none(encoder: MiniLMEncoder) -> None:
    question = "What is the repair ticket number on the small label beside the cup?"
    said = speech(1, 4, "Its ticket number is printed on the small label beside the cup.")
    draft = ask(encoder, question, [said, text(6, 9, "Repair ticket\nRT-73164")])
    assert "printed" not in (draft.text or "")


def test_questions_in_scripts_without_spaces_are_compared_by_pairs_of_letters(
    encoder: MiniLMEncoder,
) -> None:
    slides = ["雨天比赛取消", "图书馆周一闭馆", "停车场收费标准", "明天气温下降"]
    rows = [text(4 * n, 4 * n + 4, words) for n, words in enumerate(slides)]
    assert "图书馆周一闭馆" in (ask(encoder, "图书馆什么时候闭馆", rows).text or "")
    assert "明天气温下降" in (ask(encoder, "明天的气温怎么样", rows).text or "")
    assert content_words("Wann schließt die Tür?") == ("wann", "schließt", "die", "tür")


def test_where_nothing_can_be_ranked_the_reason_is_plain(encoder: MiniLMEncoder) -> None:
    repeats = replace(row(Kind.CAPTION, 1, 2, "a street"), producer=Producer(COMPOSED))
    draft = ask(encoder, "What does the sign say?", [repeats])
    assert draft.text is None
    assert "counted" not in draft.reason and "read, heard or seen" in draft.reason


def test_a_picture_of_nothing_known_is_pointed_at_but_is_no_answer(encoder: MiniLMEncoder) -> None:
    picture = row(Kind.KEYFRAME, 1, 1.1, "")
    draft = ask(encoder, "What does the sign say?", [picture])
    assert draft.text is None
    assert [moment.memory for moment in draft.moments] == [picture]
    assert "picture" in (ask(encoder, "When does the sign appear?", [picture]).text or "")


def test_a_moment_that_is_a_picture_says_what_is_on_it() -> None:
    picture, card = row(Kind.KEYFRAME, 4, 4.1, ""), text(2, 8, "Gate B12")
    other = thing(2, 8, "person; people; human")
    rows = [picture, card, other, text(20, 30, "Elsewhere")]
    (told,) = closest_moments([Moment(picture, picture.span, 0.5, 0.5, "near")], context(rows))
    assert told.shows == "person; people; human\nGate B12"
    assert "Gate B12" in moment_line(told)
    (own,) = closest_moments([Moment(card, card.span, 0.5, 0.5, "near")], context(rows))
    assert own.shows == ""


@pytest.mark.parametrize(
    ("question", "about"),
    [("What does the dog do at the end?", (57.0, 60.0)), ("What does the dog do?", (0.0, 60.0))],
)
def test_a_moment_is_as_tight_as_the_time_asked_about(
    question: str, about: tuple[float, float]
) -> None:
    plan, asked = understand(question), Span.of_seconds(*about)
    runs = Candidate(row(Kind.MOTION, 0, 60, "a dog moves to the left"), "moves to the left")
    focus = ((runs.row.video_id, asked),)
    assert as_asked(runs, plan, focus).moment == asked
    assert as_asked(runs, plan, ()) is runs
    assert as_asked(runs, plan, (("another", asked),)) is runs


def test_where_an_edge_is_asked_for_the_row_keeps_its_own() -> None:
    runs = Candidate(row(Kind.MOTION, 0, 60, "a dog moves to the left"), "moves to the left")
    plan = understand("When does the dog leave?")
    focus = ((runs.row.video_id, Span.of_seconds(50, 55)),)
    assert plan.boundary
    assert as_asked(runs, plan, focus) is runs


def test_what_is_compared_lies_in_the_time_asked_about() -> None:
    runs = row(Kind.MOTION, 0, 60, "a dog moves to the left")
    about = Span.of_seconds(57, 60)
    known = replace(context([runs]), focus=((runs.video_id, about),))
    plan = understand("What does the dog do at the end?")
    found, _ = compared(plan, known, lambda _, texts: [0.5] * len(texts), Draft(None))
    assert found and {each.moment for each in found} == {about}
