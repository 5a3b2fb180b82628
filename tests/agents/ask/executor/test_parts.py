"""The parts of the steps by model, each with its own state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from agents.ask.answer import Cited, Context, Draft, Observation
from agents.ask.executor.by_model.answer_cache import AnswerCache
from agents.ask.executor.by_model.follow_up import ASIDES, HOPS, FollowUp
from agents.ask.executor.by_model.history import Failures, Looks
from agents.ask.executor.by_model.read import OBJECTS, Reader, Rereader
from agents.ask.executor.recall import Recall
from agents.ask.plan import Asked, Plan
from agents.ask.planner import rules
from agents.budget import Budget, Meter
from memory.backtrack import Segment
from memory.records import Hit, Kind, Level, Memory, Scope, Span
from tests.agents.ask.conftest import Bench
from tests.rows import row

NOWHERE = Context((), ())


def follow_up(bench: Bench, monkeypatch: pytest.MonkeyPatch, rows: int = 1) -> FollowUp:
    found = [Hit(row(Kind.SPEECH, n, n + 1, f"word {n}"), 1.0) for n in range(rows)]

    def search(self: Recall, text: str, scope: Scope) -> list[Hit]:
        return found

    monkeypatch.setattr(Recall, "search", search)
    recall = Recall(bench.plain.store, bench.plain.models, 5)
    return FollowUp(recall, bench.question("who?"))


def test_what_is_missing_is_searched_for_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = follow_up(bench, monkeypatch)
    missing = Draft(None, missing="the keeper")
    assert own.search(missing, NOWHERE) and own.missing == "the keeper"
    assert not own.search(missing, NOWHERE), "the same words were searched for twice"
    assert not own.search(Draft(None), NOWHERE)
    assert not own.search(replace(missing, missing="another", proven=True), NOWHERE)
    assert len(own.rows) == len(own.hits) == 1


def test_searches_and_what_they_bring_are_bounded(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = follow_up(bench, monkeypatch, rows=ASIDES + 4)
    went_on = [own.search(Draft(None, missing=f"word {n}"), NOWHERE) for n in range(HOPS + 2)]
    assert went_on == [True] * HOPS + [False] * 2
    assert len(own.rows) == ASIDES, "rows that are known are read twice"


def test_rows_of_a_rejected_answer_are_not_read_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    lure, twin = row(Kind.CAPTION, 0, 1, "a red door"), row(Kind.CAPTION, 5, 6, "a red door")
    rest = row(Kind.CAPTION, 9, 10, "the ferry leaves at noon")
    seen: list[list[str]] = []

    def read(self: Reader, rows: Sequence[Memory], context: Context) -> Draft:
        seen.append([row.memory_id for row in rows])
        cited = tuple(Cited(row, row.span) for row in rows[:1])
        return Draft("red", cited, reason=f"{OBJECTS}: no")

    monkeypatch.setattr(Reader, "read", read)
    steps = bench.steps(Meter(Budget()))
    own = Rereader(steps.reader(bench.question("which colour?")))
    plan = rules.plan("which colour is the door?")
    own.read(plan, [lure, twin, rest], NOWHERE)
    assert seen[:2] == [[lure.memory_id, twin.memory_id, rest.memory_id], [rest.memory_id]]
    seen.clear()
    counting = Rereader(own.reader)
    counting.read(replace(plan, asked=Asked.COUNT), [lure, twin, rest], NOWHERE)
    assert len(seen) == 1, "a count needs all of its rows"


def test_failed_looks_are_known_and_each_note_is_told_once() -> None:
    looks, failures = Looks(), Failures()
    at = Segment("v", Level.SHOT, Span(0, 10))
    looks.add(at, Observation((), cached=False, note="no reply"))
    assert (looks.segments, looks.failed) == ({at}, {at})
    failures.add("the look failed")
    assert (failures.take_notes(), failures.take_notes()) == (["the look failed"], [])
    assert failures.happened


def test_kept_answers_stand_for_their_models(bench: Bench) -> None:
    question = bench.question("what does the note say?")
    mine = AnswerCache(bench.cache, bench.plain.store, question, ("reader a",))
    reader = bench.steps(Meter(Budget(calls=0))).reader(question)
    mine.keep_nothing(Draft(None, reason="nothing there"))
    encoder = bench.plain.models.text_encoder
    kept = mine.remembered(reader, encoder)
    assert kept is not None and "nothing there" in kept.reason
    assert replace(mine, answered_by=("reader b",)).remembered(reader, encoder) is None


@pytest.mark.parametrize("handed", [True, False])
def test_a_plan_that_is_handed_over_is_not_made_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, handed: bool
) -> None:
    question = bench.question("what does the note on the fridge say?")
    planned = rules.plan(question.text)
    made: list[str] = []

    def plan(text: str, *, choices: tuple[str, ...] = ()) -> Plan:
        made.append(text)
        return planned

    monkeypatch.setattr(rules, "plan", plan)
    bench.plain = replace(bench.plain, planned=planned if handed else None)
    bench.steps(Meter(Budget())).plan(question)
    bench.plain.plan(question)
    assert len(made) == (0 if handed else 2)
    bench.plain.plan(replace(question, text="who sits at the desk?"))
    assert made[-1] == "who sits at the desk?", "the plan of another question was taken"
