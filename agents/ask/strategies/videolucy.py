"""VideoLucy (Zuo et al., NeurIPS 2025, arXiv 2510.12422): its control flow and constants.

As published: captions of 60 s clips at 1 fps; answer from all of them if confident; unless the
question holds an ordinal word, ask which at most two periods it is about and keep those and their
neighbours; then at most five times: choose one period and an instruction, caption it whole and in
pieces (fine: 1 fps whole, 10 s pieces at 2 fps; ultra-fine, for 10 s periods: 2 fps whole, 1 s
pieces at 2 fps), and answer if confident; after that the answer is forced.

What differs from the authors' code, and why:

| published | here | reason |
|---|---|---|
| periods as free-form times | numbers of listed periods | one bad brace loses a question there |
| any failure answers nothing | a failed step is skipped | comparison of methods, not of parsers |
| summary that nothing reads | not made | it costs a call and changes nothing |
| captions live for a question | rows of the store, reused | the store is shared by all strategies |
| 128 and 512 x 28 x 28 pixels | longer side 448 and 768 | the same number of pixels at 16:9 |
| 2048 new tokens, temperature | the endpoint's own | a setting of the user |
| unread options | options given to every reading | fair to questions with options |
| no evidence | cited rows, checked by machine | only a proven answer counts as answered |
| forced answer after five rounds | only where a guess is wanted | absent things have no answer |
| ultra-fine where a period is 10 s exactly | at most 10 s | the last piece of a clip is shorter |
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from pydantic import BaseModel

from agents.ask.answer import Context, Draft, Observation, Phase, Question
from agents.ask.asked import asked_videos
from agents.ask.executor.by_model.steps import ModelSteps
from agents.ask.executor.context import row_lines
from agents.ask.executor.perceivers import Detail
from agents.ask.executor.segments import cells, limit_of
from agents.ask.loop import Outcome, ended
from agents.ask.plan import Plan
from agents.ask.steps import PLAIN, Chain
from agents.ask.trace import Trace
from agents.budget import Meter
from agents.errors import BudgetExhausted, ModelError, ModelMissing
from agents.models.chat import Prompt
from agents.prompting.evidence import message
from agents.prompting.schemas import Line, Numbers
from agents.text.clock import clock_span
from memory.backtrack import Branch, Move, Segment
from memory.records import SECOND, Kind, Level, Memory, Scope, Span

log = logging.getLogger(__name__)

COARSE_CLIP, FINE_CLIP, ULTRA_CLIP = 60 * SECOND, 10 * SECOND, 1 * SECOND
COARSE = Detail("coarse", 1.0, 448, 60)
WHOLE_PERIOD = Detail("whole", 1.0, 768, 60)
PIECE = Detail("piece", 2.0, 768, 20)
ULTRA_PIECE = Detail("ultra piece", 2.0, 768, 2)
ITERATIONS = 5
GENERAL = "everything that can be seen, in order, and all visible text"
ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|\d+(?:st|nd|rd|th))\b",
    re.IGNORECASE,
)


class PeriodsReply(BaseModel):
    """Which periods a question is about."""

    needs_all: bool
    periods: Numbers


class LocateReply(BaseModel):
    """The next period to look at, and what to look for there."""

    segment: int
    instruction: Line


@dataclass(slots=True)
class Lucy:
    """One question's memories: coarse for good, fine and ultra-fine as they are made."""

    question: Question
    steps: ModelSteps
    meter: Meter
    plan: Plan
    context: Context
    chain: Chain = PLAIN
    trace: Trace = field(default_factory=Trace)
    coarse: list[Memory] = field(default_factory=list[Memory])
    fine: list[Memory] = field(default_factory=list[Memory])
    done: set[Segment] = field(default_factory=set[Segment])

    def remember(self) -> None:
        """Caption every 60 s clip; clips that cannot be captioned are missing and told of."""
        known = self.known()
        for video in self.context.videos:
            limit = limit_of(video, self.question.within)
            for span in cells(limit, COARSE_CLIP) if limit is not None else ():
                segment = Segment(video.video_id, Level.SCENE, span)
                own = known.get((video.video_id, span.start // COARSE_CLIP), [])
                if any(row.span == span and row.level is Level.SCENE for row in own):
                    self.coarse += own
                else:
                    self.coarse += self.whole(self.caption(segment, GENERAL, COARSE), segment)
        self.context = self.context.with_rows(tuple(self.coarse))

    def known(self) -> dict[tuple[str, int], list[Memory]]:
        """Coarse captions of earlier questions, by video and number of clip; read all at once."""
        asked = self.question
        scope = Scope(asked.tenant, asked.video_ids, (Kind.CAPTION,), within=asked.within)
        model = self.steps.roles.captioner
        found: dict[tuple[str, int], list[Memory]] = {}
        for row in self.steps.plain.store.memories(scope):
            same = row.instruction.startswith(f"{COARSE.name}, ")
            clip = row.span.start // COARSE_CLIP
            inside = row.span.end <= (clip + 1) * COARSE_CLIP
            if same and inside and model is not None and row.producer.model == model.name:
                found.setdefault((row.video_id, clip), []).append(row)
        return found

    def caption(self, segment: Segment, instruction: str, detail: Detail) -> Observation:
        """One caption by the model that sees."""
        looker = self.steps.looker(instruction, detail)
        assert looker is not None
        try:
            seen = looker.look(self.question.tenant, segment, self.meter)
        except ModelError as error:
            log.warning("a clip has no caption: %s", error)
            return Observation((), cached=False, note=str(error))
        self.context = self.context.with_rows(seen.rows)
        return seen

    @staticmethod
    def whole(seen: Observation, segment: Segment) -> list[Memory]:
        """The rows of a look: the caption of the whole, and what it says of parts."""
        return [row for row in seen.rows if segment.span.contains(row.span)]

    def answer(self, rows: Sequence[Memory]) -> Draft:
        """Read the rows as a step of the chain."""
        return self.chain.answer(f"answer from {len(rows)} rows", lambda: self.read(rows))

    def read(self, rows: Sequence[Memory]) -> Draft:
        """Read the rows; a failure is a draft that is not proven."""
        try:
            reader = replace(self.steps.reader(self.question), check=False)
            return reader.read(list(rows), self.context)
        except ModelError as error:
            return Draft(None, reason=f"the reader failed: {error}")

    def narrow(self) -> list[Memory]:
        """The coarse rows of the periods that the question is about, and of their neighbours."""
        if ORDINAL.search(self.question.text):
            return self.coarse
        periods = self.periods()
        lines = row_lines(periods, self.context)
        content = message(self.question.text, self.question.choices, lines)
        videos = self.question.video_ids
        prompt = Prompt("periods", self.steps.prompts.periods, content, video_ids=videos)
        try:
            reply = self.steps.roles.of("navigator").ask(prompt, PeriodsReply, self.meter)
        except ModelError as error:
            log.warning("all periods are kept: %s", error)
            return self.coarse
        numbers = [n - 1 for n in reply.periods if 1 <= n <= len(periods)][:2]
        if reply.needs_all or not numbers:
            return self.coarse
        near = {i for n in numbers for i in (n - 1, n, n + 1) if 0 <= i < len(periods)}
        kept = [periods[i] for i in sorted(near)]
        return [row for row in self.coarse if any(_inside(row, period) for period in kept)]

    def periods(self, rows: Sequence[Memory] | None = None) -> list[Memory]:
        """Coarse rows that describe a whole clip."""
        own = self.coarse if rows is None else rows
        return [row for row in own if row.level is Level.SCENE]

    def locate(self, kept: Sequence[Memory]) -> tuple[Segment, str] | None:
        """The next period to look at and what for; the first that is left if the model fails."""
        candidates = self.candidates(kept)
        if not candidates:
            return None
        lines = row_lines([row for _, row in candidates], self.context)
        content = message(self.question.text, self.question.choices, lines)
        videos = self.question.video_ids
        told = self.steps.prompts.locate
        prompt = Prompt("locate", told, content, video_ids=videos)
        try:
            reply = self.steps.roles.of("navigator").ask(prompt, LocateReply, self.meter)
        except ModelError as error:
            log.warning("the next period is taken in order: %s", error)
            return candidates[0][0], GENERAL
        at = reply.segment - 1 if 1 <= reply.segment <= len(candidates) else 0
        return candidates[at][0], reply.instruction.strip() or GENERAL

    def candidates(self, kept: Sequence[Memory]) -> list[tuple[Segment, Memory]]:
        """Periods that were not looked at yet: 60 s clips, and 10 s pieces of those that were."""
        found: list[tuple[Segment, Memory]] = []
        for row in [*self.periods(kept), *self.fine]:
            segment = Segment(row.video_id, row.level, row.span)
            if row.level in (Level.SCENE, Level.SHOT) and segment not in self.done:
                found.append((segment, row))
        return found

    def look(self, segment: Segment, instruction: str) -> Observation:
        """Caption a period whole and in pieces, and add them to the fine memory."""
        self.done.add(segment)
        ultra = segment.span.length <= FINE_CLIP
        length, detail = (ULTRA_CLIP, ULTRA_PIECE) if ultra else (FINE_CLIP, PIECE)
        level = Level.FRAME if ultra else Level.SHOT
        whole = replace(WHOLE_PERIOD, fps=2.0, most=20) if ultra else WHOLE_PERIOD
        seen = [self.caption(segment, instruction, whole)]
        for span in pieces(segment.span, length):
            seen.append(self.caption(Segment(segment.video_id, level, span), instruction, detail))
        rows = tuple(row for part in seen for row in part.rows)
        known = {row.memory_id for row in self.fine}
        self.fine += [row for row in rows if row.memory_id not in known]
        notes = "; ".join(part.note for part in seen if part.note)
        frames = sum(part.frames for part in seen)
        return Observation(rows, all(part.cached for part in seen), frames, notes)


def videolucy(
    question: Question, steps: ModelSteps, meter: Meter, max_looks: int, chain: Chain = PLAIN
) -> Outcome:
    """Pursue a question as published; `max_looks` is not used, the constants are the authors'.

    Raises:
        ModelMissing: there is no model that sees.
    """
    if steps.roles.captioner is None:
        raise ModelMissing(
            "the strategy videolucy needs a model that sees", "set BACKTRAIL_VLM__MODEL"
        )
    plan = chain.plan("plan", lambda: steps.plain.plan(question))
    videos = asked_videos(steps.plain.store, question.tenant, question.video_ids)[0]
    lucy = Lucy(question, steps, meter, plan, Context((), (), videos=videos), chain)
    draft, phase, spent = Draft(None, reason="nothing was read"), Phase.COARSE, False
    try:
        chain.recall("recall coarse captions", lucy.remember)
        draft = lucy.answer(lucy.coarse)
        lucy.trace.recalled(lucy.context, draft.reason)
        if not draft.proven:
            phase = Phase.BACKTRACK
            draft = _iterated(lucy, draft)
    except BudgetExhausted as limit:
        spent, draft = True, replace(draft, proven=False, reason=str(limit))
    return ended(plan, lucy.context, draft, phase, lucy.trace, question, spent)


def _iterated(lucy: Lucy, draft: Draft) -> Draft:
    kept: list[Memory] = lucy.chain.navigate("choose periods", lucy.narrow)
    for _ in range(ITERATIONS):
        chosen = lucy.chain.navigate("choose a period", lambda: lucy.locate(kept))
        if chosen is None:
            return draft
        segment, instruction = chosen
        title = f"look at {clock_span(segment.span)}"
        seen = lucy.chain.look(title, partial(lucy.look, segment, instruction))
        read = lucy.answer([*kept, *lucy.fine])
        lucy.trace.looked(Branch(segment, 1.0, Move.DOWN), seen, read.reason)
        draft = read if read.proven or read.text else draft
        if draft.proven:
            return draft
    return draft


def pieces(span: Span, length: int) -> list[Span]:
    """A span in pieces from its own start; the last may be shorter."""
    starts = range(span.start, span.end, length)
    return [Span(at, min(span.end, at + length)) for at in starts]


def _inside(row: Memory, period: Memory) -> bool:
    return row.video_id == period.video_id and period.span.contains(row.span)
