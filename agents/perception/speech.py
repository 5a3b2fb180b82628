"""Hears speech, and what else sounds, in a stretch of a video's sound."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from agents.models.ports import SAMPLE_RATE, Sound, SoundTagger, Transcriber, VoiceEncoder
from agents.perception.records import HeardVoice, Percept
from memory.records import SECOND, Kind, Level, Span

SILENT = 10 ** (-60 / 20)
"""Loudest sample, of full scale, of what counts as silence: -60 dB."""

HEARD = {"speech": "somebody speaks", "singing": "somebody sings", "music": "music plays"}
"""Kinds of sound, in words."""
QUIET = "silence"
PAUSE = 2 * SECOND
"""Pause up to which a sound goes on."""
LEAST = 2 * SECOND
"""Shortest sound, and silence, that is told of."""
TELLING = 8 * SECOND // 5
"""Shortest utterance whose voice is told: voices were learned from stretches of 1.6 s."""
UNDERSTOOD = 0.5
"""Share of speech in words from which it needs no row besides them."""


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


def sounds_in(
    sound: Sound, span: Span, tagger: SoundTagger, words: Sequence[Percept]
) -> list[Percept]:
    """Music, singing and silence, and speech of which no words are known.

    Args:
        sound: of the whole span.
        span: of the window, microseconds.
        tagger: tells kinds of sound apart.
        words: what was understood.

    Raises:
        ModelFailed: the tagger could not work on the sound.
    """
    stretches = [(each.name, each.span) for each in tagger.tag(sound)]
    silences = _silences(sound)
    if sum(each.length for each in silences) < span.length - LEAST:  # else it has no sound at all
        stretches += [(QUIET, each) for each in silences]
    said = [percept.span for percept in words]
    made: list[Percept] = []
    for name in (*HEARD, QUIET):
        own = joined([each for of, each in stretches if of == name], PAUSE)
        for part in own:
            here = Span(span.start + part.start, span.start + part.end).clipped(span)
            if here is None or here.length < LEAST:
                continue
            if name == "speech" and _covered(here, said) >= UNDERSTOOD:
                continue
            text = HEARD.get(name, name)
            made.append(Percept(Kind.AUDIO, Level.SHOT, here, text, tagger.name))
    return made


def voices_in(
    sound: Sound, offset: int, encoder: VoiceEncoder, words: Sequence[Percept]
) -> tuple[HeardVoice, ...]:
    """How the voices of utterances sound; of those too short to tell, nothing.

    Args:
        sound: starts at `offset` (microseconds) and holds the utterances.
        offset: where that is in the video.
        encoder: tells voices apart.
        words: the utterances.
    """
    whole = Span(offset, offset + len(sound) * SECOND // SAMPLE_RATE)
    parts = (percept.span.clipped(whole) for percept in words)
    spans = sorted({part for part in parts if part is not None and part.length >= TELLING})
    vectors = encoder.encode([_cut(sound, offset, span) for span in spans])
    told = zip(spans, vectors, strict=True)
    return tuple(HeardVoice(span, vector) for span, vector in told if vector.any())


def _cut(sound: Sound, offset: int, span: Span) -> Sound:
    first, last = ((at - offset) * SAMPLE_RATE // SECOND for at in (span.start, span.end))
    return sound[first:last]


def joined(spans: Sequence[Span], pause: int) -> list[Span]:
    """Spans in order, those with no more than a pause between them as one."""
    made: list[Span] = []
    for each in sorted(spans):
        if made and each.start - made[-1].end <= pause:
            made[-1] = made[-1].hull(each)
        else:
            made.append(each)
    return made


def _silences(sound: Sound) -> list[Span]:
    """Stretches without a tenth of a second above the limit of silence."""
    block = SAMPLE_RATE // 10
    whole = sound[: len(sound) // block * block].reshape(-1, block)
    quiet = np.flatnonzero(np.abs(whole).max(axis=1, initial=0.0) < SILENT)
    tenth = SECOND // 10
    return joined([Span(int(i) * tenth, (int(i) + 1) * tenth) for i in quiet], 0)


def _covered(span: Span, by: Sequence[Span]) -> float:
    """The share of a span that others cover."""
    return sum(part.overlap(span) for part in joined(by, 0)) / max(span.length, 1)
