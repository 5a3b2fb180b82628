"""Describing windows while they are ingested: captions by the model that sees, then facts.

What was said and written in a window goes to the model as fenced rows, beside its pictures: data,
never an instruction. A call that fails is told in the ledger and made again by the next ingest;
until then the composed captions serve.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.budget import Meter
from agents.errors import ModelMissing
from agents.ingest.facts import fact_json
from agents.models.chat import ChatModel, Prompt
from agents.models.ports import TextEncoder
from agents.perception.records import Frame, Percept, Probe
from agents.perception.rows import embed_texts, with_details, written_rows
from agents.prompting.captions import CaptionReply, percepts_of
from agents.prompting.evidence import fenced, line
from agents.prompting.facts import extracted
from agents.prompting.prompts import Prompts, aim
from agents.runtime import Runtime
from memory.backtrack import Segment
from memory.details import Told, ToldFact
from memory.records import SECOND, Kind, Level, Memory, Scope, Span, Window
from memory.store import Store

log = logging.getLogger(__name__)

KEYFRAMES_SIDE, MOST_KEYFRAMES = 768, 16
"""Longer side in pixels, and most keyframes of a window, that are described."""
DENSE_SIDE, DENSE_STEP, DENSE_PIECE = 512, SECOND, 30 * SECOND
"""Longer side, time between pictures and length of what is described at once, when dense."""
MOST_ROWS, MOST_CHARACTERS = 60, 9000
"""How much of what was said and written goes with the pictures."""


@dataclass(frozen=True, slots=True)
class Captioner:
    """Who describes videos while they are ingested, and what it has cost."""

    captioner: ChatModel
    writer: ChatModel
    """Writes facts and summaries (the role `summariser`)."""
    prompts: Prompts
    meter: Meter


def captioner_of(runtime: Runtime, meter: Meter) -> Captioner | None:
    """Who describes what is ingested; None where the parameters ask for no captions.

    Raises:
        ModelMissing: an endpoint is configured that cannot be used.
    """
    if runtime.spec.parameters.captions == "none":
        return None
    roles = runtime.roles()
    if roles is None or roles.captioner is None:
        raise ModelMissing(
            "captions are asked for, but no model sees",
            "set BACKTRAIL_VLM__MODEL, or captions=none",
        )
    return Captioner(roles.captioner, roles.of("summariser"), runtime.spec.prompts, meter)


def told_of(
    store: Store,
    probe: Probe,
    window: Window,
    mode: str,
    encoder: TextEncoder,
    captioner: Captioner,
) -> Told:
    """Describe a window whose rows are written; what was described before is not again.

    Caption rows are written here. Facts wait until all captions are there.

    Args:
        store: Where the rows are.
        probe: The file.
        window: The window.
        mode: `keyframes` or `dense`.
        encoder: Makes the vectors of the captions.
        captioner: Who describes.

    Returns:
        For the ledger: `captions` (how many rows), `facts`, `failed` (reasons).
    """
    rows = _rows(store, window)
    own = [row for row in rows if row.kind is Kind.CAPTION]
    failed: list[str] = []
    for piece in pieces(window.span, mode):
        if any(row.span == piece for row in own):
            continue
        try:
            found, beside = _described(probe, window, piece, mode, rows, captioner)
        except Exception as error:  # whatever a model, its server or a broken file does
            log.warning("no captions of window %d: %s", window.index, error)
            failed.append(f"no captions by {captioner.captioner.name}: {_said(error)}")
            continue
        made = _kept(store, window, piece, found, beside)
        store.put_memories(embed_texts(made, encoder))
        own += made
    facts = [] if failed else _facts(rows, own, window, captioner, failed)
    return {"captions": len(own), "facts": facts, "failed": failed}


def pieces(span: Span, mode: str) -> list[Span]:
    """What is described at once: the window, or pieces of it when dense."""
    if mode != "dense":
        return [span]
    count = max(1, round(span.length / DENSE_PIECE))
    edges = [span.start + index * DENSE_PIECE for index in range(count)] + [span.end]
    return [Span(edges[index], edges[index + 1]) for index in range(count)]


def _rows(store: Store, window: Window) -> list[Memory]:
    """What this window wrote, in order of time."""
    scope = Scope(window.tenant, (window.video_id,))
    rows = store.memories(scope, perception_key=window.perception_key)
    return [row for row in rows if row.window_id == window.window_id]


def _described(
    probe: Probe,
    window: Window,
    piece: Span,
    mode: str,
    rows: Sequence[Memory],
    captioner: Captioner,
) -> tuple[list[Percept], list[Memory]]:
    """What the model sees in a piece, and the rows it was given; nothing where no pictures are."""
    frames = _frames(probe, piece, mode, rows)
    if not frames:
        return [], []
    captioner.meter.frames += len(frames)
    beside = shown([r for r in rows if r.kind.is_beside_pictures and r.span.overlap(piece)])
    prompt = _prompt(frames, beside, mode, captioner, window)
    reply = captioner.captioner.ask(prompt, CaptionReply, captioner.meter)
    segment = Segment(window.video_id, Level.SCENE, piece)
    found = percepts_of(reply, frames, segment, captioner.captioner.name)
    placed = [p if p.level is Level.SCENE else replace(p, level=Level.SHOT) for p in found]
    return placed, beside


def _kept(
    store: Store,
    window: Window,
    piece: Span,
    found: Sequence[Percept],
    beside: Sequence[Memory],
) -> list[Memory]:
    """Rows that say from which time on all that they were made from is known."""
    made = written_rows(found, window, store.thumbnails)
    known = max([piece.end, *(row.span.end for row in beside)])
    sources = tuple(row.memory_id for row in beside)
    return [with_details(replace(row, source_ids=sources), {"known_at": known}) for row in made]


def _prompt(
    frames: Sequence[Frame],
    beside: Sequence[Memory],
    mode: str,
    captioner: Captioner,
    window: Window,
) -> Prompt:
    from agents.models.openai_compatible.pictures import as_picture

    side = DENSE_SIDE if mode == "dense" else KEYFRAMES_SIDE
    pictures = tuple(as_picture(frame.image, frame.span.start, side) for frame in frames)
    content = f"Look for: {aim(1)}."
    if beside:
        content += "\nSaid and written meanwhile:\n" + fenced(lines_of(beside))
    told = captioner.prompts.captioner
    return Prompt("captioner", told, content, pictures, (window.video_id,))


def _frames(probe: Probe, piece: Span, mode: str, rows: Sequence[Memory]) -> list[Frame]:
    """Pictures of a piece: at a fixed rate when dense, else at its keyframes."""
    from agents.perception.media.decode import frame_at, frames

    if probe.video_stream is None:
        return []
    if mode == "dense":
        return list(frames(probe, piece, step=DENSE_STEP, max_side=DENSE_SIDE))
    times = sorted({row.span.start for row in rows if row.kind is Kind.KEYFRAME})
    stride = max(1, -(-len(times) // MOST_KEYFRAMES))
    found = [frame_at(probe, time, KEYFRAMES_SIDE) for time in times[::stride]]
    return [frame for frame in found if frame is not None]


def _facts(
    rows: Sequence[Memory],
    captions: Sequence[Memory],
    window: Window,
    captioner: Captioner,
    failed: list[str],
) -> list[ToldFact]:
    """Facts of a window for the ledger; a failure is added to `failed`."""
    telling = [*captions, *(row for row in rows if row.kind.is_beside_pictures)]
    ordered = sorted(telling, key=lambda row: (row.span, row.memory_id))
    made: list[ToldFact] = []
    for start in range(0, len(ordered), MOST_ROWS):
        batch = ordered[start : start + MOST_ROWS]
        try:
            told = extracted(
                batch, lines_of(batch), captioner.writer, captioner.prompts.facts, captioner.meter
            )
        except Exception as error:  # as above
            log.warning("no facts of window %d: %s", window.index, error)
            failed.append(f"no facts by {captioner.writer.name}: {_said(error)}")
            return []
        made += [fact_json(fact, batch) for fact in told]
    return made


def lines_of(rows: Sequence[Memory]) -> list[str]:
    """Numbered lines of rows of one video."""
    return [line(n, 1, row.span, str(row.kind), row.text or "") for n, row in enumerate(rows, 1)]


def shown(rows: Sequence[Memory], characters: int = MOST_CHARACTERS) -> list[Memory]:
    """Rows with text, the first of them that fit, in order of time."""
    kept: list[Memory] = []
    for row in sorted(rows, key=lambda r: (r.span, r.memory_id)):
        characters -= len(row.text or "")
        if characters < 0 or len(kept) == MOST_ROWS:
            break
        kept.append(row)
    return kept


def _said(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
