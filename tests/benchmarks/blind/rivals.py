"""What any number must beat: no looking at all, and plain search over our own rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memory.records import SECOND, Kind, Memory, Scope, Span
from tests.benchmarks.blind.protocol import Ask
from tests.benchmarks.quality import baselines
from tests.benchmarks.questions.items import Item

if TYPE_CHECKING:
    from agents.runtime import Runtime

RANK_CONSTANT = 60
"""Of reciprocal rank fusion (Cormack et al. 2009)."""
DEPTH = 40
SAME = 0.5
"""Rows that share this part of the shorter one are one moment."""
PERCEIVED = (Kind.SCREEN_TEXT, Kind.SPEECH, Kind.OBJECTS)


def middle(seconds: Mapping[str, float]) -> Ask:
    """Always the second in the middle of the clip."""
    return lambda item: baselines.middle(seconds[item.clip])


def whole(seconds: Mapping[str, float]) -> Ask:
    """Always the whole clip."""
    return lambda item: baselines.whole(seconds[item.clip])


def plain_search(
    runtime: Runtime, video_of: Callable[[Item], str], kinds: tuple[Kind, ...] = ()
) -> Ask:
    """BM25 and MiniLM over the rows of ingest, fused by rank; the text of the top row answers.

    Rows that looks of earlier questions left behind are not used. The confidence is the cosine of
    the question and the top row, which is no probability but tells more than none.
    """

    def ask(item: Item) -> dict[str, Any]:
        scope = Scope(runtime.spec.tenant, (video_of(item),), kinds=kinds)
        vector = runtime.models.text_encoder.encode([item.question])[0]
        near = runtime.store.search_vector(vector, scope, DEPTH)
        lists = (runtime.store.search_text(item.question, scope, DEPTH), near)
        scores: dict[str, float] = {}
        rows: dict[str, Memory] = {}
        for hits in lists:
            own = [hit.memory for hit in hits if not hit.memory.is_look and hit.memory.text]
            for rank, row in enumerate(own, start=1):
                rows[row.memory_id] = row
                scores[row.memory_id] = scores.get(row.memory_id, 0) + 1 / (RANK_CONSTANT + rank)
        ranked = sorted(rows.values(), key=lambda row: (-scores[row.memory_id], row.memory_id))
        return _result(distinct(ranked), {hit.memory.memory_id: hit.score for hit in near})

    return ask


def distinct(rows: Sequence[Memory], most: int = 5) -> list[Memory]:
    """The first rows at different moments: a row that shares most of its time is left out."""
    kept: list[Memory] = []
    for row in rows:
        if all(_shared(row, other) < SAME for other in kept):
            kept.append(row)
        if len(kept) == most:
            break
    return kept


def _shared(row: Memory, other: Memory) -> float:
    """The share of the shorter span that lies in the longer; none of two videos."""
    if row.video_id != other.video_id:
        return 0.0
    shorter = min(row.span.length, other.span.length)
    return row.span.overlap(other.span) / max(1, shorter)


def _result(rows: list[Memory], cosines: Mapping[str, float]) -> dict[str, Any]:
    if not rows:
        return {"answer": None, "status": "abstained", "confidence": 0.0, "moments": []}
    cosine = cosines.get(rows[0].memory_id, 0.0)
    return {
        "answer": rows[0].text,
        "status": "answered",
        "confidence": min(1.0, max(0.0, cosine)),
        "moments": [_moment(row.span) for row in rows],
    }


def _moment(span: Span) -> dict[str, float]:
    return {"start": span.start / SECOND, "end": span.end / SECOND}


def videos_by_clip(runtime: Runtime, paths: Mapping[str, Path]) -> dict[str, str]:
    """The video id of each clip; those that are not remembered yet are ingested now."""
    from agents.ingest.file import ingest_file

    found: dict[str, str] = {}
    for clip, path in paths.items():
        report = ingest_file(runtime, path, lambda *_: None)
        assert report.video is not None, report.error
        found[clip] = report.video.video_id
    return found
