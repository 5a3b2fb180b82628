"""The real clips with questions, as typed values. Times are spans in microseconds."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memory.records import Span

ROOT = Path(__file__).resolve().parents[3]
CACHE = ROOT / "data" / "cache" / "bench"
RESULTS = ROOT / "data" / "results"


@dataclass(frozen=True)
class Question:
    """A question about one file."""

    question_id: str
    clip_id: str
    text: str
    capability: str
    gold: Span | None
    """Where the answer is seen or heard; None when the file does not hold it."""
    keywords: tuple[tuple[str, ...], ...] = ()
    """An answer must hold an alternative of every group; empty: not scored by words."""


@dataclass(frozen=True)
class Clip:
    """One file and everything that is known of it."""

    clip_id: str
    path: Path
    seconds: float
    has_audio: bool
    description: str
    on_screen: str
    """All text on screen, a line each."""
    speech: str
    source: str
    """Where it comes from; clips of one source may resemble each other."""
    questions: tuple[Question, ...]

    @property
    def told(self) -> str:
        """All words that are known about it, in lower case."""
        return f"{self.description}\n{self.on_screen}\n{self.speech}".lower()


def dev_folder() -> Path:
    """Where the clips lie: `$BACKTRAIL_SHARED/data/video/dev`, or beside the checkout.

    Raises:
        FileNotFoundError: when they are not there.
    """
    shared = Path(os.environ.get("BACKTRAIL_SHARED", ROOT.parent / "shared"))
    folder = shared / "data" / "video" / "dev"
    if not (folder / "INDEX.json").is_file():
        raise FileNotFoundError(f"no clips at {folder}; set BACKTRAIL_SHARED")
    return folder


def load_clips(folder: Path) -> tuple[Clip, ...]:
    """All videos that have questions, in the order of the index."""
    index = json.loads((folder / "INDEX.json").read_text(encoding="utf-8"))
    entries = [e for e in index["entries"] if e["kind"] == "video" and e.get("qa")]
    return tuple(_clip(entry, folder) for entry in entries)


def _clip(entry: Mapping[str, Any], folder: Path) -> Clip:
    return Clip(
        clip_id=entry["id"],
        path=folder / entry["file"],
        seconds=entry["media"]["duration_s"],
        has_audio=entry["media"]["has_audio"],
        description=entry["description"],
        on_screen="\n".join(text["text"] for text in entry["on_screen_text"]),
        speech=entry.get("speech") or "",
        source=entry["origin"]["source"],
        questions=tuple(_question(qa, entry["id"]) for qa in entry["qa"]),
    )


def _question(qa: Mapping[str, Any], clip_id: str) -> Question:
    return Question(
        question_id=qa["id"],
        clip_id=clip_id,
        text=qa["question"],
        capability=qa["capability"],
        gold=Span.of_seconds(qa["start_s"], qa["end_s"]),
        keywords=tuple(tuple(group) for group in qa.get("keywords") or ()),
    )
