"""LoCoMo's dialogues as videos without pictures: other ground, with no constants of its own.

A turn is a row of five seconds, a session a row of a chapter around its turns; a question is asked
in its own conversation, or in all ten at once. Recall is counted over turns.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from agents.evaluate.sets.dialogue_files import Dialogue, read_dialogues
from memory.records import Kind, Level, Memory, Producer, Scope, Span, Video
from tests.benchmarks.quality.clips import dev_folder
from tests.benchmarks.recall.sets import queries, runtime_at

if TYPE_CHECKING:
    from agents.runtime import Runtime
    from memory.retrieve import Query

TURN = 5.0
"""Seconds that a turn is taken to last."""
TENANT = "dialogues"


def dialogues_file() -> Path:
    """LoCoMo's file among the shared data.

    Raises:
        FileNotFoundError: when it is not there.
    """
    path = dev_folder().parents[1] / "text" / "locomo" / "locomo10.json"
    if not path.is_file():
        raise FileNotFoundError(f"no dialogues at {path}")
    return path


@dataclass(frozen=True)
class Turns:
    """A question about a conversation, and the turns that answer it."""

    fold: int
    query: Query
    plain: Query
    """The question as it stands, for plain search."""
    video: str
    gold: frozenset[str]

    def right(self, row: Memory) -> bool:
        """Whether a row is one of the turns."""
        return row.memory_id in self.gold

    def scope(self, everywhere: bool) -> Scope:
        """Its own conversation, or all of them; only turns are listed."""
        return Scope(TENANT, () if everywhere else (self.video,), levels=(Level.SHOT,))


def dialogues(path: Path | None = None) -> tuple[Runtime, list[Turns]]:
    """All conversations, written once into the cache, and their 1,981 questions."""
    runtime = runtime_at("recall", TENANT)
    known = {video.video_id for video in runtime.store.videos(TENANT)}
    asked: list[Turns] = []
    for fold, dialogue in enumerate(read_dialogues(path or dialogues_file())):
        rows, video = rows_of(dialogue), dialogue.name
        if video not in known:
            vectors = runtime.models.text_encoder.encode([row.text or "" for row in rows])
            pairs = zip(rows, vectors, strict=True)
            end = max(row.span.end for row in rows)
            runtime.store.put_memories([replace(row, text_vector=v) for row, v in pairs])
            runtime.store.put_video(Video(video, TENANT, video, (video,), end, 0, {}, "k"))
        asked += _questions(runtime, dialogue, fold)
    runtime.store.optimise()
    return runtime, asked


def rows_of(dialogue: Dialogue) -> list[Memory]:
    """Turns and whole sessions of one conversation, on which the weights are fitted."""
    video, at, rows = dialogue.name, 0, list[Memory]()
    for number, (_, texts) in enumerate(dialogue.sessions, start=1):
        begin = at
        for text in texts:
            rows.append(_row(_name(video, at), video, Level.SHOT, at, at + 1, text))
            at += 1
        name = f"{video}/S{number}"
        rows.append(_row(name, video, Level.CHAPTER, begin, at, " ".join(texts)))
    return rows


def _name(video: str, turn: int) -> str:
    return f"{video}/T{turn}"


def _row(name: str, video: str, level: Level, start: int, end: int, text: str) -> Memory:
    return Memory(
        memory_id=name, tenant=TENANT, video_id=video, perception_key="k", window_id="w",
        node_id="n", level=level, kind=Kind.SPEECH if level is Level.SHOT else Kind.SUMMARY,
        span=Span.of_seconds(start * TURN, end * TURN), text=text, producer=Producer("locomo"),
    )  # fmt: skip


def _questions(runtime: Runtime, dialogue: Dialogue, fold: int) -> list[Turns]:
    video = dialogue.name
    asked = [question for question in dialogue.questions if question.gold]
    made = queries(runtime, [question.text for question in asked])
    return [
        Turns(fold, *both, video, frozenset(_name(video, turn) for turn in question.gold))
        for both, question in zip(made, asked, strict=True)
    ]
