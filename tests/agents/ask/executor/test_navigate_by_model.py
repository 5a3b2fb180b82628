"""How models are led through a video: precise hits, what is missing, counts, closer looks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agents.ask.answer import Phase, Status
from agents.ask.executor.segments import POINTED, closer, pointed, spread
from agents.budget import Budget, Meter
from memory.backtrack import Segment
from memory.records import SECOND, Hit, Kind, Level, Span
from tests.agents.ask.conftest import Bench
from tests.rows import row
from tests.simulator.server import serving
from tests.simulator.world import world_of

MakeBench = Callable[..., Bench]


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
    bench.ask("how often does the guard at the gate wink?", max_looks=14)
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


def test_what_a_rejected_answer_rested_on_is_set_aside(make_bench: MakeBench) -> None:
    lane = world_of(
        {
            "name": "lane",
            "seconds": 120,
            "facts": [
                {
                    "id": "left",
                    "text": "the left sign by the lane reads north",
                    "start": 10,
                    "end": 40,
                },
                {"id": "post", "text": "a right post by the lane", "start": 58, "end": 70},
                {
                    "id": "right",
                    "text": "the right sign by the lane reads south",
                    "start": 61,
                    "end": 66,
                    "fps": 2,
                    "side": 600,
                },
            ],
            "questions": [
                {
                    "question": "what does the right sign by the lane read?",
                    "answer": "south",
                    "needs": ["right"],
                    "lure": "left",
                    "lured": "north",
                }
            ],
        }
    )
    with serving(lane) as server:
        bench = make_bench(server, lane)
        asked = bench.question("what does the right sign by the lane read?")
        steps = bench.steps(Meter(Budget(seconds=30)))
        plan = steps.plan(asked)
        draft = steps.answer(plan, steps.recall(asked, plan))
        assert (draft.text, draft.proven) == (None, False), "the rejected answer was given again"
        out, _ = bench.ask(asked.text, max_looks=14)
    assert out.draft.text == "south"


def test_what_the_reader_misses_is_searched_for_before_any_look(make_bench: MakeBench) -> None:
    fillers = [
        {
            "id": f"f{n}",
            "text": f"a parcel is left at the {place}",
            "start": 10 * n,
            "end": 10 * n + 9,
        }
        for n, place in enumerate(("mill", "dock", "barn", "school", "tower", "bakery"))
    ]
    parcel = {
        "id": "parcel",
        "text": "the striped parcel is left at the lodge",
        "start": 62,
        "end": 69,
    }
    keeper = {
        "id": "keeper",
        "text": "the porter of this lodge limps on crutches",
        "start": 82,
        "end": 88,
    }
    question = "who keeps the place where the striped parcel is left?"
    estate = world_of(
        {
            "name": "estate",
            "seconds": 120,
            "facts": [*fillers, parcel, keeper],
            "questions": [
                {
                    "question": question,
                    "answer": "porter",
                    "needs": ["parcel", "keeper"],
                    "clues": ["striped parcel", "porter lodge crutches"],
                }
            ],
        }
    )
    with serving(estate) as server:
        bench = make_bench(server, estate)
        bench.plain = replace(bench.plain, parameters=replace(bench.plain.parameters, recall=3))
        asked = bench.question(question)
        known = bench.steps(Meter(Budget())).recall(asked, bench.plain.plan(asked))
        assert not any("porter" in (row.text or "") for row in known.rows), "nothing is missing"
        out, meter = bench.ask(question)
    assert (out.draft.text, out.phase, meter.looks) == ("porter", Phase.COARSE, 0)


def test_a_count_waits_for_all_places_that_may_hold_a_part(make_bench: MakeBench) -> None:
    rings = [
        {"id": f"near{n}", "text": "the monk stands at the bell", "start": at - 3, "end": at + 5}
        for n, at in enumerate((20, 60, 100))
    ] + [
        {
            "id": f"ring{n}",
            "text": "the monk strikes the bell",
            "start": at,
            "end": at + 2,
            "fps": 2,
            "side": 600,
        }
        for n, at in enumerate((20, 60, 100))
    ]
    question = "how often does the monk strike the bell?"
    tower = world_of(
        {
            "name": "tower",
            "seconds": 120,
            "facts": rings,
            "questions": [
                {
                    "question": question,
                    "answer": "3",
                    "needs": ["ring0", "ring1", "ring2"],
                    "counts": True,
                }
            ],
        }
    )
    with serving(tower) as server:
        out, _ = make_bench(server, tower).ask(question, max_looks=14)
    assert (out.status, out.draft.text) == (Status.ANSWERED, "3")
