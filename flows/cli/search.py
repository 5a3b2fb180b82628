"""`backtrail search`: hybrid search by words, by a picture, or both."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agents.ask.ask import Remember, image_vector_of, refuse_long, resolve_videos, time_of
from agents.ask.search import Moment, find_moments
from agents.ask.when import nothing_from
from agents.errors import QuestionError
from agents.runtime import Runtime
from agents.text.clock import clock_span
from flows.cli.memory.verbs import wall_range
from flows.cli.shell import DONE, print_json
from flows.output.terminal import say
from flows.wiring import runtime_of
from memory.organise.verbs import videos_within
from memory.records import Hit, Kind, Level, Scope, Span, Video
from memory.retrieve import Query

LAST = 10**15
"""Microseconds after which no video goes on."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a user typed: what to search for, and where."""

    text: str = ""
    image: str | None = None
    """Path of an example picture."""
    videos: tuple[str, ...] = ()
    """Ids, names or paths; empty for all of the workspace."""
    kinds: tuple[str, ...] = ()
    levels: tuple[str, ...] = ()
    start: str = ""
    """Time before which nothing is wanted, as typed; empty for none. So `end` and `as_of`."""
    end: str = ""
    as_of: str = ""
    when: str = ""
    """Wall-clock time, in words or as a date: only videos that were recorded then."""
    limit: int = 10
    why: bool = False
    """Whether the parts of each score are printed."""


def _remember(runtime: Runtime, path: Path) -> Video:
    # what ingests loads a decoder, which a search of what is remembered does without
    from agents.ingest.file import remember, silent

    return remember(runtime, path, silent)


def run_search(wanted: Wanted, workspace: str | None, as_json: bool) -> int:
    """Search and print the hits."""
    runtime = runtime_of(workspace)
    found, names = search(runtime, wanted, lambda path: _remember(runtime, path))
    if as_json:
        print_json({"hits": [hit_json(moment, names) for moment in found]})
        return DONE
    for moment in found:
        _print(moment, names, runtime)
        if wanted.why:
            say(f"      {score_line(moment.hit)}")
    if not found:
        say("nothing found")
    return DONE


def search(
    runtime: Runtime, wanted: Wanted, remember: Remember
) -> tuple[list[Moment], dict[str, str]]:
    """The moments that are wanted, best first, and the names of the videos.

    Raises:
        QuestionError: nothing is searched for, or a time, a kind or a level is none.
        UnknownVideo: a video is named that is neither known nor a file, or the store is empty.
    """
    if not wanted.text.strip() and wanted.image is None:
        raise QuestionError("there is nothing to search for", "give words, or --image FILE")
    refuse_long(wanted.text)
    until, within = time_of(wanted.as_of), _within(wanted)
    videos = resolve_videos(runtime, wanted.videos, remember)
    if wanted.when:
        videos = recorded_within(videos, wanted.when)
    is_all = (
        not wanted.videos
        and not wanted.when
        and not any(video.is_replaced for video in runtime.store.videos(runtime.spec.tenant))
    )
    scope = Scope(
        runtime.spec.tenant,
        () if is_all else tuple(video.video_id for video in videos),
        tuple(_named(Kind, kind, "kind") for kind in wanted.kinds),
        tuple(_named(Level, level, "level") for level in wanted.levels),
        within,
    )
    known = replace(runtime, store=runtime.store.as_of(until))
    found = find_moments(known, _query(runtime, wanted), scope, wanted.limit)
    return list(found), {video.video_id: video.name for video in videos}


def recorded_within(videos: list[Video], when: str) -> list[Video]:
    """The videos that were recorded in the time that words mean.

    Raises:
        QuestionError: none was, or the words mean no time.
    """
    found = wall_range(when)
    kept = videos if found is None else videos_within(videos, found)
    if not kept:
        raise QuestionError(*nothing_from(when, videos))
    return kept


def _print(moment: Moment, names: dict[str, str], runtime: Runtime) -> None:
    """Two lines: what and where, then its id and picture."""
    row = moment.hit.memory
    text = " / ".join((moment.text or "a picture").splitlines())[:100]
    kinds = dict.fromkeys(str(one.kind) for one in (row, *moment.joined))
    where = f"{names.get(row.video_id, row.video_id)} {clock_span(moment.extent)}"
    say(f"{moment.hit.score:.2f}  {where}  {', '.join(kinds)}: {text}")
    folder = runtime.store.thumbnails
    picture = f"  picture: {folder / moment.picture}" if folder and moment.picture else ""
    say(f"      {row.memory_id}{picture}")


def score_line(hit: Hit) -> str:
    """The parts of a score, which add up to it, the largest first."""
    parts = sorted(hit.parts.items(), key=lambda each: (-each[1], each[0]))
    return " + ".join(f"{name} {value:.2f}" for name, value in parts) + f" = {hit.score:.2f}"


def _query(runtime: Runtime, wanted: Wanted) -> Query:
    text = wanted.text.strip()
    vector = runtime.models.text_encoder.encode([text])[0] if text else None
    aligned = runtime.models.image_encoder.encode_query([text])[0] if text else None
    picture = image_vector_of(runtime, wanted.image)
    return Query(text=text, text_vector=vector, aligned_vector=aligned, image_vector=picture)


def _within(wanted: Wanted) -> Span | None:
    if not wanted.start and not wanted.end:
        return None
    start, end = _time(wanted.start, 0), _time(wanted.end, LAST)
    if end < start:
        said = f"--to {wanted.end} lies before --from {wanted.start}"
        raise QuestionError(said, "swap them")
    return Span(start, end)


def _time(text: str, otherwise: int) -> int:
    """A time as typed, in microseconds; the very start has no time after it, but is one."""
    if not text.strip(" 0:."):
        return 0 if text else otherwise
    found = time_of(text)
    return otherwise if found is None else found


def _named(words: Any, name: str, what: str) -> Any:  # noqa: ANN401
    try:
        return words(name)
    except ValueError:
        known = ", ".join(str(word) for word in words)
        raise QuestionError(f"there is no {what} {name!r}", f"use one of {known}") from None


def hit_json(moment: Moment, names: dict[str, str]) -> dict[str, Any]:
    """The documented object of a hit."""
    hit, row = moment.hit, moment.hit.memory
    start, end = row.span.seconds
    voice = {"voice": row.voice} if row.voice else {}
    return {
        "memory_id": row.memory_id,
        "video_id": row.video_id,
        "video": names.get(row.video_id, row.video_id),
        "start": round(start, 3),
        "end": round(end, 3),
        "level": str(row.level),
        "kind": str(row.kind),
        "text": moment.text,
        **voice,
        "thumbnail": moment.picture,
        "score": round(hit.score, 4),
        "score_parts": {name: round(value, 4) for name, value in hit.parts.items()},
        "joined": [other.memory_id for other in moment.joined],
    }
