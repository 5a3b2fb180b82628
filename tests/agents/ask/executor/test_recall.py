"""Recall over a real store: what the reader gets for a question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.ask.answer import Question
from agents.ask.executor.recall import Recall, anchored
from agents.ask.planner.rules import plan as understand
from agents.ask.reader.overview import read_overview
from agents.models.ports import Models
from agents.runtime import encoder_tags
from memory.lance.store import LanceStore
from memory.records import Hit, Kind, Level, Span
from memory.store import Store
from tests.agents.ask.conftest import scripted_models
from tests.rows import KEY, TENANT, VIDEO, row, shots, thing, video

ROWS = [thing(0, 6, "dog; animal"), thing(6, 14, "pan; tool"), thing(14, 20, "bird; animal")]


@pytest.fixture(scope="module")
def models() -> Models:
    return scripted_models()


@pytest.fixture
def store(tmp_path: Path, models: Models) -> Store:
    text, image = encoder_tags(models)
    made = LanceStore.open(str(tmp_path), text=text, image=image)
    made.put_video(video(20))
    made.replace_nodes(TENANT, VIDEO, KEY, list(shots(0, 6, 14, 20)))
    vectors = models.text_encoder.encode([row.text or "" for row in ROWS])
    made.put_memories(
        [replace(r, text_vector=np.asarray(v)) for r, v in zip(ROWS, vectors, strict=True)]
    )
    return made


@pytest.mark.parametrize(
    ("question", "shot"),
    [("What is shown after the cut?", (6, 14)), ("What is shown before the first cut?", (0, 6))],
)
def test_a_cut_is_an_event(
    store: Store, models: Models, question: str, shot: tuple[int, int]
) -> None:
    plan = understand(question)
    context = Recall(store, models, 20).gather(Question(question, TENANT, (VIDEO,)), plan)
    assert context.focus == ((VIDEO, Span.of_seconds(*shot)),)


def test_a_question_about_all_is_told_from_the_top_of_the_tree(
    store: Store, models: Models
) -> None:
    scene = replace(thing(0, 6, "Shows: dog."), memory_id="m_scene", kind=Kind.SUMMARY)
    whole = replace(scene, memory_id="m_all", level=Level.VIDEO, span=Span.of_seconds(0, 20))
    vector = np.asarray(models.text_encoder.encode(["Shows: dog."])[0])
    store.put_memories([replace(row, text_vector=vector) for row in (scene, whole)])
    question = "What is this video about?"
    plan = understand(question)
    context = Recall(store, models, 20).gather(Question(question, TENANT, (VIDEO,)), plan)
    draft = read_overview(plan, context)
    assert draft is not None and draft.cited[0].memory.memory_id == "m_all"
    assert draft.likely and not draft.proven, "what matters was never measured"
    other = understand("What is shown after the cut?")
    assert read_overview(other, context) is None


def test_a_change_is_an_event_to_come_after_but_nothing_lasts_while_it_happens() -> None:
    change = row(Kind.CHANGE, 5.5, 6.5, "the picture cuts from a dog to a pan")
    hits = [Hit(change, 2.0), Hit(ROWS[0], 1.0)]
    assert anchored(hits, "a dog")[0].memory is change
    assert [hit.memory for hit in anchored(hits, "a dog", lasting=True)] == [ROWS[0]]
