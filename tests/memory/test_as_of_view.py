"""As of a time: nothing later is read, by any way into the store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from memory.as_of import known_at, row_as_of
from memory.errors import UnknownMemory
from memory.lance.store import LanceStore
from memory.records import Hit, Kind, Level, Memory, Producer, Scope, Span
from memory.store import EncoderTag, Store
from tests.rows import KEY, TENANT, VIDEO, row, shots, video

S = 1_000_000
UNIT = np.eye(4, dtype=np.float32)


def vectored(one: Memory, **more: object) -> Memory:
    return replace(one, text_vector=UNIT[0], **more)  # type: ignore[arg-type]


def fact(told: list[tuple[float, float]]) -> Memory:
    sources = [
        {
            "id": f"m_{at}",
            "start": round(at * S),
            "end": round(known * S),
            "known_at": round(known * S),
        }
        for at, known in told
    ]
    first = row(Kind.FACT, *told[0], "the gate is open", details={"sources": sources})
    details = {**first.details, "known_at": sources[0]["end"]}
    return replace(first, details=details, source_ids=tuple(s["id"] for s in sources))  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    own = LanceStore.open(str(tmp_path), text=EncoderTag("e", 4), image=EncoderTag("i", 4, 4))
    own.put_video(video(60))
    own.replace_nodes(TENANT, VIDEO, KEY, shots(0, 8, 25, 60))
    rows = [
        row(Kind.SPEECH, 1, 3, "the gate is red"),
        row(Kind.SPEECH, 9, 11, "the gate turns"),
        row(Kind.SPEECH, 30, 32, "the gate is blue"),
        replace(row(Kind.CAPTION, 0, 10, "a gate of both colours"),
                details={"known_at": 11 * S}),
        replace(row(Kind.SUMMARY, 0, 5, "an old gate"), producer=Producer("composed")),
        fact([(1, 3), (30, 32)]),
    ]  # fmt: skip
    own.put_memories([vectored(one) for one in rows])
    keyframes = [
        replace(row(Kind.KEYFRAME, at, at + 1, "x"), text=None, level=Level.FRAME,
                image_vector=UNIT[1], text_aligned_vector=UNIT[2])
        for at in (2, 40)
    ]  # fmt: skip
    own.put_memories(keyframes)
    yield own


def test_every_read_ends_at_the_time(store: Store) -> None:
    then, scope = store.as_of(10 * S), Scope(TENANT)
    told = {"the gate is red", "the gate is open", None}
    assert {one.text for one in then.memories(scope)} == told
    hits: list[Hit] = [
        *then.search_text("gate", scope, 20),
        *then.search_vector(UNIT[0], scope, 20),
        *then.search_image(UNIT[1], scope, 20),
        *then.search_aligned(UNIT[2], scope, 20),
    ]
    assert {hit.memory.text for hit in hits} == told
    assert all(hit.memory.span.end <= 10 * S for hit in hits)
    assert len(store.memories(scope)) == 8
    assert len(store.search_text("gate", scope, 20)) == 6


def test_later_rows_take_no_places_in_a_search(store: Store) -> None:
    assert [h.memory.text for h in store.as_of(3 * S).search_aligned(UNIT[2], Scope(TENANT), 1)]


def test_a_row_of_a_later_time_cannot_be_had_by_its_id(store: Store) -> None:
    late = next(r for r in store.memories(Scope(TENANT)) if r.text == "the gate is blue")
    assert store.memory(TENANT, late.memory_id)
    with pytest.raises(UnknownMemory):
        store.as_of(10 * S).memory(TENANT, late.memory_id)


def test_videos_and_trees_end_there(store: Store) -> None:
    then = store.as_of(10 * S)
    assert then.video(TENANT, VIDEO).duration == 10 * S
    assert then.videos(TENANT)[0].duration == then.find_video(TENANT, VIDEO).duration == 10 * S
    assert [n.span.seconds for n in then.nodes(TENANT, VIDEO)] == [(0, 8), (8, 10)]
    assert store.as_of(90 * S).video(TENANT, VIDEO).duration == 60 * S


def test_what_was_put_together_is_known_when_its_parts_are(store: Store) -> None:
    def texts(until: int) -> set[str | None]:
        return {one.text for one in store.as_of(until * S).memories(Scope(TENANT))}

    assert "a gate of both colours" not in texts(10)
    assert "a gate of both colours" in texts(11)
    assert "an old gate" not in texts(60), "older rows do not tell what they are made of"


def test_a_fact_is_known_from_its_first_telling_and_loses_later_ones() -> None:
    one = fact([(1, 3), (30, 32)])
    assert known_at(one) == 3 * S
    assert row_as_of(one, 2 * S) is None
    then = row_as_of(one, 10 * S)
    assert then is not None and then.source_ids == ("m_1",)
    assert [s["start"] for s in then.details.get("sources", [])] == [S]
    assert row_as_of(one, None) == one
    assert one.span == Span(S, 3 * S)
