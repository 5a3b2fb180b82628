"""Recall: from a plan to the context a reader needs, by search and by time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from agents.ask.answer import Context, Question, sharpest
from agents.ask.asked import asked_videos, shots_of
from agents.ask.executor.anchors import Candidate, anchored, candidates, focus_of, on_clock
from agents.ask.executor.voices import Turns, turns_of
from agents.ask.plan import Plan, Relation
from agents.ask.reader.facts import is_asked, named_facts
from agents.ask.relevance import RECOGNISED, pictures_like, readable
from agents.ask.search import Moment, moments
from agents.ask.when import clipped
from agents.errors import ModelError
from agents.models.ports import Models
from agents.perception.media.source import changed_note
from agents.text.words import stem, stems
from memory.organise.records import Assertion
from memory.organise.truth import Fact, facts_of
from memory.records import SECOND, Hit, Kind, Level, Memory, Scope, Span, Vector, Video, iou
from memory.retrieve import Query, retrieve
from memory.store import Store

log = logging.getLogger(__name__)

SHORT = 300 * SECOND
"""A video up to this long is handed to the reader whole."""
MARGIN = 12 * SECOND
"""Time around a hit that is handed over with it."""
CUTS = frozenset(stem(word) for word in ("cut", "shot", "shots", "scene", "change"))
"""Words for an edge between shots."""
CUT_WORDS = CUTS | {stem("first"), stem("camera")}
TREES = 6
"""Most videos whose tree is handed over, and stretches that a search is narrowed to by name."""


@dataclass(frozen=True, slots=True)
class Recall:
    """Search over one store with one process's models."""

    store: Store
    models: Models
    limit: int
    tells_facts: bool = True
    """Whether facts over time take part."""
    notes: list[str] = field(default_factory=list[str])
    """What could not be used while searching, once each."""

    def gather(self, question: Question, plan: Plan) -> Context:
        """Everything the reader gets: ranked hits, the focus in time, and the rows around them."""
        videos, everything = asked_videos(self.store, question.tenant, question.video_ids)
        when = question.when
        scope = replace(everything, within=question.within, parts=when.parts if when else ())
        anchors = self._anchors(plan, scope, videos)
        turns = self._turns(plan, scope, videos)
        if turns is not None:
            scope = replace(scope, parts=clipped(turns.parts, scope.parts))
            if not scope.parts:
                return Context((), (), videos=videos, note="; ".join(self.notes))
        pictured = self._pictured(question, scope)
        at_cut = self._at_cut(plan, videos)
        beside = () if at_cut else candidates(plan, anchors, videos)
        focus = at_cut or focus_of(plan, beside, videos)
        focus = focus or tuple((m.hit.memory.video_id, m.seen) for m in pictured[:1])
        focus = clipped(focus, scope.parts) or scope.parts
        shown = tuple(moment.hit for moment in pictured)
        here = _narrowed(scope, focus, beside)
        if plan.is_overview:
            hits = self._summaries(question, scope)
        else:
            hits = [*shown, *self.search(search_words(plan), here, question, plan, beside)]
        options = tuple(tuple(self.search(choice, scope)) for choice in plan.choices)
        if turns is not None:
            hits, options = turns.among(hits), tuple(tuple(turns.among(o)) for o in options)
        around = [*hits, *anchors, *(hit for option in options for hit in option[:4])]
        best = _by_hits(videos, around)[:TREES]
        if len(focus) > TREES:  # a time in many videos: only where something was found
            focus = tuple(each for each in focus if each[0] in {v.video_id for v in best})
        facts = self._facts(plan, scope, best)
        rows = self._rows(scope, videos, focus, around)
        rows = self._with_sources(rows, facts, scope.tenant)
        rows = rows if turns is None else turns.of(rows)
        nodes = tuple(self.store.nodes_of(question.tenant, [v.video_id for v in best]))
        note = "; ".join([*self.notes, *filter(None, map(changed_note, best))])
        found = Context(tuple(hits), rows, focus, tuple(anchors), options, nodes, videos, note)
        found = replace(found, facts=facts)
        return found if question.image_vector is None else replace(found, pictured=shown)

    def _pictured(self, question: Question, scope: Scope) -> list[Moment]:
        """The moments that show the question's picture, best first."""
        like = pictures_like(self.store, question.image_vector, scope)
        same = [hit for hit in like if hit.score >= RECOGNISED]
        return moments(same, shots_of(self.store, [hit.memory for hit in same]))

    def _summaries(self, question: Question, scope: Scope) -> list[Hit]:
        """What is told of all that is asked of a video, then of parts; of several, what fits."""
        scope = replace(scope, kinds=(Kind.SUMMARY,))
        if len(scope.video_ids) != 1:
            return self.search(question.text, replace(scope, levels=(Level.VIDEO,)))
        rows = self.store.memories(scope)
        asked = scope.within or Span(0, max((row.span.end for row in rows), default=0))
        return [Hit(r, 1.0) for r in sorted(rows, key=lambda r: (-iou(r.span, asked), r.span))]

    def _at_cut(self, plan: Plan, videos: Sequence[Video]) -> tuple[tuple[str, Span], ...]:
        """The stretch before or after the first cut, where a question hangs on "the cut"."""
        if len(videos) != 1 or not hangs_on_cut(plan):
            return ()
        video = videos[0]
        nodes = self.store.nodes(video.tenant, video.video_id)
        shots = sorted(node.span for node in nodes if node.level is Level.SHOT)
        if len(shots) < 2 or plan.anchor is None:
            return ()
        return (
            (video.video_id, shots[0] if plan.anchor.relation is Relation.BEFORE else shots[1]),
        )

    def search(
        self,
        text: str,
        scope: Scope,
        question: Question | None = None,
        plan: Plan | None = None,
        beside: Sequence[Candidate] = (),
    ) -> list[Hit]:
        """Hybrid search over all levels; `beside` are the stretches that are rather meant."""
        image = question.image_vector if question else None
        query = Query(
            text=text,
            text_vector=self._vector(text, self.models.text_encoder.encode),
            aligned_vector=self._vector(text, self.models.image_encoder.encode_query),
            image_vector=image,
            question=plan.question if plan else "",
            kinds=plan.kinds[:1] if plan else (),
            anchors=tuple((each.video_id, each.span, each.score) for each in beside),
            dated=question.when.nearness if question and question.when else {},
        )
        return retrieve(self.store, readable(self.models, query), scope, limit=self.limit)

    def _vector(self, text: str, encode: Callable[[Sequence[str]], Vector]) -> Vector | None:
        """A text's vector; without one, when the encoder fails, words alone are searched for."""
        if not text:
            return None
        try:
            return encode([text])[0]
        except ModelError as error:
            note = f"by words alone: {error}"
            log.warning("searching %s", note)
            if note not in self.notes:
                self.notes.append(note)
            return None

    def _anchors(self, plan: Plan, scope: Scope, videos: Sequence[Video]) -> list[Hit]:
        """Rows at which the anchoring event shows, those that say it first."""
        anchor = plan.anchor
        if anchor is None or not anchor.text:
            return []
        if anchor.span is not None and len(videos) == 1:
            scope = replace(scope, within=on_clock(anchor, videos[0]))
        found = self.search(anchor.text, scope)
        if not stems(anchor.text) and sum(v.duration for v in videos) <= SHORT:
            written = replace(scope, kinds=(Kind.SCREEN_TEXT,))  # no search finds stop words
            found += [Hit(row, 0.0) for row in self.store.memories(written)]
        return anchored(found, anchor.text, lasting=not anchor.is_beside_event)

    def _turns(self, plan: Plan, scope: Scope, videos: Sequence[Video]) -> Turns | None:
        """When the voice speaks that the plan names; of many videos in those that tell of it."""
        if plan.voice is None:
            return None
        spoken = replace(scope, kinds=(Kind.SPEECH,))
        if len(videos) > TREES:
            best = _by_hits(videos, self.search(search_words(plan), spoken))[:TREES]
            spoken = replace(spoken, video_ids=tuple(video.video_id for video in best), without=())
        turns = turns_of(plan, self.store.memories(spoken))
        if turns is None:
            self.notes.append("nobody told voices apart there (BACKTRAIL_PERCEPTION__VOICES)")
        elif not turns.parts:
            self.notes.append("no such voice speaks there")
        return turns

    def _facts(self, plan: Plan, scope: Scope, best: Sequence[Video]) -> tuple[Fact, ...]:
        """The values of the thing that the question names, as the videos with the best hits tell.

        Of something that is not of one video alone, all videos of the workspace tell.
        """
        if not self.tells_facts or not is_asked(plan) or scope.parts:
            return ()
        find, tenant = self.store.notebook.find, scope.tenant
        told = [one for v in best for one in find(Assertion, tenant, video_id=v.video_id)]
        named = named_facts(plan, facts_of(told, best))
        if not named or named[0].local or scope.video_ids:
            return tuple(named)
        subject, predicate = named[0].subject, named[0].predicate
        others = find(Assertion, tenant, subject=subject, predicate=predicate)
        videos = self.store.videos(tenant, {one.video_id for one in others})
        kept = [one for one in others if one.video_id not in scope.without and not one.local]
        return tuple(named_facts(plan, facts_of(kept, videos)))

    def _with_sources(
        self, rows: tuple[Memory, ...], facts: Sequence[Fact], tenant: str
    ) -> tuple[Memory, ...]:
        """The rows with those that tell the facts first."""
        known = {row.memory_id for row in rows}
        ids = [fact.source_ids[0] for fact in facts if fact.source_ids]
        missing = [key for key in ids if key not in known]
        return sharpest((*rows, *self.store.with_vectors(tenant, missing))) if missing else rows

    def _rows(
        self,
        scope: Scope,
        videos: Sequence[Video],
        focus: Sequence[tuple[str, Span]],
        hits: Iterable[Hit],
    ) -> tuple[Memory, ...]:
        wanted: dict[str, list[Span]] = {}
        for video_id, span in focus:
            wanted.setdefault(video_id, []).append(span)
        for hit in hits:
            row = hit.memory
            if row.span.length <= SHORT // 4:
                wanted.setdefault(row.video_id, []).append(_widened(row.span, MARGIN))
        parts = [
            (video.video_id, span)
            for video in videos
            if video.video_id in wanted or len(videos) == 1
            for span in _spans_of(video, wanted.get(video.video_id, []))
        ]
        parts = clipped(parts, scope.parts)
        rows = self.store.memories(replace(scope, parts=parts)) if parts else []
        kept = {r.memory_id: r for r in rows if not r.kind.is_composed or r.is_look}
        return sharpest(list(kept.values()))


def hangs_on_cut(plan: Plan) -> bool:
    """Whether the anchoring event is a cut of the film, which memory keeps as an edge of shots."""
    anchor = plan.anchor
    if anchor is None or not anchor.is_beside_event:
        return False
    words = stems(anchor.text)
    return bool(words) and set(words) <= CUT_WORDS


def search_words(plan: Plan) -> str:
    """What to search for: the plan's own words, without those of the anchor."""
    words = [*plan.phrases, *plan.terms]
    if plan.target and plan.target not in plan.terms:
        words.append(plan.target)
    return " ".join(dict.fromkeys(words)) or (plan.anchor.text if plan.anchor else "")


def _narrowed(
    scope: Scope, focus: Sequence[tuple[str, Span]], beside: Sequence[Candidate]
) -> Scope:
    """Search inside the focus only, when there is one, or beside all events that may be meant."""
    if beside:
        events = tuple((each.video_id, each.span) for each in beside)
        return replace(scope, parts=clipped(events, scope.parts) or scope.parts)
    if not focus:
        return scope
    if len(focus) <= TREES:
        return replace(scope, parts=tuple(focus))
    hull = focus[0][1]
    for _, span in focus[1:]:
        hull = hull.hull(span)
    return replace(scope, within=hull if scope.within is None else hull.clipped(scope.within))


def _by_hits(videos: Sequence[Video], hits: Iterable[Hit]) -> list[Video]:
    """Videos, those with the best hits first."""
    best: dict[str, float] = {}
    for hit in hits:
        key = hit.memory.video_id
        best[key] = max(best.get(key, 0.0), hit.score)
    return sorted(videos, key=lambda v: (-best.get(v.video_id, 0.0), v.video_id))


def _spans_of(video: Video, wanted: Sequence[Span]) -> list[Span]:
    """The stretches of a video that are handed over: a short one whole."""
    return [video.span] if video.duration <= SHORT else _merged(wanted)


def _widened(span: Span, margin: int) -> Span:
    return Span(max(0, span.start - margin), span.end + margin)


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = merged[-1].hull(span)
        else:
            merged.append(span)
    return merged
