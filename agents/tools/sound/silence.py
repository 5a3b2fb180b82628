"""Pauses: remove_silence. No cut falls into what is heard, and none into a word."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from agents.models.embedded.whisper import SPEECH_PAD, speech_stretches
from agents.models.ports import SAMPLE_RATE, Sound
from agents.perception.media.sound import audio
from agents.tools.base import Arguments, Assets, Estimate, Made, Place, Tool, VideoInput
from agents.tools.registry import Powers
from agents.tools.render.foresee import video_of
from agents.tools.render.needs import media_tool
from agents.tools.render.pieces import MOST, Piece, join, piece_of, told
from agents.tools.render.source import source_of
from memory.records import Span

STEP = 0.01
"""Seconds over which loudness is judged."""
BELOW = 30.0
"""dB below the loud parts (their 95th percentile) at which it is quiet."""
FLOOR = 10 ** (-55 / 20)
"""Root mean square that is quiet always: -55 dB."""
SHORTEST = 0.06
"""Seconds that something must be heard for: clicks of a microphone are shorter."""

Stretch = tuple[float, float]


class RemoveSilence(Arguments):
    """How long a pause must be to be cut, and how much of it stays before and after."""

    video: VideoInput
    shortest: Annotated[float, Field(ge=0.2, le=60)] = 0.6
    margin: Annotated[float, Field(ge=0.05, le=2)] = 0.15


def remove_silence(arguments: RemoveSilence, place: Place) -> Made:
    """Cut pauses out."""
    source = source_of(place.assets[arguments.video], pictures=True, sound=True)
    length = float(source.seconds)
    sound = audio(source.probe, Span(0, source.probe.duration))
    # the detector's padding would leave a second of every pause
    spoken = [(a + SPEECH_PAD, b - SPEECH_PAD) for a, b in speech_stretches(sound)]
    heard = joined([*loud_stretches(sound), *((a, b) for a, b in spoken if b > a)], 0.0)
    kept = _kept(heard, length, arguments.shortest, arguments.margin)
    pieces = [
        Piece(source, Fraction(first) / source.rate, last - first)
        for first, last in _frames(kept, source.rate, piece_of(source, 0.0, length).frames)
    ]
    gone = length - float(sum(piece.frames for piece in pieces) / source.rate)
    notes = (f"{gone:.1f} s of silence were taken out",)
    return told(join(pieces, place), pieces, notes=notes)


def loud_stretches(sound: Sound) -> list[Stretch]:
    """Where something is heard, in seconds."""
    size = round(STEP * SAMPLE_RATE)
    count = len(sound) // size
    if not count:
        return []
    level = np.sqrt(np.square(sound[: count * size].reshape(count, size)).mean(axis=1))
    threshold = max(FLOOR, float(np.percentile(level, 95)) * 10 ** (-BELOW / 20))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], level > threshold, [0]]).astype(np.int8)))
    found = [(float(a) * STEP, float(b) * STEP) for a, b in edges.reshape(-1, 2)]
    return [(a, b) for a, b in joined(found, 0.05) if b - a >= SHORTEST]


def joined(stretches: Sequence[Stretch], gap: float) -> list[Stretch]:
    """Stretches in order; those nearer than a gap are one."""
    made: list[Stretch] = []
    for start, end in sorted(stretches):
        if made and start - made[-1][1] <= gap:
            made[-1] = (made[-1][0], max(end, made[-1][1]))
        else:
            made.append((start, end))
    return made


def _kept(heard: Sequence[Stretch], length: float, shortest: float, margin: float) -> list[Stretch]:
    """What stays: everything heard with its margins, and pauses shorter than `shortest`.

    The whole video where nothing is heard. Of too many pauses the longest go.
    """
    if not heard:
        return [(0.0, length)]
    pauses = [(0.0, heard[0][0])]
    pauses += [(a[1], b[0]) for a, b in pairwise(heard)]
    pauses.append((heard[-1][1], length))
    cut = [
        (start + (margin if start > 0 else 0), end - (margin if end < length else 0))
        for start, end in pauses
        if end - start >= max(shortest, 2 * margin + 0.05)
    ]
    cut = sorted(sorted(cut, key=lambda each: each[0] - each[1])[: MOST - 1])
    edges = [0.0, *(time for each in cut for time in each), length]
    return list(zip(edges[::2], edges[1::2], strict=True))


def _frames(kept: Sequence[Stretch], rate: Fraction, total: int) -> list[tuple[int, int]]:
    """Stretches in whole frames, outwards, so that margins never shrink."""
    found = [
        (int(np.floor(start * rate)), min(total, int(np.ceil(end * rate)))) for start, end in kept
    ]
    return [(first, last) for first, last in found if last > first]


def _shorter(arguments: RemoveSilence, assets: Assets) -> Estimate:
    return video_of(assets, arguments.video, tolerant=True)


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "remove_silence",
            "Cut the pauses out of a video.",
            RemoveSilence,
            remove_silence,
            _shorter,
            family="sound",
        ),
    )
