"""Hears speech in a stretch of a video's sound."""

from __future__ import annotations

import numpy as np

from agents.models.ports import SAMPLE_RATE, Sound, Transcriber
from agents.perception.records import Percept
from memory.records import SECOND, Kind, Level, Span

SILENT = 10 ** (-60 / 20)
"""Loudest sample, of full scale, of what counts as silence: -60 dB."""


def hear(
    sound: Sound, offset: int, transcriber: Transcriber, *, keep: Span | None = None
) -> tuple[list[Percept], tuple[str, ...]]:
    """What is said in `sound`, which starts at `offset` (microseconds) of the video.

    A window of a longer sound cuts speech at its edges. Hand in some seconds more on both sides
    and the window itself as `keep`: an utterance belongs to the window in which it starts, so each
    is kept once although neighbours heard it too. It may end after the window does; what is said
    beyond the end of `sound` is lost, so the margin at the end should hold a sentence (5 s).

    Returns:
        One percept per utterance, and notes for the user (why nothing was heard).

    Raises:
        ModelFailed: the transcriber could not work on the sound.
    """
    if not len(sound) or float(np.abs(sound).max()) < SILENT:
        return [], ("the sound is silent",) if len(sound) else ()
    transcript = transcriber.transcribe(sound)
    sound_span = Span(offset, offset + len(sound) * SECOND // SAMPLE_RATE)
    percepts: list[Percept] = []
    for utterance in transcript.utterances:
        whole = Span(utterance.span.start + offset, utterance.span.end + offset)
        if keep is not None and not keep.start <= whole.start < keep.end:
            continue
        span = whole.clipped(sound_span)
        if span is None:
            continue
        percepts.append(
            Percept(
                Kind.SPEECH,
                Level.SHOT,
                span,
                utterance.text,
                transcriber.name,
                utterance.confidence,
                details={"language": transcript.language},
            )
        )
    return percepts, (transcript.note,) if transcript.note else ()
