"""Values over time as answers: what holds, what held at a time, how it changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from agents.ask.answer import Context, Question
from agents.ask.executor.embedded import EmbeddedSteps
from agents.ask.executor.recall import Recall
from agents.ask.planner.rules import plan
from agents.ask.reader.facts import read_fact
from agents.ask.reader.read import read
from agents.ask.verify import verify
from agents.models.ports import Models
from agents.runtime import LookParameters, encoder_tags
from memory.lance.store import LanceStore
from memory.organise.organise import organise_video
from memory.organise.parts import ALL_ON
from memory.records import SECOND, Kind, Memory
from tests.agents.ask.conftest import scripted_models
from tests.rows import TENANT, VIDEO, row, speech, video


def shown(at: float, *lines: str) -> Memory:
    return row(Kind.SCREEN_TEXT, at, at + 5, "\n".join(lines))


ROWS = [
    shown(0, "Price: 5 EUR", "Slide 1 of 60"),
    speech(10, 14, "The code of the cellar is kiwi."),
    shown(200, "Price: 7 EUR", "Slide 2 of 60"),
    speech(300, 304, "The code of the cellar is now mango."),
    speech(305, 309, "Kiwi and mango are fruit."),
    shown(400, "Price: 9 EUR", "Slide 3 of 60"),
]


@pytest.fixture(scope="module")
def models() -> Models:
    return scripted_models()


def remembered(folder: Path, models: Models, rows: Sequence[Memory]) -> LanceStore:
    text, image = encoder_tags(models)
    store = LanceStore.open(str(folder), text=text, image=image)
    store.put_video(video(500))
    vectors = models.text_encoder.encode([one.text or "" for one in rows])
    store.put_memories([replace(one, text_vector=v) for one, v in zip(rows, vectors, strict=True)])
    store.optimise()
    organise_video(store, store.video(TENANT, VIDEO), ALL_ON)
    return store


@pytest.fixture
def store(tmp_path: Path, models: Models) -> LanceStore:
    return remembered(tmp_path, models, ROWS)


def recalled(store: LanceStore, models: Models, question: str, *, on: bool = True) -> Context:
    recall = Recall(store, models, 20, tells_facts=on)
    return recall.gather(Question(question, TENANT, (VIDEO,)), plan(question))


@pytest.mark.parametrize(
    ("question", "answer", "at"),
    [
        ("What is the code of the cellar?", '"mango"', 300),
        ("What was the code of the cellar at 2:00?", '"kiwi"', 10),
        ("What was the first code of the cellar?", '"kiwi"', 10),
        ("What was the price at 3:00?", '"5 EUR"', 0),
        ("What was the price at 3:25?", '"7 EUR"', 200),
        ("What is the price?", '"9 EUR"', 400),
        ("Which slide is shown at 4:00?", '"2"', 200),
    ],
)
def test_the_value_that_holds_is_drafted_with_its_moment(
    store: LanceStore, models: Models, question: str, answer: str, at: float
) -> None:
    context = recalled(store, models, question)
    draft = verify(read(plan(question), context), context)
    assert (draft.text, draft.proven) == (answer, True), draft.reason
    assert draft.cited[0].span.start == at * SECOND
    assert "from" in draft.reason
    off = recalled(store, models, question, on=False)
    assert read(plan(question), off).text is None, "without facts nothing here is settled"


def test_validity_tells_until_when_and_what_came_before_and_after(
    store: LanceStore, models: Models
) -> None:
    question = "What was the price at 3:25?"
    draft = read(plan(question), recalled(store, models, question))
    assert draft.reason == ("Price: 7 EUR from 3:20.0 until 6:40.0, then 9 EUR; before that 5 EUR")


def test_how_it_changed_is_told_in_order_and_every_value_is_cited(
    store: LanceStore, models: Models
) -> None:
    question = "How did the price change?"
    context = recalled(store, models, question)
    draft = verify(read(plan(question), context), context)
    assert draft.proven, draft.reason
    assert draft.text == "5 EUR from 0:00.0, then 7 EUR from 3:20.0, then 9 EUR from 6:40.0"
    assert len(draft.cited) == 3


@pytest.mark.parametrize("on", [True, False])
def test_the_newer_value_wins_over_what_is_worded_like_the_question(
    tmp_path: Path, models: Models, on: bool
) -> None:
    rows = [
        speech(10, 14, "The code of Bivorurok is kiwi."),
        speech(300, 304, "Bivorurok's code was changed to mango this week."),
    ]
    store = remembered(tmp_path, models, rows)
    steps = EmbeddedSteps(store, models, LookParameters(), TENANT, tells_facts=on)
    question = Question("What is the code of Bivorurok?", TENANT, (VIDEO,))
    planned = steps.plan(question)
    draft = steps.answer(planned, steps.recall(question, planned))
    assert ("mango" in (draft.text or "")) is on
    assert draft.cited[0].span.start == (300 if on else 10) * SECOND


@pytest.mark.parametrize(
    "question",
    [
        "What is the code of the attic?",
        "What is shown after the price?",
        "Does the price change?",
        "Is the price 5 EUR or 7 EUR?",
        "What is the second price?",
        "What happens in the cellar?",
        "What is the price of the lamp?",
        "Why is the code of the cellar mango?",
    ],
)
def test_other_questions_are_left_to_others(
    store: LanceStore, models: Models, question: str
) -> None:
    context = recalled(store, models, question)
    assert read_fact(plan(question), context.facts, {r.memory_id: r for r in context.rows}) is None


def test_two_values_at_once_are_no_answer(tmp_path: Path, models: Models) -> None:
    rows = [shown(0, "Price: 5 EUR", "Price: 7 EUR")]
    store = remembered(tmp_path, models, rows)
    question = "What is the price?"
    context = recalled(store, models, question)
    by_id = {r.memory_id: r for r in context.rows}
    assert context.facts and read_fact(plan(question), context.facts, by_id) is None


def test_a_view_as_of_a_time_holds_what_was_told_by_then(store: LanceStore, models: Models) -> None:
    question = "What is the code of the cellar?"
    recall = Recall(store.as_of(250 * SECOND), models, 20)
    context = recall.gather(Question(question, TENANT, (VIDEO,)), plan(question))
    draft = read(plan(question), context)
    assert draft.text == '"kiwi"'
