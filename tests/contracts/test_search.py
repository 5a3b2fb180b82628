"""What every store's searches must do: filters before ranking, tenants apart, true scores."""

from __future__ import annotations

import pytest

from memory.records import (
    Kind,
    Level,
    Scope,
    Span,
)
from memory.store import Store
from tests.store_rows import (
    TENANT,
    active,
    axis,
    frame,
    row,
)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        (Scope(TENANT), {"shot", "scene", "speech", "second"}),
        (Scope(TENANT, video_ids=("v2",)), {"second"}),
        (Scope(TENANT, kinds=(Kind.SPEECH,)), {"speech"}),
        (Scope(TENANT, levels=(Level.SCENE,)), {"scene"}),
        (Scope(TENANT, within=Span.of_seconds(20, 25)), {"scene", "speech"}),
        (Scope(TENANT, within=Span.of_seconds(10, 10)), {"scene", "shot"}),
        (Scope(TENANT, within=Span.of_seconds(12, 20)), {"scene"}),
        (Scope(TENANT, video_ids=("' OR '1'='1",)), set()),
        (Scope("' OR 1=1 --"), set()),
    ],
)
def test_filters_come_before_ranking(store: Store, scope: Scope, expected: set[str]) -> None:
    active(store)
    active(store, "v2")
    store.put_memories(
        [
            row("dog shot", 10, 12, vector=axis(0, 64)),
            row("dog scene", 0, 30, level=Level.SCENE, vector=axis(0, 64)),
            row("dog speech", 20, 21, kind=Kind.SPEECH, vector=axis(0, 64)),
            row("dog second", 50, 51, video="v2", vector=axis(0, 64)),
            # Better matches of another tenant: filtered afterwards, they would crowd out ours.
            *(row("dog dog", n, n + 1, tenant="b", vector=axis(0, 64)) for n in range(40)),
        ]
    )
    active(store, tenant="b")
    answers = (
        store.memories(scope),
        [hit.memory for hit in store.search_text("dogs", scope, 4)],
        [hit.memory for hit in store.search_vector(axis(0, 64), scope, 4)],
    )
    for found in answers:
        assert {(one.text or "").split()[1] for one in found} == expected
        assert {one.tenant for one in found} <= {TENANT}


def test_a_tenant_is_mandatory(store: Store) -> None:
    active(store)
    with pytest.raises(ValueError, match="tenant"):
        store.memories(Scope(""))
    with pytest.raises(ValueError, match="tenant"):
        store.videos("")


def test_full_text_knows_word_stems_and_skips_stop_words(store: Store) -> None:
    active(store)
    store.put_memories([row("two dogs were running"), row("the cat and the hat", 1, 2)])
    found = store.search_text("the dog runs", Scope(TENANT), 9)
    assert [hit.memory.text for hit in found] == ["two dogs were running"]
    assert found[0].parts == {"text": found[0].score} and found[0].score > 0
    for nothing in ("the", "", "  ", "?!", '"'):
        assert store.search_text(nothing, Scope(TENANT), 9) == []
    odd = store.search_text('dog" OR (cat) +hat -text:[', Scope(TENANT), 9)
    assert len(odd) == 2
    store.optimise()
    assert store.search_text("the dog runs", Scope(TENANT), 9)[0].memory == found[0].memory


def test_vector_scores_are_cosine_similarities(store: Store) -> None:
    active(store)
    diagonal = 3 * (axis(0, 64) + axis(1, 64))
    store.put_memories([row("a", vector=axis(0, 64)), row("b", vector=diagonal),
                        row("c", vector=axis(2, 64))])  # fmt: skip
    found = store.search_vector(axis(0, 64), Scope(TENANT), 9)
    assert [hit.memory.text for hit in found] == ["a", "b", "c"]
    assert [hit.score for hit in found] == pytest.approx([1, 0.5**0.5, 0], abs=1e-5)
    assert found[0].parts == {"vector": found[0].score}


def test_keyframes_are_found_by_picture_and_by_words(store: Store) -> None:
    active(store)
    first, second = frame(0, axis(0, 48), axis(1, 32)), frame(5, axis(1, 48), axis(0, 32))
    store.put_memories([first, second, row("a dog", vector=axis(0, 64))])
    scope = Scope(TENANT)
    assert store.search_image(axis(0, 48), scope, 1)[0].memory == first
    assert store.search_aligned(axis(0, 32), scope, 1)[0].memory == second
    assert set(store.search_aligned(axis(0, 32), scope, 1)[0].parts) == {"aligned"}
    only_text = Scope(TENANT, kinds=(Kind.CAPTION,))
    assert store.search_image(axis(0, 48), only_text, 9) == []
    assert store.memories(Scope(TENANT, kinds=(Kind.KEYFRAME,))) == [first, second]
