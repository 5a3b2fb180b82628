"""Following up what a reader misses: it is searched for at once, and read with the rest."""

from __future__ import annotations

from dataclasses import dataclass, field

from agents.ask.answer import Context, Draft, Question
from agents.ask.executor.recall import Recall
from memory.records import Hit, Memory, Scope

HOPS = 4
"""Most searches for what the reader misses."""
ASIDES = 16
"""Most rows that such a search adds to what is read."""


@dataclass(slots=True)
class FollowUp:
    """Searches for what the reader of one question misses."""

    recall: Recall
    question: Question
    queries: list[str] = field(default_factory=list[str])
    """What was missed and searched for."""
    rows: list[Memory] = field(default_factory=list[Memory])
    """What those searches brought."""
    hits: list[Hit] = field(default_factory=list[Hit])
    """Hits of the last search, until they were navigated by."""

    def search(self, draft: Draft, context: Context) -> bool:
        """Search for what a draft misses; whether that brought anything to read again with."""
        wanted = draft.missing
        is_new = bool(wanted) and wanted not in self.queries
        if draft.proven or not is_new or len(self.queries) >= HOPS:
            return False
        self.queries.append(wanted)
        asked = self.question
        scope = Scope(asked.tenant, asked.video_ids, within=asked.within)
        hits = self.recall.search(wanted, scope)
        known = {row.memory_id for row in (*context.rows, *self.rows)}
        self.hits = list(hits)
        self.rows += [h.memory for h in hits[:ASIDES] if h.memory.memory_id not in known]
        return bool(hits)

    @property
    def missing(self) -> str:
        """What the reader missed last, if anything."""
        return self.queries[-1] if self.queries else ""
