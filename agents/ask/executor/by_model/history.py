"""What happened to one question so far: its looks, and failures on the way."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.ask.answer import Observation
from memory.backtrack import Segment
from memory.records import Memory


@dataclass(slots=True)
class Looks:
    """Where this question was looked for, and what that brought."""

    rows: list[Memory] = field(default_factory=list[Memory])
    segments: set[Segment] = field(default_factory=set[Segment])
    failed: set[Segment] = field(default_factory=set[Segment])
    """Segments at which a look failed: their pieces are worth another."""

    def add(self, segment: Segment, seen: Observation) -> None:
        """Take in a look."""
        self.rows += seen.rows
        self.segments.add(segment)
        if seen.note:
            self.failed.add(segment)


@dataclass(slots=True)
class Failures:
    """What failed on the way, so that nothing found does not mean nothing there."""

    happened: bool = False
    _notes: list[str] = field(default_factory=list[str])

    def add(self, note: str = "") -> None:
        """Remember a failure; a note is told with the next draft."""
        self.happened = True
        if note:
            self._notes.append(note)

    def take_notes(self) -> list[str]:
        """The notes that were not told yet."""
        notes, self._notes = self._notes, []
        return notes
