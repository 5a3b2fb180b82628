"""Evidence and moments: rows of memory, as users of results get them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from memory.records import Kind, Level


def sort_of(kind: Kind, voice: str) -> str:
    """A kind in words, with the letter of the voice that speaks: `speech, voice B`."""
    return f"{kind}, voice {voice}" if voice else str(kind)


@dataclass(frozen=True, slots=True)
class Source:
    """A row that tells a fact, and when (seconds)."""

    memory_id: str
    kind: Kind
    start: float
    end: float

    def to_json(self) -> dict[str, Any]:
        """The documented object."""
        return asdict(self) | {"kind": str(self.kind)}

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Source:
        """What `to_json` gave."""
        return cls(found["memory_id"], Kind(found["kind"]), found["start"], found["end"])


@dataclass(frozen=True, slots=True)
class Evidence:
    """A cited row of memory and the part of its time that proves the answer."""

    memory_id: str
    video_id: str
    video: str
    """Name of the video."""
    start: float
    """Seconds from the start of the video."""
    end: float
    level: Level
    kind: Kind
    text: str | None
    """What the row says; None for a picture."""
    thumbnail: str | None
    """Name of a picture in the store's folder of thumbnails, where there is one near."""
    sources: tuple[Source, ...] = ()
    """Of a fact: the rows that tell it."""
    voice: str = ""
    """Of speech: the letter of the voice, where voices were told apart."""

    @property
    def sort(self) -> str:
        """Its kind in words, with the voice that speaks: `speech, voice B`."""
        return sort_of(self.kind, self.voice)

    def to_json(self) -> dict[str, Any]:
        """The documented object; only a fact has sources, only a known voice is named."""
        made = asdict(self) | {"level": str(self.level), "kind": str(self.kind)}
        del made["sources"]
        if not self.voice:
            del made["voice"]
        if self.kind is Kind.FACT:
            made["sources"] = [source.to_json() for source in self.sources]
        return made

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Self:
        """What `to_json` gave."""
        typed: dict[str, Any] = {
            "level": Level(found["level"]),
            "kind": Kind(found["kind"]),
            "sources": tuple(map(Source.from_json, found.get("sources", ()))),
        }
        return cls(**(dict(found) | typed))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosestMoment(Evidence):
    """A moment that may be the one asked for: it need not prove anything."""

    score: float
    """Its share among everything that was compared, 0 to 1."""
    probability: float
    """That it is the right moment, 0 to 1."""
    why: str
    """What ties it to the question and what is missing."""
    shows: str = ""
    """What is on a picture that has no words of its own, as far as memory knows."""
    points: float = 0.0
    """What it was ranked by: differences are logarithms of odds; 0 where nothing was compared."""
    score_parts: Mapping[str, float] = field(default_factory=dict[str, float], hash=False)
    """What each group of features added; together they are `points`."""
