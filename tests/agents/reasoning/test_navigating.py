"""How models are led through a video: precise hits, what is missing, counts, closer looks."""

from __future__ import annotations

from agents.answer import Phase, Status
from agents.budget import Budget
from agents.reasoning.guiding import POINTED, closer, pointed, spread
from memory.backtrack import Segment
from memory.records import SECOND, Hit, Kind, Level, Span
from tests.agents.reasoning.conftest import Bench
from tests.rows import row


def test_long_rows_do_not_say_where_to_look() -> None:
    short, long = row(Kind.CAPTION, 30, 40, "a"), row(Kind.SUMMARY, 0, 450, "a")
    middling = row(Kind.SUMMARY, 0, 40, "a")
    found = pointed([Hit(short, 1.0), Hit(long, 1.0), Hit(middling, 1.0)], 10 * SECOND)
    assert [branch.score for branch in found] == [1.0, 0.5]


def test_news_is_looked_at_closer_before_the_rest() -> None:
    at = Segment("v", Level.SHOT, Span.of_seconds(0, 10))
    told = row(Kind.CAPTION, 0, 10, "the clerk waits")
    trace = row(Kind.CAPTION, 6, 8, "the clerk turns something small")
    found = closer(at, 1.0, [told, trace], ["clerk"], "the clerk waits")
    first = max(found, key=lambda branch: branch.score)
    assert first.score == POINTED
    assert trace.span.contains(first.segment.span)
    known = closer(at, 1.0, [told, trace], ["clerk"], "the clerk waits and turns something small")
    assert max(branch.score for branch in known) < POINTED


def test_pieces_are_visited_all_over_a_segment() -> None:
    pieces = [Span.of_seconds(n, n + 1) for n in range(9)]
    first = spread(pieces)[:3]
    assert sorted(piece.start // SECOND for piece in first) == [1, 4, 7]
    assert sorted(spread(pieces)) == pieces


def test_a_repeated_question_without_an_answer_costs_nothing(bench: Bench) -> None:
    text = "which colour is the dragon by the door?"
    first, paid = bench.ask(text)
    assert (first.status, bool(paid.llm_calls)) == (Status.ABSTAINED, True)
    again, meter = bench.ask(text, budget=Budget(calls=0, looks=0))
    assert (again.status, meter.llm_calls + meter.vlm_calls) == (Status.ABSTAINED, 0)
    assert "before" in again.draft.reason


def test_nothing_found_is_forgotten_once_more_was_looked_at(bench: Bench) -> None:
    text = "which colour is the dragon by the door?"
    bench.ask(text)
    bench.ask("how often does the guard at the gate wink?", patience=14)
    _, meter = bench.ask(text)
    assert meter.llm_calls > 0


def test_without_budget_and_without_anywhere_to_go_the_budget_is_told(bench: Bench) -> None:
    out, _ = bench.ask("zzz", budget=Budget(calls=0))
    assert out.status is Status.BUDGET_EXHAUSTED


def test_a_paraphrase_is_one_check(bench: Bench) -> None:
    bench.ask("what does the note on the fridge say?")
    out, meter = bench.ask("what number is on the note on the fridge?")
    assert (out.status, out.phase) == (Status.ANSWERED, Phase.COARSE)
    assert meter.llm_calls <= 3
