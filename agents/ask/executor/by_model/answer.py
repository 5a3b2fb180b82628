"""Answering by model: what was kept, else a reading; what the reader misses is read up at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agents.ask.answer import Context, Draft
from agents.ask.executor.by_model.answer_cache import AnswerCache
from agents.ask.executor.by_model.follow_up import FollowUp
from agents.ask.executor.by_model.history import Failures, Looks
from agents.ask.executor.by_model.read import Rereader
from agents.ask.executor.context import shown_rows
from agents.ask.plan import Plan
from agents.ask.verify import verify
from agents.errors import BudgetExhausted, ModelError


@dataclass(slots=True)
class ModelAnswerer:
    """Drafts answers to one question."""

    reader: Rereader
    follow_up: FollowUp
    looks: Looks
    failures: Failures
    answers: AnswerCache | None
    """Where proven answers are kept; None keeps none."""
    kept: Draft | None
    """What the question came to before; the first draft."""
    settled: bool = False
    """An answer is proven, or was kept: no more is to be looked at."""

    def answer(self, plan: Plan, context: Context) -> Draft:
        """Read the context; an unproven draft tells what failed on the way to it.

        Raises:
            BudgetExhausted: there is nothing left to pay a reading of new rows with.
        """
        context = context.with_rows(tuple(self.follow_up.rows))
        draft = self._draft(plan, context)
        while self.follow_up.search(draft, context):
            context = context.with_rows(tuple(self.follow_up.rows))
            draft = self._draft(plan, context)
        self.settled = self.settled or draft.proven
        notes = self.failures.take_notes()
        if notes and not draft.proven:
            draft = replace(draft, reason="; ".join([*notes, draft.reason]))
        return draft

    def keep_if_nothing(self, draft: Draft) -> None:
        """Keep that nothing was found, if nothing failed and nothing was left undone."""
        found = draft.proven or self.settled
        if self.answers is not None and not (found or draft.spent or self.failures.happened):
            self.answers.keep_nothing(draft)

    def _draft(self, plan: Plan, context: Context) -> Draft:
        kept, self.kept = self.kept, None
        if kept is not None and (not kept.proven or verify(kept, context).proven):
            self.settled = True
            return kept
        rows = shown_rows(plan, context, (*reversed(self.looks.rows), *self.follow_up.rows))
        try:
            draft = self.reader.read(plan, rows, context)
        except ModelError as error:
            self.failures.add()
            return Draft(None, reason=f"the reader failed: {error}")
        except BudgetExhausted as limit:
            if self.looks.rows:
                raise
            return Draft(None, reason=str(limit), spent=True)
        if draft.proven and self.answers is not None:
            self.answers.keep(draft)
        return draft
