"""The loop: coarse first, looks only when needed, always ends, stops at its budget."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.ask.answer import Cited, Context, Draft, Observation, Phase, Question, Status
from agents.ask.loop import pursue
from agents.ask.plan import Asked, Plan
from agents.budget import Budget, Meter, parse_budget
from agents.errors import QuestionError
from memory.backtrack import Branch, Move, Segment
from memory.records import Level, Span
from tests.rows import TENANT, VIDEO, context, text

SEEN = text(10, 12, "the door code is 4711")


def segment(start: int) -> Segment:
    return Segment(VIDEO, Level.SHOT, Span(start, start + 10))


@dataclass
class ScriptedSteps:
    """Steps that prove the answer at one segment only, or never."""

    proof_at: Segment | None
    branches: list[Branch]
    looked: list[Segment] = field(default_factory=list)

    def plan(self, question: Question) -> Plan:
        return Plan(question.text, Asked.WRITTEN, ("door", "code"))

    def recall(self, question: Question, plan: Plan) -> Context:
        return context([text(0, 1, "welcome")])

    def answer(self, plan: Plan, context: Context) -> Draft:
        if self.proof_at in self.looked:
            return Draft("4711", (Cited(SEEN, SEEN.span),), 0.9, True, "read")
        return Draft("welcome", (), 0.2, False, "not read yet")

    def conclude(self, plan: Plan, context: Context, draft: Draft) -> Draft:
        return draft

    def navigate(self, plan: Plan, context: Context, at: Segment | None) -> list[Branch]:
        return self.branches if at is None else [Branch(at, 1.0, Move.SIDEWAYS, at)]

    def look(self, plan: Plan, segment: Segment, meter: Meter) -> Observation:
        self.looked.append(segment)
        meter.looks += 1
        meter.frames += 5
        return Observation((SEEN,) if segment == self.proof_at else (), cached=False, frames=5)


def question(**more: object) -> Question:
    return Question("what is the door code?", TENANT, (VIDEO,), **more)  # type: ignore[arg-type]


def branches(*starts: int) -> list[Branch]:
    return [Branch(segment(s), 1.0 - s / 1000, Move.DOWN) for s in starts]


def test_it_goes_down_until_the_answer_is_proven() -> None:
    steps = ScriptedSteps(segment(30), branches(0, 30, 60))
    out = pursue(question(), steps, Meter(Budget()), max_looks=5)
    assert (out.status, out.phase, out.draft.text) == (Status.ANSWERED, Phase.BACKTRACK, "4711")
    assert steps.looked == [segment(0), segment(30)]
    assert [r["move"] for r in out.trace.rounds] == ["recall", "down", "down"]


class RememberingSteps(ScriptedSteps):
    """Steps whose looks become memory: a recall afterwards ranks what they found."""

    def recall(self, question: Question, plan: Plan) -> Context:
        return context([SEEN]) if self.looked else context([text(0, 1, "welcome")])

    def answer(self, plan: Plan, context: Context) -> Draft:
        ranked = any(hit.memory.memory_id == SEEN.memory_id for hit in context.hits)
        return Draft("4711" if ranked else "welcome", (), 0.1 if ranked else 0.2, False, "unsure")


def test_what_a_look_found_is_recalled_and_counts_more_than_what_was_known_before() -> None:
    steps = RememberingSteps(segment(0), branches(0))
    out = pursue(question(must_answer=True), steps, Meter(Budget()), max_looks=1)
    assert out.draft.text == "4711", "surer or not, the later draft has seen more"


def test_a_proven_coarse_answer_looks_at_nothing() -> None:
    steps = ScriptedSteps(None, branches(0))
    steps.proof_at, steps.looked = segment(99), [segment(99)]
    out = pursue(question(), steps, Meter(Budget()), max_looks=5)
    assert (out.status, out.phase, len(steps.looked)) == (Status.ANSWERED, Phase.COARSE, 1)


def test_without_proof_it_abstains_and_guesses_only_on_request() -> None:
    out = pursue(question(), ScriptedSteps(None, branches(0, 1)), Meter(Budget()), max_looks=5)
    assert (out.status, out.draft.text, out.phase) == (Status.ABSTAINED, None, None)
    forced = pursue(
        question(must_answer=True), ScriptedSteps(None, branches(0)), Meter(Budget()), max_looks=5
    )
    assert (forced.status, forced.draft.text) == (Status.FORCED, "welcome")


@pytest.mark.parametrize("limit", ["looks=1", "frames=5"])
def test_a_spent_budget_stops_with_what_is_known(limit: str) -> None:
    steps = ScriptedSteps(segment(60), branches(0, 30, 60))
    out = pursue(question(), steps, Meter(parse_budget(limit)), max_looks=5)
    assert out.status is Status.BUDGET_EXHAUSTED
    assert len(steps.looked) == 1 and "budget" in out.draft.reason


@given(st.lists(st.integers(0, 40), max_size=30), st.integers(0, 10), st.integers(0, 10))
def test_it_ends_never_repeats_a_look_and_keeps_its_limits(
    starts: list[int], max_looks: int, looks: int
) -> None:
    steps = ScriptedSteps(None, branches(*starts))
    pursue(question(), steps, Meter(Budget(looks=looks)), max_looks)
    assert len(steps.looked) == len(set(steps.looked)) <= min(max_looks, looks)


@pytest.mark.parametrize("bad", ["luck=3", "looks=-1", "looks=many"])
def test_a_budget_that_makes_no_sense_is_refused(bad: str) -> None:
    with pytest.raises(QuestionError, match="budget"):
        parse_budget(bad)
