"""LoCoMo's dialogues as videos without pictures: other ground, with no constants of its own.

A turn is a row of five seconds, a session a row of a chapter around its turns; a question is asked
in its own conversation, or in all ten at once. Recall is counted over turns.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    samples = json.loads((path or dialogues_file()).read_text(encoding="utf-8"))
    runtime = runtime_at("recall", TENANT)
    known = {video.video_id for video in runtime.store.videos(TENANT)}
    asked: list[Turns] = []
    for fold, sample in enumerate(samples):
        rows, video = rows_of(sample), sample["sample_id"]
        if video not in known:
            vectors = runtime.models.text_encoder.encode([row.text or "" for row in rows])
            pairs = zip(rows, vectors, strict=True)
            end = max(row.span.end for row in rows)
            runtime.store.put_memories([replace(row, text_vector=v) for row, v in pairs])
            runtime.store.put_video(Video(video, TENANT, video, (video,), end, 0, {}, "k"))
        turns = frozenset(row.memory_id for row in rows if row.level is Level.SHOT)
        asked += _questions(runtime, sample, fold, turns)
    runtime.store.optimise()
    return runtime, asked


def rows_of(sample: dict[str, Any]) -> list[Memory]:
    """Turns and sessions of one conversation."""
    talk, video, clock, rows = sample["conversation"], sample["sample_id"], 0.0, list[Memory]()
    numbers = sorted(int(k.split("_")[1]) for k in talk if re.fullmatch(r"session_\d+", k))
    for number in numbers:
        begin, texts = clock, [_text(turn) for turn in talk[f"session_{number}"]]
        for turn, text in zip(talk[f"session_{number}"], texts, strict=True):
            name = f"{video}/{turn['dia_id']}"
            rows.append(_row(name, video, Level.SHOT, clock, clock + TURN, text))
            clock += TURN
        name = f"{video}/S{number}"
        rows.append(_row(name, video, Level.CHAPTER, begin, clock, " ".join(texts)))
    return rows


def _text(turn: dict[str, Any]) -> str:
    """What was said, and the caption of the picture that was shown, if any."""
    said = f"{turn['speaker']}: {turn.get('text', '')}"
    return f"{said} {turn['blip_caption']}" if turn.get("blip_caption") else said


def _row(name: str, video: str, level: Level, start: float, end: float, text: str) -> Memory:
    return Memory(
        memory_id=name, tenant=TENANT, video_id=video, perception_key="k", window_id="w",
        node_id="n", level=level, kind=Kind.SPEECH if level is Level.SHOT else Kind.SUMMARY,
        span=Span.of_seconds(start, end), text=text, producer=Producer("locomo"),
    )  # fmt: skip


def _questions(
    runtime: Runtime, sample: dict[str, Any], fold: int, turns: frozenset[str]
) -> list[Turns]:
    video, found = sample["sample_id"], list[tuple[str, frozenset[str]]]()
    for entry in sample["qa"]:
        names = re.findall(r"D\d+:\d+", " ".join(map(str, entry.get("evidence", []))))
        gold = frozenset(f"{video}/{name}" for name in names) & turns
        if gold:
            found.append((entry["question"], gold))
    made = queries(runtime, [text for text, _ in found])
    return [Turns(fold, *q, video, gold) for q, (_, gold) in zip(made, found, strict=True)]
