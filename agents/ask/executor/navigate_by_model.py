"""Navigation by model: it picks numbered segments; retrieval scores keep their say."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel

from agents.ask.answer import Context, Question
from agents.ask.executor.segments import SHOWN
from agents.budget import Meter
from agents.models.chat import ModelRoles, Prompt
from agents.prompting.evidence import line, message, quoted
from agents.prompting.prompts import Prompts, numbered_aims
from agents.prompting.schemas import Numbers
from memory.backtrack import Branch, Segment
from memory.records import Memory, Span

PICKS = 4
GUIDED = 0.6
"""Share of a branch's score that the model's pick decides; retrieval decides the rest."""
KNOWN = 300
"""Characters of what is known of a segment that are shown."""
WIDE = 2
"""How many times longer than a segment a row may be and still describe it."""
SHARED = 0.3
"""Share of the shorter span that a row and a segment must have in common."""
MANY = 16
EVERY = (
    "This question needs several moments: name every segment that may hold one of them, up to "
    f"{MANY}, best first."
)


class PickReply(BaseModel):
    """Segments to look at, best first, and what to look for."""

    segments: Numbers
    look_for: int = 1


@dataclass(frozen=True, slots=True)
class Choice:
    """What a guide made of branches."""

    branches: list[Branch]
    picked: tuple[Segment, ...]
    look_for: int


@dataclass(frozen=True, slots=True)
class Guide:
    """Chooses among branches for one question."""

    question: Question
    roles: ModelRoles
    prompts: Prompts
    meter: Meter

    def choose(
        self,
        branches: Sequence[Branch],
        known: Sequence[Memory],
        context: Context,
        *,
        every: bool = False,
        missing: str = "",
    ) -> Choice:
        """The branches with blended scores, those picked, and the number of what to look for.

        `every` asks for all segments that may hold a part of the answer, not for the best only;
        `missing` is what the reader still lacks, where it said so.

        Raises:
            ModelFailed: the navigator gave no valid reply.
            BudgetExhausted: there is nothing left to pay it with.
        """
        shown = best_of(branches)
        lines = segment_lines(shown, known, context)
        told = f"{self.prompts.navigator}\n{numbered_aims()}"
        if every:
            told = f"{told}\n{EVERY}"
        content = message(self.question.text, self.question.choices, lines)
        if missing:
            content = f"Still missing: {quoted(missing)}\n{content}"
        videos = tuple(dict.fromkeys(branch.segment.video_id for branch in shown))
        prompt = Prompt("navigator", told, content, video_ids=videos)
        reply = self.roles.of("navigator").ask(prompt, PickReply, self.meter)
        most = MANY if every else PICKS
        picks = [n - 1 for n in dict.fromkeys(reply.segments) if 1 <= n <= len(shown)][:most]
        picked = tuple(shown[n].segment for n in picks)
        return Choice(blended(shown, picks, most), picked, reply.look_for)


def best_of(branches: Sequence[Branch]) -> list[Branch]:
    """The best branch of each segment, at most `SHOWN`, in order of time."""
    best: dict[Segment, Branch] = {}
    for branch in sorted(branches, key=lambda b: -b.score):
        best.setdefault(branch.segment, branch)
    kept = list(best.values())[:SHOWN]
    return sorted(kept, key=lambda b: (b.segment.video_id, b.segment.span, b.segment.level.rank))


def blended(branches: Sequence[Branch], picks: Sequence[int], most: int = PICKS) -> list[Branch]:
    """Branches scored 0 to 1: by the rank of the pick and by the score they came with."""
    top = max((branch.score for branch in branches), default=0.0) or 1.0
    made: list[Branch] = []
    for index, branch in enumerate(branches):
        picked = 1.0 - picks.index(index) / most if index in picks else 0.0
        score = GUIDED * picked + (1 - GUIDED) * branch.score / top
        made.append(replace(branch, score=score))
    return made


def segment_lines(
    branches: Sequence[Branch], known: Sequence[Memory], context: Context
) -> list[str]:
    """One numbered line per branch, with what is known of its segment."""
    places = {video.video_id: number for number, video in enumerate(context.videos, 1)}
    by_time, lines = ByTime(known), list[str]()
    for number, branch in enumerate(branches, 1):
        at = branch.segment
        text = " / ".join(told_of(at, by_time.near(at)))[:KNOWN]
        lines.append(line(number, places.get(at.video_id, 0), at.span, str(at.level), text))
    return lines


class ByTime:
    """Rows found by time without going through all of them."""

    def __init__(self, rows: Sequence[Memory]) -> None:
        groups: dict[tuple[str, int], list[Memory]] = {}
        for row in rows:
            groups.setdefault((row.video_id, row.span.length.bit_length()), []).append(row)
        self._groups = {
            key: sorted(group, key=lambda row: row.span.start) for key, group in groups.items()
        }
        self._starts = {
            key: [row.span.start for row in group] for key, group in self._groups.items()
        }

    def near(self, at: Segment) -> list[Memory]:
        """All rows that touch a segment, and some beside it."""
        found: list[Memory] = []
        for (video_id, bits), group in self._groups.items():
            if video_id == at.video_id:
                starts = self._starts[video_id, bits]
                first = bisect_left(starts, at.span.start - (1 << bits))
                found += group[first : bisect_left(starts, at.span.end)]
        return found


def _shared(one: Span, other: Span) -> float:
    """Overlap as a share of the shorter span."""
    return one.overlap(other) / max(1, min(one.length, other.length))


def told_of(at: Segment, known: Sequence[Memory]) -> list[str]:
    """What is known of a segment, the rows nearest to it in extent first.

    Rows on much longer stretches say little about it: they count only where nothing else does.
    """
    touching = [
        row
        for row in known
        if row.text and row.video_id == at.video_id and _shared(row.span, at.span) >= SHARED
    ]
    close = [row for row in touching if row.span.length <= WIDE * at.span.length]
    shortest = min((row.span.length for row in touching), default=0)
    chosen = close or [row for row in touching if row.span.length == shortest]
    chosen.sort(key=lambda row: (abs(row.span.length - at.span.length), row.span, row.memory_id))
    return list(dict.fromkeys(" ".join((row.text or "").split()) for row in chosen))
