"""What is kept of a question comes back as it was, also from records of earlier versions."""

from __future__ import annotations

import json
from dataclasses import replace

from agents.ask.answer import Phase, Result, Status
from agents.ask.plan import Anchor, Relation
from agents.ask.planner.rules import plan
from agents.ask.result.evidence import ClosestMoment, Evidence, Source
from agents.ask.result.run_record import record_of, result_from
from memory.records import Kind, Level, Span

FACT = Evidence(
    *("m_1", "v_1", "quay.mp4", 1.0, 2.5),
    level=Level.VIDEO,
    kind=Kind.FACT,
    text="cranes are green",
    thumbnail=None,
    sources=(Source("m_2", Kind.SPEECH, 1.0, 2.5),),
)
NEAR = ClosestMoment(
    *("m_3", "v_1", "quay.mp4", 4.0, 5.0),
    level=Level.SHOT,
    kind=Kind.SCREEN_TEXT,
    text="Crane 7",
    thumbnail="aa/b.jpg",
    score=0.5,
    probability=0.25,
    why="there: crane; not there: colour",
)
QUESTION = "Which colour has the crane after 0:05?"
PLAN = plan(QUESTION)
RESULT = Result(
    question=QUESTION,
    plan=PLAN,
    status=Status.ANSWERED,
    answer="green",
    choice=None,
    confidence=0.875,
    phase=Phase.BACKTRACK,
    evidence=(FACT,),
    moments=(NEAR,),
    usage={"looks": 1},
    rounds=({"number": 1, "segment": None},),
    reason="read",
    searched="2 memories",
    models={"planner": "rules"},
    run_id="r_1",
)


def test_a_result_comes_back_as_it_was() -> None:
    assert PLAN.anchor is not None and PLAN.anchor.relation is Relation.AFTER
    assert isinstance(PLAN.anchor, Anchor) and isinstance(PLAN.anchor.span, Span)
    assert result_from(json.loads(json.dumps(record_of(RESULT)))) == RESULT


def test_a_record_without_a_plan_is_planned_by_rules() -> None:
    old = json.loads(json.dumps(RESULT.to_json()))
    assert "plan" not in RESULT.to_json()
    assert result_from(old) == RESULT


def test_a_record_without_moments_has_none() -> None:
    old = RESULT.to_json()
    del old["moments"]
    assert result_from(json.loads(json.dumps(old))) == replace(RESULT, moments=())


def test_moments_tell_more_than_evidence_in_the_same_object() -> None:
    told = json.loads(json.dumps(NEAR.to_json()))
    assert set(told) - set(replace(FACT, kind=Kind.SPEECH).to_json()) == {
        *("score", "probability", "why", "shows", "points", "score_parts")
    }
    assert ClosestMoment.from_json(told) == NEAR
