"""`backtrail search`: hybrid search by words, by a picture, or both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agents.ask.ask import image_vector_of, resolve_videos, time_of
from agents.errors import QuestionError
from agents.ingest.file import remember, silent
from agents.runtime import Runtime
from agents.text.clock import clock_span
from flows.cli.shell import DONE, print_json
from flows.wiring import runtime_of
from memory.records import SECOND, Hit, Kind, Level, Scope, Span
from memory.retrieve import Query, retrieve

What = tuple[str, str | None, list[str], list[str], list[str]]


def run_search(
    what: What,
    times: tuple[float | None, float | None],
    limit: int,
    workspace: str | None,
    as_json: bool,
    as_of: str = "",
) -> int:
    """Search and print the hits; with `as_of`, of what was known by that time of the video."""
    query, image, references, kinds, levels = what
    if not query.strip() and image is None:
        raise QuestionError("there is nothing to search for", "give words, or --image FILE")
    until = time_of(as_of)
    runtime = runtime_of(workspace)
    videos = resolve_videos(runtime, references, lambda path: remember(runtime, path, silent))
    scope = Scope(
        runtime.spec.tenant,
        tuple(video.video_id for video in videos) if references else (),
        tuple(_named(Kind, kind, "kind") for kind in kinds),
        tuple(_named(Level, level, "level") for level in levels),
        _within(times),
    )
    known = runtime.store.as_of(until)
    hits = retrieve(known, _query(runtime, query.strip(), image), scope, limit=limit)
    names = {video.video_id: video.name for video in videos}
    if as_json:
        print_json({"hits": [_json(hit, names) for hit in hits]})
        return DONE
    for hit in hits:
        row = hit.memory
        text = " / ".join((row.text or "a picture").splitlines())[:100]
        where = f"{names.get(row.video_id, row.video_id)} {clock_span(row.span)}"
        print(f"{hit.score:.2f}  {where}  {row.kind} ({row.level}): {text}")
    if not hits:
        print("nothing found")
    return DONE


def _query(runtime: Runtime, text: str, image: str | None) -> Query:
    vector = runtime.models.text_encoder.encode([text])[0] if text else None
    aligned = runtime.models.image_encoder.encode_query([text])[0] if text else None
    picture = image_vector_of(runtime, str(Path(image))) if image else None
    return Query(text=text, text_vector=vector, aligned_vector=aligned, image_vector=picture)


def _within(times: tuple[float | None, float | None]) -> Span | None:
    start, end = times
    if start is None and end is None:
        return None
    last = end if end is not None else 1e9
    if last < (start or 0.0):
        raise QuestionError(f"--to {last:g} lies before --from {start:g}", "swap them")
    return Span(round((start or 0.0) * SECOND), round(last * SECOND))


def _named(words: Any, name: str, what: str) -> Any:  # noqa: ANN401
    try:
        return words(name)
    except ValueError:
        known = ", ".join(str(word) for word in words)
        raise QuestionError(f"there is no {what} {name!r}", f"use one of {known}") from None


def _json(hit: Hit, names: dict[str, str]) -> dict[str, Any]:
    row = hit.memory
    start, end = row.span.seconds
    return {
        "memory_id": row.memory_id,
        "video_id": row.video_id,
        "video": names.get(row.video_id, row.video_id),
        "start": round(start, 3),
        "end": round(end, 3),
        "level": str(row.level),
        "kind": str(row.kind),
        "text": row.text,
        "thumbnail": row.thumbnail,
        "score": round(hit.score, 4),
        "score_parts": {name: round(value, 4) for name, value in hit.parts.items()},
    }
