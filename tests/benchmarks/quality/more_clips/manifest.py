"""The list of clips and their questions, as typed values. Times are in the clip's own clock."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from memory.records import Span
from tests.benchmarks.quality.clips import ROOT, Clip, Question

Part = Literal["fit", "blind"]
QUALITY = Path(__file__).resolve().parents[1]
MANIFEST = QUALITY / "more_clips.toml"
FOLDER = ROOT / "data" / "cache" / "more_clips"
PARTS: tuple[Part, ...] = ("fit", "blind")


@dataclass(frozen=True)
class Package:
    """A package of one registry in one version."""

    registry: str
    """`pypi`, `npm` or `debian`."""
    name: str
    version: str
    binary: bool
    """Whether PyPI's wheel is meant, not its archive of sources; of no meaning elsewhere."""

    @property
    def label(self) -> str:
        """Name of its folder in the cache."""
        return f"{self.registry}_{self.name.replace('/', '_')}_{self.version.replace(':', '_')}"


@dataclass(frozen=True)
class Entry:
    """One clip: where its file lies in which package, and what is known of it."""

    clip_id: str
    package: Package
    path: str
    """Of the file inside the package."""
    sha256: str
    """Of the file inside the package, before anything is cut."""
    cut: tuple[float, float] | None
    """Seconds of the file that are used; None: all of it, unchanged."""
    seconds: float
    has_audio: bool
    source: str
    part: Part
    description: str
    on_screen: str
    speech: str

    def file(self, folder: Path = FOLDER) -> Path:
        """Where the clip lies once it has been fetched."""
        suffix = ".mp4" if self.cut else Path(self.path).suffix.lower()
        return folder / self.part / f"{self.clip_id}{suffix}"


def part_of(source: str, sources: Iterable[str]) -> Part:
    """The part of an origin: in the order of their names' digests, every other one is blind."""
    ranked = sorted(set(sources), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return PARTS[ranked.index(source) % 2]


def load_entries(part: Part | None = None) -> tuple[Entry, ...]:
    """The clips of the list, of one part or of both, in the order of the list."""
    listed = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["clips"]
    entries = [_entry(row) for row in listed]
    return tuple(entry for entry in entries if part in (None, entry.part))


def load_questions(part: Part) -> tuple[Question, ...]:
    """All questions of one part; `gold` is None where the clip does not hold the answer."""
    path = QUALITY / f"more_questions_{part}.toml"
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["questions"]
    numbers: dict[str, int] = {}
    questions: list[Question] = []
    for row in rows:
        numbers[row["clip"]] = numbers.get(row["clip"], 0) + 1
        questions.append(_question(row, numbers[row["clip"]]))
    return tuple(questions)


def load_more_clips(part: Part, folder: Path = FOLDER) -> list[Clip]:
    """The clips of one part that were fetched, with their questions.

    Raises:
        FileNotFoundError: when none of them was.
    """
    here = [entry for entry in load_entries(part) if entry.file(folder).is_file()]
    if not here:
        raise FileNotFoundError(
            f"no clips at {folder / part}; run python -m tests.benchmarks.quality.more_clips"
        )
    questions = load_questions(part)
    return [_clip(entry, folder, questions) for entry in here]


def _clip(entry: Entry, folder: Path, questions: Iterable[Question]) -> Clip:
    return Clip(
        clip_id=entry.clip_id,
        path=entry.file(folder),
        seconds=entry.seconds,
        has_audio=entry.has_audio,
        description=entry.description,
        on_screen=entry.on_screen,
        speech=entry.speech,
        source=entry.source,
        questions=tuple(item for item in questions if item.clip_id == entry.clip_id),
    )


def _entry(row: Mapping[str, Any]) -> Entry:
    package = Package(
        row["registry"], row["package"], row["version"], row.get("form", "wheel") == "wheel"
    )
    return Entry(
        clip_id=row["id"],
        package=package,
        path=row["path"],
        sha256=row["sha256"],
        cut=(row["start_s"], row["end_s"]) if "start_s" in row else None,
        seconds=row["seconds"],
        has_audio=row["has_audio"],
        source=row["source"],
        part=row["part"],
        description=row["description"],
        on_screen="\n".join(row["on_screen"]),
        speech=row.get("speech", ""),
    )


def _question(row: Mapping[str, Any], number: int) -> Question:
    return Question(
        question_id=f"{row['clip']}_m{number}",
        clip_id=row["clip"],
        text=row["ask"],
        capability=row["capability"],
        gold=Span.of_seconds(row["start_s"], row["end_s"]) if "start_s" in row else None,
        keywords=tuple(tuple(group) for group in row.get("keywords", ())),
    )
