"""Where to look next, without a model: along the hits, into the focus, to neighbours, and up.

Looking again costs most, so it is only proposed where pixels can tell more than memory does.
"""

from __future__ import annotations

from dataclasses import dataclass

from agents.ask.answer import Context
from agents.ask.executor.segments import cells
from agents.ask.plan import Asked, Plan
from memory.backtrack import Branch, Move, Segment, above, below, beside
from memory.records import SECOND, Level, Memory, Span

SIDEWAYS_SHARE = 0.5
UP_SHARE = 0.4
DOWN_SHARE = 0.9
UNFINISHED = 0.5
"""Score of a shot that goes on beyond what is known, where the best hit has 1."""
END = SECOND // 4
"""How much of the video's end is looked at frame by frame."""
BLIND = (Asked.SAID,)
"""Questions that pixels do not answer."""
SEVERAL = (Asked.COUNT, Asked.ORDER)
"""Questions that need more than one moment."""


@dataclass(frozen=True, slots=True)
class Navigator:
    """Proposes branches; `longest` is the longest span one look may cover, in microseconds."""

    longest: int

    def start(self, plan: Plan, context: Context) -> list[Branch]:
        """The first branches: the focus, if the question names a time, and the best hits."""
        if plan.asked in BLIND:
            return []
        branches = [
            Branch(piece, 2.0 - 0.01 * index, Move.DOWN)
            for video_id, span in context.focus
            for index, piece in enumerate(self._pieces(video_id, span))
        ]
        branches += self._ends(plan, context)
        best = max((hit.score for hit in context.hits), default=1.0) or 1.0
        for hit in context.hits:
            branches += [
                Branch(piece, hit.score / best * (0.99**index), Move.DOWN)
                for index, piece in enumerate(self._around(hit.memory, context))
            ]
        return branches

    def _ends(self, plan: Plan, context: Context) -> list[Branch]:
        """The very first or last moment, for the first or last of what changes fast."""
        if plan.position not in (1, -1) or len(context.videos) != 1:
            return []
        video = context.videos[0]
        edge = min(END, video.duration)
        start = 0 if plan.position == 1 else video.duration - edge
        segment = Segment(video.video_id, Level.FRAME, Span(start, start + edge))
        return [Branch(segment, 1.5, Move.DOWN)]

    def unfinished(self, context: Context, until: int) -> list[Branch]:
        """The shots that were still going on at `until`: no memory of them was complete by then.

        The last moments come first.
        """
        pieces = [
            piece
            for node in context.nodes
            if node.level is Level.SHOT and node.span.end == until
            for piece in reversed(self._pieces(node.video_id, node.span))
        ]
        return [Branch(s, UNFINISHED * 0.99**n, Move.DOWN) for n, s in enumerate(pieces)]

    def onward(self, context: Context, at: Segment) -> list[Branch]:
        """From a segment just looked at: finer, its neighbours, and its parent's other parts."""
        score = self._score_at(context, at)
        nodes = list(context.nodes)
        found = [Branch(s, score * DOWN_SHARE, Move.DOWN, at) for s in below(at, nodes)]
        found += [Branch(s, score * SIDEWAYS_SHARE, Move.SIDEWAYS, at) for s in beside(at, nodes)]
        parent = above(at, nodes)
        if parent is not None and parent.span.length <= self.longest:
            found.append(Branch(parent, score * UP_SHARE, Move.UP, at))
        return [branch for branch in found if branch.segment.span.length <= self.longest]

    def _around(self, row: Memory, context: Context) -> list[Segment]:
        """The shots in which a hit lies, cut to what one look may cover."""
        shots = [
            node.span
            for node in context.nodes
            if node.video_id == row.video_id
            and node.level is Level.SHOT
            and node.span.overlap(row.span)
        ]
        return [piece for span in shots for piece in self._pieces(row.video_id, span)]

    def _pieces(self, video_id: str, span: Span) -> list[Segment]:
        """A span as segments; one too long for a look is cut at the grid."""
        if span.length <= SECOND // 2:
            return [Segment(video_id, Level.FRAME, span)]
        if span.length <= self.longest:
            return [Segment(video_id, Level.SHOT, span)]
        return [Segment(video_id, Level.SHOT, piece) for piece in cells(span, self.longest)]

    @staticmethod
    def _score_at(context: Context, at: Segment) -> float:
        touching = [
            hit.score
            for hit in context.hits
            if hit.memory.video_id == at.video_id and hit.memory.span.overlap(at.span)
        ]
        best = max((hit.score for hit in context.hits), default=1.0) or 1.0
        return max(touching, default=0.1 * best) / best


def pays_to_look(plan: Plan) -> bool:
    """Whether looking at pixels can answer the plan at all."""
    return plan.asked not in BLIND and not plan.is_overview


def needs_several(plan: Plan) -> bool:
    """Whether the answer lies in more than one moment."""
    return plan.asked in SEVERAL
