"""Recall over a real store: what the reader gets for a question."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lancedb.table import LanceTable

from agents.ask.answer import Question
from agents.ask.asked import NAMED, asked_videos
from agents.ask.executor.anchors import anchored
from agents.ask.executor.recall import Recall
from agents.ask.planner.rules import plan as understand
from agents.ask.reader.overview import read_overview
from agents.models.ports import Models
from agents.runtime import encoder_tags
from memory.errors import UnknownVideo
from memory.lance import rows as columns
from memory.lance import write
from memory.lance.schema import Role
from memory.lance.store import LanceStore
from memory.records import SECOND, Hit, Kind, Level, Memory, Scope, Span
from memory.store import Store
from tests.agents.ask.conftest import scripted_models
from tests.rows import KEY, TENANT, VIDEO, row, shots, speech, text, thing, video

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


@pytest.mark.parametrize(
    ("question", "within", "told"),
    [
        ("What is this video about?", None, "m_all"),
        ("What is shown?", None, "m_all"),
        ("What is in this video?", None, "m_all"),
        ("What is shown?", (0, 7), "m_scene"),
    ],
)
def test_a_question_about_all_is_told_from_the_top_of_the_tree(
    store: Store, models: Models, question: str, within: tuple[int, int] | None, told: str
) -> None:
    scene = replace(thing(0, 6, "Shows: dog."), memory_id="m_scene", kind=Kind.SUMMARY)
    whole = replace(scene, memory_id="m_all", level=Level.VIDEO, span=Span.of_seconds(0, 20))
    vector = np.asarray(models.text_encoder.encode(["Shows: dog."])[0])
    store.put_memories([replace(row, text_vector=vector) for row in (scene, whole)])
    plan = understand(question)
    asked = Question(
        question, TENANT, (VIDEO,), within=Span.of_seconds(*within) if within else None
    )
    context = Recall(store, models, 20).gather(asked, plan)
    draft = read_overview(plan, context)
    assert draft is not None and draft.cited[0].memory.memory_id == told
    assert draft.likely and not draft.proven, "what matters was never measured"
    other = understand("What is shown after the cut?")
    assert read_overview(other, context) is None


def test_a_change_is_an_event_to_come_after_but_nothing_lasts_while_it_happens() -> None:
    change = row(Kind.CHANGE, 5.5, 6.5, "the picture cuts from a dog to a pan")
    hits = [Hit(change, 2.0), Hit(ROWS[0], 1.0)]
    assert anchored(hits, "a dog")[0].memory is change
    assert [hit.memory for hit in anchored(hits, "a dog", lasting=True)] == [ROWS[0]]


def library(path: Path, models: Models, count: int) -> LanceStore:
    """So many videos of 400 s, each with the same few rows at its beginning, in three commits."""
    text_tag, image_tag = encoder_tags(models)
    store = LanceStore.open(str(path), text=text_tag, image=image_tag)
    rows = [*ROWS, speech(20, 24, "the launch is announced"), text(25, 30, "Room 12")]
    vectors = models.text_encoder.encode([row.text or "" for row in rows])
    known = [replace(r, text_vector=np.asarray(v)) for r, v in zip(rows, vectors, strict=True)]
    ids = [f"v_{number:03}" for number in range(count)]
    films = [replace(video(400), video_id=name, paths=(f"/{name}.mp4",)) for name in ids]
    write.put(store.db, Role.VIDEOS, [columns.video_row(film) for film in films])
    tree = [
        replace(node, video_id=name, node_id=f"{name}{node.node_id}")
        for name in ids
        for node in shots(0, 6, 14, 20, 400)
    ]
    write.put(store.db, Role.NODES, [columns.node_row(node) for node in tree])
    store.put_memories(
        [replace(r, video_id=name, memory_id=f"{name}{r.memory_id}") for name in ids for r in known]
    )
    return store


@pytest.mark.parametrize(
    "question",
    [
        "Which room is written on the sign?",
        "Which room is written after the launch is announced?",
        "Which dog is shown at 5 seconds?",
        "Is the animal a dog or a bird?",
    ],
)
def test_twice_the_videos_take_as_many_queries(
    tmp_path: Path, models: Models, question: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No step of recall asks the store video by video."""
    asked: list[str] = []
    real = LanceTable.search

    def search(self: LanceTable, *more: object, **named: object) -> object:
        asked.append(self.name)
        return real(self, *more, **named)  # type: ignore[arg-type]  # pyright: ignore

    monkeypatch.setattr(LanceTable, "search", search)
    counts: list[int] = []
    for count in (220, 440):
        store = library(tmp_path / str(count), models, count)
        ids = tuple(one.video_id for one in store.videos(TENANT))
        plan = understand(question)
        Recall(store, models, 40).gather(Question(question, TENANT, ids), plan)  # fills caches
        asked.clear()
        context = Recall(store, models, 40).gather(Question(question, TENANT, ids), plan)
        assert context.rows and len(context.videos) == count
        counts.append(len(asked))
    assert counts[0] == counts[1] < 50


def test_a_scope_of_nearly_all_videos_names_those_that_are_left_out(
    tmp_path: Path, models: Models
) -> None:
    store = library(tmp_path, models, NAMED + 2)
    ids = [one.video_id for one in store.videos(TENANT)]
    videos, scope = asked_videos(store, TENANT, ids[1:])
    assert [one.video_id for one in videos] == ids[1:]
    assert scope == Scope(TENANT, without=(ids[0],))
    assert asked_videos(store, TENANT, ids[:2])[1] == Scope(TENANT, tuple(ids[:2]))
    with pytest.raises(UnknownVideo):
        asked_videos(store, TENANT, ("nobody",))


def voiced(at: int, voice: str, words: str) -> Memory:
    return row(Kind.SPEECH, at, at + 4, words, details={"voice": voice} if voice else {})


def conversation(path: Path, models: Models, *rows: Memory) -> LanceStore:
    text_tag, image_tag = encoder_tags(models)
    store = LanceStore.open(str(path), text=text_tag, image=image_tag)
    store.put_video(video(60))
    vectors = models.text_encoder.encode([one.text or "" for one in rows])
    store.put_memories(
        [replace(r, text_vector=np.asarray(v)) for r, v in zip(rows, vectors, strict=True)]
    )
    return store


TALK = (
    ("A", "the budget is far too small"),
    ("B", "the budget is large enough"),
    ("A", "we need a new budget"),
    ("C", "let us vote on the budget"),
)


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ("the second speaker", {1}),
        ("voice A", {0, 2}),
        ("the other voice", {1, 3}),
        ("the last speaker", {3}),
        ("the fifth speaker", set[int]()),
        ("the speaker", {0, 1, 2, 3}),
    ],
)
def test_what_a_voice_says_is_told_from_its_rows(
    tmp_path: Path, models: Models, who: str, told: set[int]
) -> None:
    rows = [voiced(10 * n, voice, words) for n, (voice, words) in enumerate(TALK)]
    store = conversation(tmp_path, models, *rows, text(0, 40, "Budget 2026"))
    asked = f"What does {who} say about the budget?"
    plan = understand(asked)
    context = Recall(store, models, 20).gather(Question(asked, TENANT, (VIDEO,)), plan)
    wanted = {TALK[n][1] for n in told}
    spoken = {r.text for r in context.rows if r.kind is Kind.SPEECH}
    assert spoken == wanted
    assert {h.memory.text for h in context.hits if h.memory.kind is Kind.SPEECH} == wanted
    if plan.voice is not None:
        assert spoken == {r.text for r in context.rows}, "only what is said is asked for"
    assert ("no such voice" in context.note) == (not told)


def test_what_is_shown_meanwhile_is_told_too_but_not_what_others_say(
    tmp_path: Path, models: Models
) -> None:
    rows = [voiced(10 * n, voice, words) for n, (voice, words) in enumerate(TALK)]
    store = conversation(tmp_path, models, *rows, text(10, 13, "Slide 7"), text(30, 33, "Slide 9"))
    asked = "Which slide does voice B show?"
    context = Recall(store, models, 20).gather(Question(asked, TENANT, (VIDEO,)), understand(asked))
    assert {row.text for row in context.rows} == {TALK[1][1], "Slide 7"}


def test_where_nobody_told_voices_apart_all_that_is_said_may_be_meant(
    tmp_path: Path, models: Models
) -> None:
    store = conversation(tmp_path, models, voiced(0, "", "the budget is small"))
    asked = "What does the second speaker say about the budget?"
    context = Recall(store, models, 20).gather(Question(asked, TENANT, (VIDEO,)), understand(asked))
    assert len(context.rows) == 1 and "nobody told voices apart" in context.note


def test_an_event_that_may_have_been_twice_gives_two_candidates(
    tmp_path: Path, models: Models
) -> None:
    """The answer stands beside the weaker one of two events; searching beside one only loses it."""
    text_tag, image_tag = encoder_tags(models)
    store = LanceStore.open(str(tmp_path), text=text_tag, image=image_tag)
    store.put_video(video(400))
    rows: list[Memory] = [
        speech(20, 24, "the launch is announced"),
        text(26, 30, "Welcome"),
        speech(200, 206, "now at last the launch is announced to the press"),
        text(208, 214, "Ticket 7341"),
        row(Kind.SCREEN_TEXT, 350, 355, "Ticket 9999"),
    ]
    vectors = models.text_encoder.encode([one.text or "" for one in rows])
    store.put_memories(
        [replace(r, text_vector=np.asarray(v)) for r, v in zip(rows, vectors, strict=True)]
    )
    asked = "Which ticket is shown after the launch is announced?"
    plan = understand(asked)
    context = Recall(store, models, 40).gather(Question(asked, TENANT, (VIDEO,)), plan)
    found = [hit for hit in context.hits if "anchor" in hit.parts]
    assert {hit.memory.text for hit in found} >= {"Ticket 7341"}
    assert context.focus == ((VIDEO, Span(24 * SECOND, 44 * SECOND)),)
    assert not any(hit.memory.text == "Ticket 9999" for hit in context.hits)
