"""Models in the loop: they see only what is sent, and prove what they say."""

from __future__ import annotations

import pytest

from agents.ask.answer import Phase, Status
from memory.records import Kind
from tests.agents.ask.conftest import Bench


def test_the_coarse_memory_answers_without_a_look(bench: Bench) -> None:
    out, meter = bench.ask("what stands by the door?")
    assert (out.status, out.phase, out.draft.text) == (
        Status.ANSWERED,
        Phase.COARSE,
        "a tall plant",
    )
    assert (meter.looks, meter.vlm_calls, meter.llm_calls) == (0, 0, 3)


def test_speech_answers_what_was_said(bench: Bench) -> None:
    out, _ = bench.ask("which day is the meeting?")
    assert (out.status, out.draft.text) == (Status.ANSWERED, "friday")
    assert out.draft.cited[0].memory.kind is Kind.SPEECH


@pytest.mark.parametrize(
    ("text", "answer", "at", "looks"),
    [
        ("what does the note on the fridge say?", "4711", (74.2, 76.6), 4),
        ("which colour is the collar of the dog?", "red", (46.0, 49.0), 4),
        ("how often does the guard at the gate wink?", "twice", (103.1, 103.6), 14),
    ],
)
def test_a_look_finds_what_only_shows_closely(
    bench: Bench, text: str, answer: str, at: tuple[float, float], looks: int
) -> None:
    out, meter = bench.ask(text, max_looks=looks)
    assert (out.status, out.phase, out.draft.text) == (Status.ANSWERED, Phase.BACKTRACK, answer)
    start, end = out.draft.cited[0].span.seconds
    assert abs(start - at[0]) <= 1 and abs(end - at[1]) <= 1
    assert meter.looks <= looks
