"""Summaries upward by a language model: scenes from their rows, chapters and the video from those.

A call that fails leaves the composed summary in place, and says so.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from pydantic import BaseModel

from agents.errors import BudgetExhausted, ModelError, ModelFailed
from agents.ingest.compose import SUMMARY_WORDS, summary
from agents.ingest.describe import Captioner, lines_of
from agents.models.chat import Prompt
from agents.perception.rows import text_row
from agents.prompting.evidence import fenced, thinned
from agents.prompting.schemas import Passage
from agents.text.clock import clock_span
from memory.records import Kind, Memory, Node, Owner

log = logging.getLogger(__name__)

CHARACTERS = 24_000
"""Of rows that one summary is made from; evenly thinned out where there are more."""


class SummaryReply(BaseModel):
    """What happens in a stretch."""

    summary: Passage


def summarised(
    nodes: Sequence[Node], rows: Sequence[Memory], owner: Owner, captioner: Captioner
) -> tuple[list[Memory], list[str]]:
    """A summary row per scene, chapter and video, and what failed, in words.

    `rows` are captions and what was said and written; each row made names those it was made from.
    """
    made: list[Memory] = []
    faults: list[str] = []
    telling = (r for r in rows if r.kind is Kind.CAPTION or r.kind.is_beside_pictures)
    below: Sequence[Memory] = [row for row in telling if row.text]
    for level in SUMMARY_WORDS:
        own: list[Memory] = []
        for node in (node for node in nodes if node.level is level):
            near = [row for row in below if row.span.overlap(node.span)]
            if near:
                own.append(_summary(node, near, rows, owner, captioner, faults))
        made += own
        below = own
    return [row for row in made if row.text], faults


def _summary(
    node: Node,
    near: Sequence[Memory],
    rows: Sequence[Memory],
    owner: Owner,
    captioner: Captioner,
    faults: list[str],
) -> Memory:
    """One summary: the only one below is taken over, else the model writes one."""
    only = near[0] if len(near) == 1 and near[0].kind is Kind.SUMMARY else None
    if only is not None:
        return text_row(owner, node, Kind.SUMMARY, only.text or "", near, only.producer.model)
    used = thinned(sorted(near, key=lambda row: (row.span, row.memory_id)), CHARACTERS)
    told = f"{captioner.prompts.summariser}\nAt most {SUMMARY_WORDS[node.level]} words."
    prompt = Prompt("summariser", told, fenced(lines_of(used)), video_ids=(owner.video_id,))
    try:
        said = " ".join(captioner.writer.ask(prompt, SummaryReply, captioner.meter).summary.split())
        if not said:
            raise ModelFailed(f"{captioner.writer.name} says nothing", "try another model")
    except (ModelError, BudgetExhausted) as error:
        where = clock_span(node.span)
        log.warning("the summary of %s is composed: %s", where, error)
        faults.append(f"no summary of {where} by {captioner.writer.name}: {error}")
        inside = [row for row in rows if row.span.overlap(node.span)]
        composed = summary(node, inside, SUMMARY_WORDS[node.level])
        return text_row(owner, node, Kind.SUMMARY, composed, inside)
    return text_row(owner, node, Kind.SUMMARY, said, used, captioner.writer.name)
