"""Picking by model: segments by their numbers; the scores of retrieval keep their say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel

from agents.ask.answer import Context, Question
from agents.ask.executor.segment_text import segment_lines
from agents.ask.executor.segments import OFFERED
from agents.budget import Meter
from agents.models.chat import ModelRoles, Prompt
from agents.prompting.evidence import message, quoted
from agents.prompting.prompts import Prompts, numbered_aims
from agents.prompting.schemas import Numbers
from memory.backtrack import Branch, Segment
from memory.records import Memory

PICKS = 4
MODEL_SHARE = 0.6
"""Share of a branch's score that the model's pick decides; retrieval decides the rest."""
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
    """What a picker made of branches."""

    branches: list[Branch]
    picked: tuple[Segment, ...]
    look_for: int


@dataclass(frozen=True, slots=True)
class Picker:
    """Picks among branches for one question."""

    question: Question
    roles: ModelRoles
    prompts: Prompts
    meter: Meter

    def pick(
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
    """The best branch of each segment, at most `OFFERED`, in order of time."""
    best: dict[Segment, Branch] = {}
    for branch in sorted(branches, key=lambda b: -b.score):
        best.setdefault(branch.segment, branch)
    kept = list(best.values())[:OFFERED]
    return sorted(kept, key=lambda b: (b.segment.video_id, b.segment.span, b.segment.level.rank))


def blended(branches: Sequence[Branch], picks: Sequence[int], most: int = PICKS) -> list[Branch]:
    """Branches scored 0 to 1: by the rank of the pick and by the score they came with."""
    top = max((branch.score for branch in branches), default=0.0) or 1.0
    made: list[Branch] = []
    for index, branch in enumerate(branches):
        picked = 1.0 - picks.index(index) / most if index in picks else 0.0
        score = MODEL_SHARE * picked + (1 - MODEL_SHARE) * branch.score / top
        made.append(replace(branch, score=score))
    return made
