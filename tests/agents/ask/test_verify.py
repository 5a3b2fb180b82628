"""No proof, no answer: what the verifier refuses, and that swapped citations never pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.ask.answer import Cited, Context, Draft
from agents.ask.verify import fault_in, verify
from memory.records import Span
from tests.rows import context, speech, text

SLIDE = text(2, 8, "Average waiting time 50 sec\nShortest Job First")
LINE = speech(20, 24, "The harbour opens at nine every morning.")
OTHER = text(30, 34, "Crew Morale 17%")


def proven(answer: str, *rows: object) -> Draft:
    return Draft(answer, tuple(Cited(r, r.span) for r in rows), 0.9, True)  # type: ignore


def test_an_answer_that_its_rows_hold_passes() -> None:
    draft = proven('"Shortest Job First"', SLIDE)
    assert verify(draft, context([SLIDE, LINE])) is draft


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("60 sec", "number 60"),
        ('"Longest Job First wins"', "quoted words"),
        ("It was read by Jeremiah", "name 'Jeremiah'"),
        ("", "no answer"),
    ],
)
def test_numbers_names_and_quotes_must_stand_in_the_evidence(answer: str, fault: str) -> None:
    found = fault_in(answer, proven(answer, SLIDE).cited, context([SLIDE]))
    assert found is not None and fault in found


def test_times_of_the_cited_span_are_founded_and_others_are_not() -> None:
    here = context([SLIDE])
    assert fault_in("From 0:02.0-0:08.0", proven("", SLIDE).cited, here) is None
    assert fault_in("At 0:05.5", proven("", SLIDE).cited, here) is not None


def test_an_uncited_answer_and_a_row_never_retrieved_are_refused() -> None:
    assert fault_in("50 sec", (), context([SLIDE])) == "nothing is cited"
    found = fault_in("50 sec", proven("", SLIDE).cited, context([LINE]))
    assert found is not None and "not retrieved" in found


def test_a_span_outside_its_row_or_the_video_is_refused() -> None:
    here = context([SLIDE])
    outside = (Cited(SLIDE, Span.of_seconds(7, 9)),)
    assert "outside the row" in (fault_in("50 sec", outside, here) or "")
    late = replace(SLIDE, span=Span.of_seconds(58, 75))
    assert "outside the video" in (
        fault_in("50 sec", proven("", late).cited, context([late])) or ""
    )


def test_citations_swapped_between_answers_are_rejected() -> None:
    answers = {'"Shortest Job First"': SLIDE, "17%": OTHER, '"opens at nine"': LINE}
    everything: Context = context(list(answers.values()))
    for answer in answers:
        for cited in answers.values():
            fine = fault_in(answer, proven(answer, cited).cited, everything) is None
            assert fine == (answers[answer] is cited), (answer, cited.text)
