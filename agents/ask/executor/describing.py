"""What a stretch of a video shows: told by the model that sees, else from what is remembered.

Nothing is invented: without a model the lines are put together of rows, and every line has the time
of its piece. A look of the model is kept like any other, so the next one costs nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from agents.ask.executor.look import Looker
from agents.ask.executor.perceivers import FINE, ModelPerceiver
from agents.budget import Meter
from agents.errors import ModelError
from agents.models.chat import ChatModel
from agents.prompting.prompts import aim
from agents.runtime import Runtime
from agents.text.clock import clock_span
from memory.as_of import COMPOSED
from memory.backtrack import Segment
from memory.records import Kind, Level, Memory, Node, Scope, Span, Video

MOST_PIECES = 40
"""Lines of a description."""
MOST = 6
"""Texts, or things, of one sort that a line tells."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Description:
    """Lines, the rows they rest on, who saw it, and what went wrong meanwhile."""

    text: str
    evidence: tuple[str, ...]
    model: str = ""
    note: str = ""


def described(runtime: Runtime, video: Video, span: Span | None, meter: Meter) -> Description:
    """What a video, or a stretch of it, shows; no text where nothing is known of it.

    Args:
        runtime: Store and models.
        video: A remembered video or picture.
        span: The stretch; None for all of it.
        meter: Gets what a model costs.

    Raises:
        ModelFailed: the model gave no valid reply, and nothing may stand in for it.
    """
    roles, note = runtime.roles(), ""
    whole = span or Span(0, max(1, video.duration))
    if roles is not None and roles.captioner is not None:
        try:
            seen = _looked(runtime, video, whole, roles.captioner, meter)
            if seen is not None:
                return seen
            note = f"{video.name} cannot be looked at; told from memory"
        except ModelError as error:
            if not runtime.spec.falls_back:
                raise
            log.warning("%s is not described by %s: %s", video.name, roles.captioner.name, error)
            note = f"{roles.captioner.name} failed ({error}); told from memory"
    rows = _remembered(runtime, video, whole)
    told, used = _composed(rows, _pieces(runtime, video, whole))
    return Description("\n".join(told), tuple(used), note=note)


def _looked(
    runtime: Runtime, video: Video, span: Span, captioner: ChatModel, meter: Meter
) -> Description | None:
    """What the model says of the stretch: a caption, and its moments; None without pictures."""
    perceiver = ModelPerceiver(captioner, runtime.spec.prompts.captioner, aim(1), FINE)
    looker = Looker(runtime.store, runtime.models.text_encoder, perceiver)
    segment = Segment(video.video_id, Level.SCENE, span)
    rows = looker.look(runtime.spec.tenant, segment, meter).rows
    if not rows:
        return None
    ordered = sorted(rows, key=lambda row: (row.span != span, row.span, row.memory_id))
    lines = [_line(row.span, row.text or "") for row in ordered]
    return Description("\n".join(lines), tuple(r.memory_id for r in ordered), captioner.name)


def _remembered(runtime: Runtime, video: Video, span: Span) -> list[Memory]:
    """Rows with words of the stretch, by time, that repeat no other rows."""
    scope = Scope(runtime.spec.tenant, (video.video_id,), within=span)
    rows = [
        row
        for row in runtime.store.memories(scope)
        if row.text and not (row.kind.is_description and row.producer.model == COMPOSED)
        if row.kind in (Kind.CAPTION, Kind.METADATA) or not row.kind.is_composed
    ]
    return sorted(rows, key=lambda row: (row.span, row.memory_id))


def _pieces(runtime: Runtime, video: Video, span: Span) -> list[Span]:
    """What gets a line each: the finest parts of the tree that are not too many; else all."""
    nodes = runtime.store.nodes(runtime.spec.tenant, video.video_id)
    for level in (Level.SHOT, Level.SCENE, Level.CHAPTER):
        parts = _inside(nodes, level, span)
        if 1 < len(parts) <= MOST_PIECES:
            return parts
    return [span]


def _inside(nodes: Iterable[Node], level: Level, span: Span) -> list[Span]:
    found = [node.span.clipped(span) for node in nodes if node.level is level]
    return sorted(part for part in found if part is not None)


def _composed(rows: Sequence[Memory], pieces: Sequence[Span]) -> tuple[list[str], list[str]]:
    """A line for each piece of which something is known, and the ids of the rows behind them."""
    lines, used = list[str](), dict[str, None]()
    for piece in pieces:
        here = [row for row in rows if _is_in(row, piece)]
        parts = list[str]()
        for name, belongs in _SORTS:
            own = [row for row in here if belongs(row)]
            texts = _things(own) if name == "Shows" else _texts(own)
            if texts:
                parts.append(f"{name}: {'; '.join(texts)}")
                used |= dict.fromkeys(row.memory_id for row in own)
        if parts:
            lines.append(_line(piece, ". ".join(parts)))
    return lines, list(used)


def _is_in(row: Memory, piece: Span) -> bool:
    """Whether a row is told with a piece: it begins there, or fills half of it."""
    starts = piece.start <= row.span.start < piece.end
    return starts or 2 * row.span.overlap(piece) > piece.length


_SORTS: tuple[tuple[str, Callable[[Memory], bool]], ...] = (
    ("Seen", lambda row: row.kind is Kind.CAPTION),
    ("Shows", lambda row: row.kind.is_thing),
    ("On screen", lambda row: row.kind.is_verbatim and row.kind.is_visual),
    ("Said", lambda row: row.kind.is_verbatim and row.kind.is_audible),
    ("Heard", lambda row: row.kind.is_audible and not row.kind.is_verbatim),
    ("Happens", lambda row: row.kind.is_event and not row.kind.is_instant),
)
"""In which order a line tells what."""


def _texts(rows: Iterable[Memory]) -> list[str]:
    lines = (" / ".join((row.text or "").split("\n")) for row in rows)
    return list(dict.fromkeys(line.rstrip(".") for line in lines))[:MOST]


def _things(rows: Iterable[Memory]) -> list[str]:
    """Names of things: those that were seen longest and surest first."""
    seen: Counter[str] = Counter()
    for row in rows:
        for place, word in enumerate((row.text or "").split("; ")):
            seen[word] += round(row.span.length * row.confidence / (1 + place)) + 1
    return [word for word, _ in seen.most_common(MOST)]


def _line(span: Span, text: str) -> str:
    return f"{clock_span(span)} {' '.join(text.split())}"
