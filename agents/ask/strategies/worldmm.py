"""WorldMM (CVPR 2026, arXiv 2512.02425): rounds of choosing a memory, over our store.

As published: at most five rounds and five errors; each round a model decides to search one of
three memories with a query of its own, or to answer. **Episodic**: every time scale is searched
(10, 5, 5 and 3 hits from fine to coarse), and a model keeps the best three. **Semantic**: facts
(subject, predicate, object) extracted from ten captions at a time; the 20 nearest facts seed
personalised PageRank (damping 0.85) over the entities, a fact scores by its two ends, ten are kept.
**Visual**: the three clips nearest to the query in the space that texts share with pictures. What
was retrieved before is not retrieved again. Then one answer from everything.

What differs from the authors' code, and why:

| published | here | reason |
|---|---|---|
| HippoRAG per time scale | our hybrid search per level | one store for all strategies |
| windows of 10 or 30 s to 1 h | shot, scene, chapter, video | the levels of the store |
| bad JSON counts as "answer" | counts as one of five errors | a failure is no decision |
| day and window bounds lost | the rows' own spans | a bug: one window held 13 hours |
| a range is looked up without its day | a range names its video | a bug: another day was shown |
| failed windows dropped for good | asked for again | a bug |
| facts without evidence | facts name their rows, which are cited | a bug: they could not be cited |
| looks at clips of the future | nothing after `within` | a bug |
| facts merged by model | equal facts united | provenance would be lost |
| facts of captions, per question | those of ingest where there are any | they are paid once |
| a range's pictures, at most 64 | captions of its first six clips of 10 s | the same rate |
| pictures in the last call | their captions, as rows | an answer must cite rows |
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

from agents.ask.answer import Context, Draft, Observation, Phase, Question
from agents.ask.asked import asked_videos
from agents.ask.executor.by_model.pick import PickReply
from agents.ask.executor.by_model.steps import ModelSteps
from agents.ask.executor.context import row_lines
from agents.ask.executor.perceivers import Detail
from agents.ask.executor.segments import cells, limit_of, touched
from agents.ask.loop import Outcome, ended
from agents.ask.plan import Plan
from agents.ask.steps import PLAIN, Chain
from agents.ask.trace import Trace
from agents.budget import Meter
from agents.errors import BudgetExhausted, ModelError
from agents.models.chat import Prompt
from agents.prompting.evidence import message, quoted
from agents.prompting.facts import Fact, Triple, extracted
from agents.prompting.schemas import Line
from memory.backtrack import Branch, Move, Segment
from memory.records import SECOND, Kind, Level, Memory, Scope, Span
from memory.retrieve import Query, retrieve

log = logging.getLogger(__name__)

ROUNDS, ERRORS = 5, 5
SCALES = ((Level.SHOT, 10), (Level.SCENE, 5), (Level.CHAPTER, 5), (Level.VIDEO, 3))
"""Hits per level, from fine to coarse."""
KEPT = 3
CAPTIONS = 10
"""Captions from which facts are extracted at a time."""
SEEDS, FACTS, DAMPING = 20, 10, 0.85
CLIPS, CLIP, RANGE = 3, 10 * SECOND, 6
"""Clips per query in words, their length, and most clips of a range (the authors' 64 frames)."""
CLOCK = r"(?:(\d+):)?(\d+):(\d\d(?:\.\d+)?)"
TIMES = re.compile(rf"^\s*(?:video\s+(\d+)\s*,\s*)?{CLOCK}\s*-\s*{CLOCK}\s*$")
VISUAL = Detail("clip", 1.0, 768, 20)
EVERYTHING = 1
"""The first of the numbered aims of a look."""


class MemoryReply(BaseModel):
    """Whether to go on collecting, and where."""

    decision: Literal["search", "answer"]
    memory: Literal["episodic", "semantic", "visual"]
    query: Line


@dataclass(slots=True)
class WorldMM:
    """One question's rounds."""

    question: Question
    steps: ModelSteps
    meter: Meter
    context: Context
    chain: Chain = PLAIN
    found: list[Memory] = field(default_factory=list[Memory])
    facts: list[Fact] | None = None
    searched: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """Memories and queries of earlier rounds."""

    def decide(self) -> MemoryReply:
        """Answer or search, where, and for what."""
        content = message(self.question.text, self.question.choices, self._lines(self.found))
        before = [f"Searched {memory}: {quoted(query)}" for memory, query in self.searched]
        content = "\n".join([*before, content])
        prompt = Prompt(
            "memories", self.steps.prompts.memories, content, video_ids=self.question.video_ids
        )
        return self.steps.roles.of("navigator").ask(prompt, MemoryReply, self.meter)

    def searched_by_chain(self, choice: MemoryReply) -> list[Memory]:
        """The search as a step: a look where pictures are captioned, else a recall."""
        run = self.chain.look if choice.memory == "visual" else self.chain.recall
        return run(f"search {choice.memory} memory", lambda: self.search(choice))

    def search(self, choice: MemoryReply) -> list[Memory]:
        """New rows from the memory that was chosen."""
        self.searched.append((choice.memory, choice.query))
        kinds = {"episodic": self.episodic, "semantic": self.semantic, "visual": self.visual}
        rows = kinds[choice.memory](choice.query)
        known = {row.memory_id for row in self.found}
        fresh = [row for row in rows if row.memory_id not in known]
        self.found += fresh
        self.context = self.context.with_rows(tuple(fresh))
        return fresh

    def episodic(self, query: str) -> list[Memory]:
        """Hits at every time scale, of which a model keeps the best three."""
        rows = [row for level, most in SCALES for row in self._hits(query, level, most)]
        if len(rows) <= KEPT:
            return rows
        content = message(query, (), self._lines(rows))
        told = f"{self.steps.prompts.navigator}\n(1) {query}"
        prompt = Prompt("navigator", told, content, video_ids=self.question.video_ids)
        reply = self.steps.roles.of("navigator").ask(prompt, PickReply, self.meter)
        numbers = [n for n in dict.fromkeys(reply.segments) if 1 <= n <= len(rows)]
        return [rows[n - 1] for n in numbers][:KEPT]

    def semantic(self, query: str) -> list[Memory]:
        """The rows of the ten facts that PageRank from the query ranks highest."""
        if self.facts is None:
            self.facts = self._extracted()
        ranked = ranked_facts(query, self.facts, self._nearness(query, self.facts))
        return list({row.memory_id: row for fact in ranked for row in fact.rows}.values())

    def visual(self, query: str) -> list[Memory]:
        """Captions of the three clips whose pictures are nearest to the query."""
        looker = self.steps.looker(EVERYTHING, VISUAL)
        if looker is None:
            return []
        place = place_in(query)
        rows: list[Memory] = []
        for segment in self._near(query) if place is None else self._inside(*place):
            rows += looker.look(self.question.tenant, segment, self.meter).rows
        return rows

    def _near(self, query: str) -> list[Segment]:
        """The clips whose pictures are nearest to the query."""
        own = self.steps.plain
        vector = own.models.image_encoder.encode_query([query])[0]
        hits = own.store.search_aligned(vector, self._scope(), 2 * CLIPS)
        return self._clips([hit.memory for hit in hits])[:CLIPS]

    def _inside(self, number: int | None, span: Span) -> list[Segment]:
        """The clips of a range that the query names, one per ten seconds, of one video or all."""
        videos = self.context.videos
        named = videos if number is None else videos[number - 1 : number]
        limits = [(v, limit_of(v, self.question.within)) for v in named]
        spans = [(v, limit.clipped(span)) for v, limit in limits if limit is not None]
        return [
            Segment(video.video_id, Level.SHOT, cell)
            for video, part in spans
            if part is not None
            for cell in cells(part, CLIP)
        ][:RANGE]

    def _hits(self, query: str, level: Level, most: int) -> list[Memory]:
        own = self.steps.plain
        vector = own.models.text_encoder.encode([query])[0]
        asked = Query(text=query, text_vector=vector)
        kinds = tuple(kind for kind in Kind if kind is not Kind.FACT)
        hits = retrieve(own.store, asked, self._scope(kinds, (level,)), limit=2 * most)
        known = {row.memory_id for row in self.found}
        rows = [h.memory for h in hits if h.memory.text and h.memory.memory_id not in known]
        return rows[:most]

    def _extracted(self) -> list[Fact]:
        """Facts from all captions; a batch that fails is left out of this question only."""
        scope = self._scope(kinds=(Kind.CAPTION, Kind.SPEECH), levels=(Level.SHOT,))
        store = self.steps.plain.store
        kept = store.memories(self._scope(kinds=(Kind.FACT,)))
        if kept:
            return [_kept(row) for row in kept]
        own = store.memories(scope)
        rows = [r for r in own if not r.is_look and r.text]
        facts: list[Fact] = []
        for start in range(0, len(rows), CAPTIONS):
            batch = rows[start : start + CAPTIONS]
            model, told = self.steps.roles.of("summariser"), self.steps.prompts.facts
            try:
                facts += extracted(batch, self._lines(batch), model, told, self.meter)
            except ModelError as error:
                log.warning("facts of %d rows are missing: %s", len(batch), error)
        return facts

    def _nearness(self, query: str, facts: Sequence[Fact]) -> NDArray[np.float32]:
        if not facts:
            return np.zeros(0, np.float32)
        encoder = self.steps.plain.models.text_encoder
        return encoder.encode([f.text for f in facts]) @ encoder.encode([query])[0]

    def _clips(self, pictures: Sequence[Memory]) -> list[Segment]:
        clips: dict[Segment, None] = {}
        for row in pictures:
            limit = limit_of(self.context.video(row.video_id), self.question.within)
            (cell, *_) = touched(row.span, CLIP)
            span = None if limit is None else cell.clipped(limit)
            if span is not None:
                clips[Segment(row.video_id, Level.SHOT, span)] = None
        return list(clips)

    def _scope(self, kinds: tuple[Kind, ...] = (), levels: tuple[Level, ...] = ()) -> Scope:
        own = self.question
        return Scope(own.tenant, own.video_ids, kinds, levels, own.within)

    def _lines(self, rows: Sequence[Memory]) -> list[str]:
        return row_lines(rows, self.context)


def place_in(query: str) -> tuple[int | None, Span] | None:
    """The place that a query consists of, as rows name it: `video 2, 1:05-1:15`, or None.

    The video's number may be missing; hours may stand before minutes.
    """
    found = TIMES.match(query)
    if found is None:
        return None
    video, *parts = found.groups()
    numbers = [float(part or 0) for part in parts]
    (start, end) = (
        hours * 3600 + minutes * 60 + seconds
        for hours, minutes, seconds in (numbers[:3], numbers[3:])
    )
    if start >= end:
        return None
    return (int(video) if video else None), Span.of_seconds(start, end)


def worldmm(
    question: Question, steps: ModelSteps, meter: Meter, max_looks: int, chain: Chain = PLAIN
) -> Outcome:
    """Pursue a question as published; `max_looks` is not used, the constants are the authors'."""
    plan = chain.plan("plan", lambda: steps.plain.plan(question))
    videos = asked_videos(steps.plain.store, question.tenant, question.video_ids)[0]
    world = WorldMM(question, steps, meter, Context((), (), videos=videos), chain)
    trace = Trace()
    trace.recalled(world.context, "rounds of choosing a memory follow")
    draft, spent = Draft(None, reason="nothing was read"), False
    try:
        _rounds(world, trace)
        rows = sorted(world.found, key=lambda r: (r.video_id, r.span, r.memory_id))
        reader = replace(steps.reader(question), check=False)
        title = f"answer from {len(rows)} rows"
        draft = chain.answer(title, lambda: reader.read(rows, world.context))
    except ModelError as error:
        draft = Draft(None, reason=f"the reader failed: {error}")
    except BudgetExhausted as limit:
        spent, draft = True, Draft(None, reason=str(limit))
    return _told(world, plan, draft, trace, spent)


def _told(world: WorldMM, plan: Plan, draft: Draft, trace: Trace, spent: bool) -> Outcome:
    phase = Phase.BACKTRACK if world.meter.looks else Phase.COARSE
    return ended(plan, world.context, draft, phase, trace, world.question, spent)


def _rounds(world: WorldMM, trace: Trace) -> None:
    """Collect rows until the model wants to answer, or rounds or errors are used up."""
    errors = searches = 0
    while searches < ROUNDS and errors < ERRORS:
        try:
            choice = world.chain.navigate("choose a memory", world.decide)
            if choice.decision == "answer" and (world.found or searches):
                return
            rows = world.searched_by_chain(choice)
        except ModelError as error:
            log.warning("a round failed: %s", error)
            errors += 1
            continue
        searches += 1
        span = rows[0].span if rows else Span(0, 0)
        video = rows[0].video_id if rows else world.context.videos[0].video_id
        at = Branch(Segment(video, Level.VIDEO, span), 1.0, Move.RECALL)
        trace.looked(at, Observation(tuple(rows), cached=True), f"{choice.memory}: {choice.query}")


def ranked_facts(query: str, facts: Sequence[Fact], nearness: NDArray[np.float32]) -> list[Fact]:
    """Facts by personalised PageRank of their two ends, seeded by those nearest to the query."""
    if not facts:
        return []
    entities = sorted({e.lower() for f in facts for e in (f.triple.subject, f.triple.object)})
    places = {entity: number for number, entity in enumerate(entities)}
    ends = [(places[f.triple.subject.lower()], places[f.triple.object.lower()]) for f in facts]
    links = np.zeros((len(entities), len(entities)))
    for one, other in ends:
        links[one, other] += 1.0
        links[other, one] += 1.0
    seeds = np.zeros(len(entities))
    for index in np.argsort(-nearness, kind="stable")[:SEEDS]:
        for end in ends[int(index)]:
            seeds[end] += max(0.0, float(nearness[index]))
    ranks = personalised_pagerank(links, seeds)
    order = sorted(range(len(facts)), key=lambda i: (-(ranks[ends[i][0]] + ranks[ends[i][1]]), i))
    return [facts[i] for i in order[:FACTS]]


def personalised_pagerank(
    links: NDArray[np.float64], seeds: NDArray[np.float64], damping: float = DAMPING
) -> NDArray[np.float64]:
    """Stationary visits of a walk over `links` (n, n) that restarts at `seeds` (n,).

    Haveliwala, Topic-sensitive PageRank (2002); by power iteration.
    """
    total = seeds.sum()
    start = seeds / total if total > 0 else np.full(len(seeds), 1.0 / max(1, len(seeds)))
    out = links.sum(axis=1, keepdims=True)
    step = np.divide(links, out, out=np.zeros_like(links), where=out > 0)
    lost = (out[:, 0] == 0).astype(np.float64)
    ranks = start
    for _ in range(100):
        after = damping * (ranks @ step + (ranks @ lost) * start) + (1 - damping) * start
        if np.abs(after - ranks).sum() < 1e-9:
            break
        ranks = after
    return ranks


def _kept(row: Memory) -> Fact:
    """A fact that ingest has extracted; the row itself is cited, and names its sources."""
    own = row.details
    triple = Triple(
        subject=own.get("subject", ""),
        predicate=own.get("predicate", ""),
        object=own.get("object", ""),
        rows=[],
    )
    return Fact(triple, (row,))
