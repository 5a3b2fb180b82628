"""Strategies over one store and one model: published control flow, same rules of proof."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from agents.ask.answer import Context, Phase, Status
from agents.ask.steps import Chain
from agents.ask.strategies.registry import STRATEGIES
from agents.ask.strategies.videolucy import COARSE_CLIP, ITERATIONS, videolucy
from agents.ask.strategies.worldmm import (
    FACTS,
    Fact,
    MemoryReply,
    WorldMM,
    personalised_pagerank,
    place_in,
    ranked_facts,
)
from agents.budget import Budget, Meter
from agents.errors import ModelMissing
from agents.prompting.facts import Triple
from agents.runtime import Run, directly
from memory.records import Kind, Span
from tests.agents.ask.conftest import Bench
from tests.rows import row
from tests.simulator.faults import Fault, Trouble

NOTE = "what does the note on the fridge say?"
COLLAR = "which colour is the collar of the dog?"
PLANT = "what stands by the door?"


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_each_strategy_answers_what_the_coarse_memory_tells(bench: Bench, name: str) -> None:
    out, _ = bench.pursue(STRATEGIES[name], PLANT)
    assert (out.status, out.draft.text) == (Status.ANSWERED, "a tall plant")
    assert out.draft.cited and out.trace.rounds


@pytest.mark.parametrize("name", list(STRATEGIES))
@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.NULL])
def test_no_fault_stops_a_strategy_or_is_believed(bench: Bench, name: str, fault: Fault) -> None:
    bench.server.trouble = Trouble(fault)
    limits = Budget(seconds=20, calls=60)
    out, meter = bench.pursue(STRATEGIES[name], NOTE, limits)
    assert out.status in (Status.ABSTAINED, Status.BUDGET_EXHAUSTED)
    assert out.draft.text is None
    assert meter.llm_calls + meter.vlm_calls <= 60


@pytest.mark.parametrize("name", list(STRATEGIES))
@pytest.mark.parametrize("calls", [0, 1, 3])
def test_no_strategy_overspends(bench: Bench, name: str, calls: int) -> None:
    out, meter = bench.pursue(STRATEGIES[name], COLLAR, Budget(calls=calls))
    assert meter.llm_calls + meter.vlm_calls <= calls
    if calls == 0:
        assert out.status is Status.BUDGET_EXHAUSTED


@pytest.mark.parametrize("name", list(STRATEGIES))
def test_no_strategy_uses_what_comes_after_the_range(bench: Bench, name: str) -> None:
    out, _ = bench.pursue(STRATEGIES[name], "which animal walks past the printer?",
                          Budget(calls=16), within=Span.of_seconds(0, 30))  # fmt: skip
    assert out.status is not Status.ANSWERED
    assert all(row.span.end <= 30_000_000 for row in out.context.rows)


def test_baselines_look_at_nothing(bench: Bench) -> None:
    for name in ("single_pass", "retrieval_only"):
        out, meter = bench.pursue(STRATEGIES[name], COLLAR)
        assert (out.status, meter.frames, meter.llm_calls) == (Status.ABSTAINED, 0, 1)


def test_videolucy_goes_down_its_grids(bench: Bench) -> None:
    out, meter = bench.pursue(videolucy, COLLAR)
    assert (out.status, out.phase, out.draft.text) == (Status.ANSWERED, Phase.BACKTRACK, "red")
    spans = {(row.span.start, row.span.length) for row in out.context.rows if row.is_look}
    assert {(0, COARSE_CLIP), (60_000_000, COARSE_CLIP), (40_000_000, 10_000_000)} <= spans
    assert len(out.trace.rounds) <= 1 + ITERATIONS
    ours, spent = bench.pursue(STRATEGIES["backtrail"], COLLAR)
    assert ours.draft.text == "red"
    assert spent.frames <= meter.frames / 3


def test_videolucy_stops_after_five_periods(bench: Bench) -> None:
    bench.server.trouble = Trouble(Fault.NEVER)
    out, _ = bench.pursue(videolucy, COLLAR)
    assert (out.status, len(out.trace.rounds)) == (Status.ABSTAINED, 1 + ITERATIONS)


def test_videolucy_keeps_all_periods_for_ordinals_only(bench: Bench) -> None:
    bench.pursue(videolucy, COLLAR, Budget(calls=5))
    assert any("needs_all" in sent.shape for sent in bench.server.seen)
    bench.server.seen.clear()
    bench.pursue(videolucy, "what is the second animal?", Budget(calls=5))
    assert bench.server.seen
    assert not any("needs_all" in sent.shape for sent in bench.server.seen)


def test_videolucy_needs_eyes(bench: Bench) -> None:
    meter = Meter(Budget())
    with pytest.raises(ModelMissing):
        videolucy(bench.question(NOTE), bench.steps(meter, sees=False), meter, 6)


def worldmm_on(bench: Bench, text: str) -> WorldMM:
    meter = Meter(Budget())
    question = bench.question(text)
    steps = bench.steps(meter, cached=False)
    return WorldMM(question, steps, meter, Context((), (), videos=(bench.video,)))


def test_facts_name_the_rows_they_were_told_in(bench: Bench) -> None:
    world = worldmm_on(bench, COLLAR)
    rows = world.semantic("the meeting moves to friday")
    assert any(row.text == "the meeting moves to friday" for row in rows)
    assert world.facts and all(fact.rows for fact in world.facts)
    asked = world.meter.llm_calls
    world.semantic("a dog")
    assert world.meter.llm_calls == asked


def test_visual_memory_looks_at_clips_near_the_query_within_the_range(bench: Bench) -> None:
    own = bench.plain
    vectors = own.models.image_encoder.encode_query(["brown dog", "grey wall"])
    for at, vector in zip((45, 100), vectors, strict=True):
        span = Span.of_seconds(at, at + 0.1)
        picture = row(Kind.KEYFRAME, at, at + 0.1, "x")
        own.store.put_memories(
            [
                replace(picture, memory_id=f"k{at}", video_id=bench.video.video_id, span=span,
                        perception_key="p_world", text=None, text_aligned_vector=vector,
                        image_vector=np.ones(own.models.image_encoder.image_dimension,
                                             np.float32)),
            ]
        )  # fmt: skip
    world = worldmm_on(bench, COLLAR)
    found = world.visual("brown dog")
    assert any("brown dog walks" in (r.text or "") for r in found)
    assert {r.span.start // 10_000_000 for r in found} <= {4, 10}
    assert (world.meter.looks, world.meter.vlm_calls) == (2, 2)


def test_what_was_retrieved_is_not_retrieved_again(bench: Bench) -> None:
    world = worldmm_on(bench, COLLAR)
    choice = MemoryReply(decision="search", memory="episodic", query="the dog")
    first, second = world.search(choice), world.search(choice)
    assert 1 <= len(first) <= 3
    assert not {r.memory_id for r in first} & {r.memory_id for r in second}


def fact(subject: str, thing: str) -> Fact:
    return Fact(Triple(subject=subject, predicate="is near", object=thing, rows=[1]), ())


def test_facts_are_ranked_along_what_they_share_with_the_query() -> None:
    facts = [fact("anna", "dog"), fact("dog", "park"), fact("ben", "car"), fact("car", "garage")]
    nearness = np.array([1.0, 0.0, 0.0, 0.0], np.float32)
    ranked = [f.text for f in ranked_facts("anna", facts, nearness)]
    assert ranked[:2] == ["anna is near dog", "dog is near park"]
    assert len(ranked_facts("x", facts * 9, np.ones(36, np.float32))) == FACTS
    assert ranked_facts("x", [], nearness) == []


def test_pagerank_sums_to_one_and_prefers_its_seeds() -> None:
    links = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], float)
    ranks = personalised_pagerank(links, np.array([1.0, 0.0, 0.0]))
    assert ranks.sum() == pytest.approx(1.0)
    assert ranks[0] > ranks[2]
    exact = np.linalg.solve(
        np.eye(3) - 0.85 * (links / links.sum(1, keepdims=True)).T, 0.15 * np.array([1.0, 0, 0])
    )
    assert ranks == pytest.approx(exact, abs=1e-6)


def test_a_range_names_its_video_as_a_day_would(bench: Bench) -> None:
    assert place_in("video 2, 1:05-1:15.5") == (2, Span.of_seconds(65, 75.5))
    assert place_in("26:00:05-26:00:15") == (None, Span.of_seconds(93_605, 93_615))
    assert place_in("the dog at 1:05-1:15") is None and place_in("1:15-1:05") is None
    world = worldmm_on(bench, COLLAR)
    other = replace(bench.video, video_id="v_other")
    world.context = replace(world.context, videos=(bench.video, other))
    assert [s.video_id for s in world._inside(2, Span.of_seconds(60, 80))] == ["v_other"] * 2
    assert len(world._inside(None, Span.of_seconds(60, 80))) == 4
    assert world._inside(3, Span.of_seconds(60, 80)) == []


def test_a_batch_of_captions_that_failed_is_asked_for_again(bench: Bench) -> None:
    bench.server.trouble = Trouble(Fault.ERROR)
    failed = worldmm_on(bench, COLLAR)
    assert failed.semantic("a dog") == []
    bench.server.trouble = None
    again = worldmm_on(bench, COLLAR)
    assert again.semantic("a dog")


STEPS_TAKEN = {
    "backtrail": {"plan", "recall", "answer", "navigate", "look"},
    "retrieval_only": {"plan", "recall", "answer"},
    "single_pass": {"plan", "recall", "answer"},
    "videolucy": {"plan", "recall", "answer", "navigate", "look"},
    "worldmm": {"plan", "recall", "answer", "navigate"},
}


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_runs_its_steps_by_the_chain(bench: Bench, name: str) -> None:
    taken: set[str] = set()

    def noted(step: str) -> Run:
        def run(title: str, call: Callable[[], Any]) -> Any:
            taken.add(step)
            return directly(title, call)

        return run

    chain = Chain(*(noted(f.name) for f in fields(Chain)))
    bench.pursue(STRATEGIES[name], NOTE, chain=chain)
    assert taken >= STEPS_TAKEN[name]
