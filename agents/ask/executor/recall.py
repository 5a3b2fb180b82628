"""Recall: from a plan to the context a reader needs, by search and by time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from rapidfuzz import fuzz

from agents.ask.answer import Context, Question, sharpest
from agents.ask.plan import Anchor, Plan, Relation
from agents.ask.relevance import RECOGNISED, pictures_like
from agents.ask.search import Moment, moments, shots_of
from agents.errors import ModelError
from agents.models.ports import Models
from agents.perception.media.source import changed_note
from agents.text.words import coverage, stem, stems
from memory.records import SECOND, Hit, Kind, Level, Memory, Scope, Span, Vector, Video
from memory.retrieve import Query, retrieve
from memory.store import Store

log = logging.getLogger(__name__)

SHORT = 300 * SECOND
"""A video up to this long is handed to the reader whole."""
MARGIN = 12 * SECOND
"""Time around a hit that is handed over with it."""
NEXT = 20 * SECOND
"""How far "after" and "before" reach."""
CUTS = frozenset(stem(word) for word in ("cut", "shot", "shots", "scene", "change"))
"""Words for an edge between shots."""
CUT_WORDS = CUTS | {stem("first"), stem("camera")}
TREES = 6
"""Most videos whose tree is handed over."""


@dataclass(frozen=True, slots=True)
class Recall:
    """Search over one store with one process's models."""

    store: Store
    models: Models
    limit: int
    notes: list[str] = field(default_factory=list[str])
    """What could not be used while searching, once each."""

    def gather(self, question: Question, plan: Plan) -> Context:
        """Everything the reader gets: ranked hits, the focus in time, and the rows around them."""
        videos = tuple(self.store.video(question.tenant, v) for v in question.video_ids)
        scope = Scope(question.tenant, question.video_ids, within=question.within)
        anchors = self._anchors(plan, scope, videos)
        pictured = self._pictured(question, scope)
        focus = self._at_cut(plan, videos) or focus_of(plan, anchors, videos)
        focus = focus or tuple((m.hit.memory.video_id, m.seen) for m in pictured[:1])
        shown = tuple(moment.hit for moment in pictured)
        if plan.level is Level.VIDEO:
            hits = self._summaries(question, scope)
        else:
            hits = [*shown, *self.search(search_words(plan), _narrowed(scope, focus), question)]
        options = tuple(tuple(self.search(choice, scope)) for choice in plan.choices)
        around = [*hits, *anchors, *(hit for option in options for hit in option[:4])]
        rows = self._rows(scope, videos, focus, around)
        best = _by_hits(videos, around)[:TREES]
        nodes = tuple(n for v in best for n in self.store.nodes(v.tenant, v.video_id))
        note = "; ".join([*self.notes, *filter(None, map(changed_note, videos))])
        found = Context(tuple(hits), rows, focus, tuple(anchors), options, nodes, videos, note)
        return found if question.image_vector is None else replace(found, pictured=shown)

    def _pictured(self, question: Question, scope: Scope) -> list[Moment]:
        """The moments that show the question's picture, best first."""
        like = pictures_like(self.store, question.image_vector, scope)
        same = [hit for hit in like if hit.score >= RECOGNISED]
        return moments(same, shots_of(self.store, same))

    def _summaries(self, question: Question, scope: Scope) -> list[Hit]:
        """What is told of all of a video, then of its parts; of several, what fits the question."""
        scope = replace(scope, kinds=(Kind.SUMMARY,))
        if len(scope.video_ids) != 1:
            return self.search(question.text, replace(scope, levels=(Level.VIDEO,)))
        rows = self.store.memories(scope)
        return [Hit(row, 1.0) for row in sorted(rows, key=lambda row: (-row.span.length, row.span))]

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

    def search(self, text: str, scope: Scope, question: Question | None = None) -> list[Hit]:
        """Hybrid search over all levels."""
        image = question.image_vector if question else None
        query = Query(
            text=text,
            text_vector=self._vector(text, self.models.text_encoder.encode),
            aligned_vector=self._vector(text, self.models.image_encoder.encode_query),
            image_vector=image,
        )
        return retrieve(self.store, query, scope, limit=self.limit)

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
            scope = replace(scope, within=_on_clock(anchor, videos[0]))
        found = self.search(anchor.text, scope)
        if not stems(anchor.text) and sum(v.duration for v in videos) <= SHORT:
            written = replace(scope, kinds=(Kind.SCREEN_TEXT,))  # no search finds stop words
            found += [Hit(row, 0.0) for row in self.store.memories(written)]
        return anchored(found, anchor.text, lasting=not anchor.is_beside_event)

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
        rows: list[Memory] = []
        for video in videos:
            if video.video_id not in wanted and len(videos) > 1:
                continue
            spans = [video.span] if video.duration <= SHORT else wanted.get(video.video_id, [])
            for span in _merged(spans):
                inside = Scope(scope.tenant, (video.video_id,), within=span)
                rows += self.store.memories(inside)
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
    words = [*plan.phrases, *plan.terms, *plan.names]
    if plan.target and plan.target not in plan.terms:
        words.append(plan.target)
    return " ".join(dict.fromkeys(words)) or (plan.anchor.text if plan.anchor else "")


def anchored(hits: Sequence[Hit], text: str, *, lasting: bool = False) -> list[Hit]:
    """Hits that are moments (not compositions), those that hold the words first.

    `lasting` leaves out what only marks a point in time: nothing is there while it happens.
    """
    words = text.split()
    moments = [hit for hit in hits if not hit.memory.kind.is_composed]
    moments = [hit for hit in moments if not (lasting and hit.memory.kind.is_instant)]

    def rank(hit: Hit) -> tuple[bool, float, float, Span]:
        held = coverage(words, hit.memory.text or "")
        return (not _has_line(hit.memory, text), -round(held, 2), -hit.score, hit.memory.span)

    return sorted(moments, key=rank)


def _has_line(row: Memory, text: str) -> bool:
    """Whether one line of the row is just this text: a title that a question names."""
    lines = (row.text or "").casefold().splitlines()
    return any(fuzz.ratio(line.strip(), text.casefold().strip()) >= 90 for line in lines)


def focus_of(
    plan: Plan, anchors: Sequence[Hit], videos: Sequence[Video]
) -> tuple[tuple[str, Span], ...]:
    """The spans in which the answer must lie, from the plan's anchor."""
    anchor = plan.anchor
    if anchor is None:
        return ()
    if anchor.span is not None and not anchor.text:
        return tuple((v.video_id, s) for v in videos if (s := _timed(anchor, v)) is not None)
    if not anchors:
        return ()
    first = anchors[0].memory
    video = next(v for v in videos if v.video_id == first.video_id)
    return ((first.video_id, _beside(anchor.relation, first.span, video)),)


def _timed(anchor: Anchor, video: Video) -> Span | None:
    """The anchor's time on this video, or None when the video is too short for it."""
    span = _on_clock(anchor, video)
    if anchor.relation is Relation.AFTER:
        span = Span(min(span.start, video.duration), video.duration)
    elif anchor.relation is Relation.BEFORE:
        span = Span(0, min(span.end, video.duration))
    if span.start >= video.duration:
        return None
    end = max(min(span.end, video.duration), span.start + 1)
    return Span(span.start, end)


def _on_clock(anchor: Anchor, video: Video) -> Span:
    """The anchor's span counted from the start of the video."""
    span = anchor.span or Span(0, 0)
    if not anchor.from_end:
        return span
    return Span(max(0, video.duration - span.end), max(0, video.duration - span.start))


def _beside(relation: Relation, span: Span, video: Video) -> Span:
    if relation is Relation.AFTER:
        return Span(min(span.end, video.duration - 1), min(span.end + NEXT, video.duration))
    if relation is Relation.BEFORE:
        return Span(max(0, span.start - NEXT), max(span.start, 1))
    return span


def _narrowed(scope: Scope, focus: Sequence[tuple[str, Span]]) -> Scope:
    """Search inside the focus only, when there is one."""
    if not focus:
        return scope
    hull = focus[0][1]
    for _, span in focus[1:]:
        hull = hull.hull(span)
    return Scope(scope.tenant, tuple({v for v, _ in focus}), scope.kinds, scope.levels, hull)


def _by_hits(videos: Sequence[Video], hits: Iterable[Hit]) -> list[Video]:
    """Videos, those with the best hits first."""
    best: dict[str, float] = {}
    for hit in hits:
        key = hit.memory.video_id
        best[key] = max(best.get(key, 0.0), hit.score)
    return sorted(videos, key=lambda v: (-best.get(v.video_id, 0.0), v.video_id))


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
