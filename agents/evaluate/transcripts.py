"""Dialogues and books as videos without pictures, by the write path of every other video.

Each turn is a spoken row, each session a chapter that the "file" names; tree, captions, summaries
and what memory takes from rows are made by the end of ingest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.ingest.finish import finish
from agents.ingest.windows import Job
from agents.organise import organise
from agents.perception.records import Chapter, Parameters, Percept, Probe
from agents.perception.rows import embed_texts, written_rows
from agents.runtime import Runtime
from memory.organise.organise import organise_video
from memory.records import (
    SECOND,
    Kind,
    Level,
    Memory,
    Scope,
    Span,
    Video,
    Window,
    WindowStatus,
    content_id,
)

TURN = 5 * SECOND
"""How long a turn is taken to last: the n-th turn begins at n times this."""
KEY = "p_transcript"


@dataclass(frozen=True, slots=True)
class Session:
    """Turns that belong together, and when they were said, as the set writes it."""

    title: str
    turns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Transcript:
    """Everything that was said, in order."""

    name: str
    sessions: tuple[Session, ...]
    recorded_at: str = ""
    """Wall-clock time of the first turn, ISO 8601; empty where nobody knows."""

    @property
    def turns(self) -> list[str]:
        """All turns; their places are what `place_of` tells of rows."""
        return [turn for session in self.sessions for turn in session.turns]


def place_of(row: Memory) -> int:
    """Which turn a spoken row is, from 0."""
    return row.span.start // TURN


def spoken(tenant: str, video_ids: Sequence[str] = ()) -> Scope:
    """The turns, and nothing that was composed of them."""
    return Scope(tenant, tuple(video_ids), kinds=(Kind.SPEECH,), levels=(Level.SHOT,))


def remember(runtime: Runtime, transcript: Transcript) -> Video:
    """Remember a transcript and organise it; done again it changes nothing."""
    turns = transcript.turns
    store, tenant = runtime.store, runtime.spec.tenant
    video_id = content_id("v", tenant, transcript.name, turns)
    length = max(1, len(turns)) * TURN
    place = f"/{transcript.name}.txt"
    video = Video(
        video_id, tenant, video_id, (place,), length, sum(map(len, turns)),
        {"media": "audio", "audio": True}, None, recorded_at=transcript.recorded_at,
    )  # fmt: skip
    window = Window(
        content_id("w", video_id, KEY), tenant, video_id, KEY, 0, Span(0, length), WindowStatus.DONE
    )
    rows = written_rows(_percepts(turns), window, None)
    store.put_video(video)
    store.put_windows([window])
    store.replace_window(window, embed_texts(rows, runtime.models.text_encoder))
    store.mark_window(window)
    probe = Probe(Path(place), "audio", length, 0, chapters=_chapters(transcript))
    job = Job(video, probe, KEY, Parameters(), (window,), {}, complete=False)
    made = finish(store, job, runtime.models)
    organise_video(store, made, runtime.spec.organise)
    return made


def remember_all(runtime: Runtime, transcripts: Sequence[Transcript]) -> None:
    """Remember transcripts, and bring memory into the order in which it is kept."""
    for transcript in transcripts:
        remember(runtime, transcript)
    organise(runtime)
    runtime.store.optimise()


def _percepts(turns: Sequence[str]) -> list[Percept]:
    return [
        Percept(Kind.SPEECH, Level.SHOT, Span(at * TURN, (at + 1) * TURN), text, "transcript")
        for at, text in enumerate(turns)
        if text.strip()
    ]


def _chapters(transcript: Transcript) -> tuple[Chapter, ...]:
    made: list[Chapter] = []
    at = 0
    for session in transcript.sessions:
        end = at + len(session.turns)
        if session.turns:
            made.append(Chapter(Span(at * TURN, end * TURN), session.title))
        at = end
    return tuple(made)
