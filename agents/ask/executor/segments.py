"""Where looking may lead: segments on a grid, from hits, from what was just seen, or all over.

Pure functions from rows and spans to scored branches; which of them to follow is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from agents.text.words import coverage, words
from memory.backtrack import Branch, Move, Segment
from memory.records import SECOND, Hit, Level, Memory, Node, Span, Video

OFFERED = 40
"""Most segments a model chooses from."""
DETAIL = SECOND
"""Length of the pieces in which a segment is looked at frame by frame."""
POINTED, FINER, SIDEWAYS, OPENED, COARSER = 0.95, 0.35, 0.3, 0.4, 0.05
"""Shares of a score that go to moments worth a closer look, to all pieces, to what is beside, and
to what is inside; the least score of a segment."""
HINTED = 0.5
"""What a guess of the embedded navigator counts beside a precise hit."""
PRECISE = 90 * SECOND
"""Longest row that says where to look; what longer ones tell may be anywhere in them."""
RELEVANT = 0.41
"""Share of the sought words that must show in a segment before it is looked at closer."""
NEWS = 0.95
"""Share of a moment's words in what was known before from which it tells nothing new."""
FEW = 10
"""A video of at most this many cells is looked at everywhere before a question is given up."""
BRIEF = 0.6
"""Most of a segment that a moment may take up to be worth a closer look of its own."""


def proposals(
    branches: Sequence[Branch],
    videos: Sequence[Video],
    nodes: Sequence[Node],
    longest: int,
    within: Span | None,
    *,
    coarse: bool = True,
) -> list[Branch]:
    """Segments to choose from: cells of a fixed grid, so that different questions share looks.

    All cells where they are few enough to be shown; else those that retrieval points at, and
    stretches all over the videos, so that a moment that retrieval missed can be picked too; not
    `coarse` leaves those out as long as retrieval points anywhere.
    """
    limits = {v.video_id: limit for v in videos if (limit := limit_of(v, within)) is not None}
    pointed = on_grid(branches, limits, longest)
    grid = [
        Segment(video_id, Level.SHOT, cell)
        for video_id, span in limits.items()
        if span.length <= OFFERED * longest
        for cell in cells(span, longest)
    ]
    known = {branch.segment for branch in pointed}
    if len(known.union(grid)) <= OFFERED and len(limits) == len({s.video_id for s in grid}):
        return [*pointed, *(Branch(s, COARSER, Move.DOWN) for s in grid if s not in known)]
    best = sorted(pointed, key=lambda b: (-b.score, b.segment.video_id, b.segment.span))
    if best and not coarse:
        return best[:OFFERED]
    inside = [node for node in nodes if _inside(node, limits)]
    return [*best[: OFFERED // 2], *coarse_branches(inside, longest)]


def limit_of(video: Video, within: Span | None) -> Span | None:
    """The part of a video that a question may look at."""
    return video.span if within is None else video.span.clipped(within)


def _inside(node: Node, limits: Mapping[str, Span]) -> bool:
    limit = limits.get(node.video_id)
    return limit is not None and limit.contains(node.span)


def on_grid(branches: Sequence[Branch], limits: Mapping[str, Span], longest: int) -> list[Branch]:
    """The grid's cells that branches touch, each with the best score; frame segments stay.

    `limits` says for each video where one may look.
    """
    best: dict[Segment, Branch] = {}
    for branch in branches:
        at = branch.segment
        is_frame = at.level is Level.FRAME
        spans = [at.span] if is_frame else touched(at.span, longest)
        for cell in spans:
            limit = limits.get(at.video_id)
            span = cell.clipped(limit) if limit is not None else None
            if span is None:
                continue
            segment = Segment(at.video_id, Level.FRAME if is_frame else Level.SHOT, span)
            known = best.get(segment)
            if known is None or known.score < branch.score:
                best[segment] = replace(branch, segment=segment)
    return list(best.values())


def coarse_branches(nodes: Sequence[Node], longest: int) -> list[Branch]:
    """Scenes where they are few enough to be shown, else chapters; evenly thinned out then."""
    for level in (Level.SCENE, Level.CHAPTER):
        own = [node for node in nodes if node.level is level]
        if len(own) <= OFFERED // 2:
            break
    stride = max(1, -(-len(own) // (OFFERED // 2)))
    return [
        Branch(Segment(node.video_id, node.level, node.span), COARSER, Move.DOWN)
        for node in own[::stride]
        if node.span.length > longest
    ]


def opened(branches: Sequence[Branch], longest: int) -> list[Branch]:
    """The branches, those too long for one look cut into cells with lower scores."""
    made: list[Branch] = []
    for branch in branches:
        at = branch.segment
        if at.span.length <= longest:
            made.append(branch)
            continue
        for index, span in enumerate(cells(at.span, longest)):
            segment = Segment(at.video_id, Level.SHOT, span)
            made.append(replace(branch, segment=segment, score=branch.score * OPENED * 0.97**index))
    return made


def pointed(hits: Sequence[Hit], longest: int, weight: float = 1.0) -> list[Branch]:
    """The cells that precise rows lie in; the longer a row, the less it says where."""
    best = max((hit.score for hit in hits), default=1.0) or 1.0
    made: list[Branch] = []
    for hit in hits:
        row = hit.memory
        if row.span.length > PRECISE:
            continue
        share = min(1.0, longest / max(1, row.span.length)) ** 0.5
        segment = Segment(row.video_id, Level.SHOT, row.span)
        made.append(Branch(segment, weight * hit.score / best * share, Move.DOWN))
    return made


def onward(
    at: Segment,
    score: float,
    limit: Span,
    longest: int,
    seen: Sequence[Memory],
    sought: Sequence[str],
    coarse: str = "",
) -> list[Branch]:
    """From a segment just looked at: closer where what was seen is relevant, and beside it.

    Args:
        at: The segment.
        score: What it was worth.
        limit: Where one may look.
        longest: Longest span of one look.
        seen: Rows that the look brought.
        sought: Words of the question.
        coarse: What was known of the segment before the look.
    """
    if at.level is Level.FRAME:
        return []
    before, after = (
        Span(max(0, at.span.start - 1), at.span.start),
        Span(at.span.end, at.span.end + 1),
    )
    beside = [
        span
        for near in (before, after)
        if near.length and near.start < limit.end
        for span in touched(near, longest)
    ]
    clipped = [span.clipped(limit) for span in beside]
    sideways = [
        Branch(Segment(at.video_id, Level.SHOT, span), score * SIDEWAYS, Move.SIDEWAYS, at)
        for span in clipped
        if span is not None and span != at.span
    ]
    told = " ".join(row.text or "" for row in seen)
    if coverage(sought, told) < RELEVANT:
        return sideways
    return [*closer(at, score, seen, sought, coarse), *sideways]


def closer(
    at: Segment, score: float, seen: Sequence[Memory], sought: Sequence[str], coarse: str = ""
) -> list[Branch]:
    """Pieces in which every change shows: of relevant moments that are news, then of all."""
    if at.span.length <= DETAIL:
        return []
    moments = [
        row.span
        for row in seen
        if row.span.length <= BRIEF * at.span.length
        and coverage(sought, row.text or "") >= RELEVANT
        and coverage(words(row.text or ""), coarse) < NEWS
    ]
    made: dict[Segment, Branch] = {}
    spans = [(span, POINTED) for span in moments] + [(at.span, FINER)]
    for span, share in spans:
        for index, piece in enumerate(spread(cells(span, DETAIL))):
            segment = Segment(at.video_id, Level.FRAME, piece)
            worth = score * share * 0.98**index
            made.setdefault(segment, Branch(segment, worth, Move.DOWN, at))
    return list(made.values())


def spread(pieces: Sequence[Span]) -> list[Span]:
    """Pieces so ordered that the first few lie all over them: the middle, then every third."""
    middle = len(pieces) // 2
    order = sorted(range(len(pieces)), key=lambda i: ((i - middle) % 3, abs(i - middle), i))
    return [pieces[i] for i in order]


def unseen(
    videos: Sequence[Video], looked: set[Segment], longest: int, within: Span | None, score: float
) -> list[Branch]:
    """The cells of short videos that were not looked at: few enough to leave none out."""
    made: list[Branch] = []
    for video in videos:
        limit = limit_of(video, within)
        if limit is None or limit.length > FEW * longest:
            continue
        every = [Segment(video.video_id, Level.SHOT, span) for span in cells(limit, longest)]
        made += [Branch(at, score, Move.SIDEWAYS) for at in every if at not in looked]
    return made


def scaled(branches: Sequence[Branch], top: float) -> list[Branch]:
    """The branches with scores of at most `top`, in the same proportions."""
    best = max((branch.score for branch in branches), default=0.0) or 1.0
    return [replace(branch, score=branch.score / best * top) for branch in branches]


def touched(span: Span, length: int) -> list[Span]:
    """The whole cells of the grid that a span touches."""
    starts = range(span.start // length * length, max(span.end, span.start + 1), length)
    return [Span(at, at + length) for at in starts]


def cells(span: Span, length: int) -> list[Span]:
    """A span cut at a fixed grid of `length`, so that different questions share their looks."""
    first = span.start // length * length
    starts = range(first, span.end, length)
    spans = [Span(max(span.start, at), min(span.end, at + length)) for at in starts]
    return [piece for piece in spans if piece.length]
