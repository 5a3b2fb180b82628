"""Whatever models do: no crash, no loop, no overspending, no answer without evidence."""

from __future__ import annotations

import time

import pytest

from agents.ask.answer import Status
from agents.ask.verify import verify
from agents.budget import Budget
from tests.agents.ask.conftest import Bench
from tests.simulator.faults import Fault, Trouble

NOTE = "what does the note on the fridge say?"
CHOICES = ("7", "4711", "red", "a plant")


@pytest.mark.parametrize("fault", list(Fault))
@pytest.mark.parametrize("choices", [(), CHOICES], ids=["free", "options"])
def test_every_fault_is_survived(bench: Bench, fault: Fault, choices: tuple[str, ...]) -> None:
    limits = Budget(seconds=1.5 if fault is Fault.STALL else 20, calls=14, tokens=60_000)
    started = time.monotonic()
    out, meter = bench.ask(NOTE, Trouble(fault, seconds=0.01), limits, choices=choices)
    if fault is Fault.STALL:
        out, meter = bench.ask(NOTE, Trouble(fault, seconds=20), limits, choices=choices)
    assert time.monotonic() - started < 15
    assert meter.llm_calls + meter.vlm_calls <= 14
    assert meter.input_tokens + meter.output_tokens <= 60_000
    assert meter.looks <= 6
    assert len(out.trace.rounds) <= 7
    if out.status is Status.ANSWERED:
        assert "4711" in (out.draft.text or "")
        assert verify(out.draft, out.context).proven
    if fault not in (Fault.BRACES, Fault.SAME_SEGMENT, Fault.STALL):
        assert out.status in (Status.ABSTAINED, Status.BUDGET_EXHAUSTED)
        assert out.draft.text is None


@pytest.mark.parametrize("fault", [Fault.ERROR, Fault.TRUNCATED, Fault.RESET, Fault.NULL_CHOICE])
def test_the_trace_tells_what_failed(bench: Bench, fault: Fault) -> None:
    out, _ = bench.ask(NOTE, Trouble(fault), max_looks=2)
    assert any("failed" in note for note in out.plan.notes)
    reasons = " | ".join(entry["reason"] for entry in out.trace.rounds)
    assert "the reader failed" in reasons
    assert "the look failed" in reasons
    assert "navigated by retrieval alone" in reasons


def test_a_failed_look_is_survived_by_the_next_best_branch(bench: Bench) -> None:
    out, meter = bench.ask(NOTE, _OnFirstPicture(bench), max_looks=6)
    assert out.status is Status.ANSWERED
    assert any("the look failed" in entry["reason"] for entry in out.trace.rounds)
    assert meter.looks >= 2


class _OnFirstPicture(Trouble):
    """Breaks the first request with pictures and its repair, and no other."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(Fault.PROSE, times=2)
        self._bench = bench

    def strikes(self) -> bool:
        return bool(self._bench.server.seen[-1].pictures) and super().strikes()


def test_a_model_that_picks_the_same_segment_for_ever_does_not_stop_the_search(
    bench: Bench,
) -> None:
    out, _ = bench.ask(NOTE, Trouble(Fault.SAME_SEGMENT), max_looks=10)
    looked = [str(entry["segment"]) for entry in out.trace.rounds[1:]]
    assert len(looked) == len(set(looked))
    assert out.status is Status.ANSWERED


@pytest.mark.parametrize("calls", range(8))
def test_no_budget_of_calls_is_overspent(bench: Bench, calls: int) -> None:
    out, meter = bench.ask(NOTE, budget=Budget(calls=calls), cached=False)
    assert meter.llm_calls + meter.vlm_calls <= calls
    assert out.status is (Status.ANSWERED if calls >= 6 else Status.BUDGET_EXHAUSTED)


@pytest.mark.parametrize("tokens", [0, 500, 1500, 3000, 6000])
def test_no_budget_of_tokens_is_overspent(bench: Bench, tokens: int) -> None:
    out, meter = bench.ask(NOTE, budget=Budget(tokens=tokens), cached=False)
    assert meter.input_tokens + meter.output_tokens <= tokens
    assert out.status in (Status.BUDGET_EXHAUSTED, Status.ABSTAINED)


def test_a_budget_of_frames_or_looks_holds(bench: Bench) -> None:
    out, meter = bench.ask(NOTE, budget=Budget(frames=10, looks=1))
    assert (meter.looks, out.status) == (1, Status.BUDGET_EXHAUSTED)
    assert meter.frames <= 10
