"""When the voice speaks that a question is about: "the second speaker", "voice B"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from agents.ask.plan import Asked, Plan
from agents.text.letters import letters, number_of
from memory.records import Hit, Kind, Memory, Span


@dataclass(frozen=True, slots=True)
class Turns:
    """The turns of a voice, and which rows tell what is asked of it."""

    parts: tuple[tuple[str, Span], ...]
    """Videos and the stretches in which it speaks, nobody else between."""
    voices: Mapping[str, frozenset[str]]
    """By video, the letters that are meant."""
    is_said: bool
    """Whether only what it says is asked for, not what is there meanwhile."""

    def tells(self, row: Memory) -> bool:
        """Whether a row is what the voice says or, where that is asked for, is there meanwhile."""
        if row.kind is not Kind.SPEECH:
            return not self.is_said
        return row.voice in self.voices.get(row.video_id, ())

    def of(self, rows: Iterable[Memory]) -> tuple[Memory, ...]:
        """Those of the rows that tell it."""
        return tuple(row for row in rows if self.tells(row))

    def among(self, hits: Iterable[Hit]) -> list[Hit]:
        """Those of the hits that tell it."""
        return [hit for hit in hits if self.tells(hit.memory)]


def turns_of(plan: Plan, said: Sequence[Memory]) -> Turns | None:
    """The turns of the voice that a plan names; None where no voice is known.

    Args:
        plan: names a voice.
        said: the rows of speech that may be meant, of any videos.
    """
    known = sorted((r for r in said if r.voice), key=lambda r: (r.video_id, r.span, r.memory_id))
    if plan.voice is None or not known:
        return None
    voices: dict[str, frozenset[str]] = {}
    parts: list[tuple[str, Span]] = []
    for video_id, own in groupby(known, key=lambda row: row.video_id):
        spoken = list(own)
        voices[video_id] = meant(plan.voice, {row.voice for row in spoken})
        for is_meant, turn in groupby(spoken, key=lambda row: row.voice in voices[row.video_id]):
            if is_meant:
                rows = list(turn)
                parts.append((video_id, Span(rows[0].span.start, max(r.span.end for r in rows))))
    return Turns(tuple(parts), voices, plan.asked is Asked.SAID)


def meant(voice: int, known: Iterable[str]) -> frozenset[str]:
    """Which of a video's voices are meant by a number, as plans give it."""
    ordered = sorted(known, key=number_of)
    if voice == 0:
        return frozenset(ordered[1:])
    last = ordered[voice] if -len(ordered) <= voice < 0 else ""
    return frozenset(ordered) & {letters(voice) if voice > 0 else last}
