"""Which voice speaks when: utterances that sound alike get one letter, over a whole video.

Voices are compared after all windows are perceived, so neither the order nor the number of windows
decides. Utterances are joined by the mean likeness of all their pairs (average linkage, Sokal and
Michener 1958), the likest first, down to `SAME`. A letter names a voice of one video, in the order
in which they first speak, and nothing else: whose it is nobody asks, and no video's voices are
compared with those of another.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from itertools import count

import numpy as np
from numpy.typing import NDArray

from agents.perception.records import HeardVoice
from agents.perception.rows import with_details
from agents.text.letters import letters
from memory.details import VoiceValues
from memory.records import Kind, Memory, Span, Vector, Window

SAME = 0.72
"""Mean cosine from which utterances are one voice's: the middle of .70 to .75, where this encoder
told the speakers of spliced recordings apart with a purity of .96; below .65 all were one."""
MOST = 1_000
"""Longest utterances that are compared with each other; the others join the likest voice."""
SCALE = 127
"""Of the 8-bit numbers that vectors are kept as: cosines stay within a thousandth or two."""


def voice_values(voices: Iterable[HeardVoice]) -> list[VoiceValues]:
    """Voices as plain values, for the ledger."""
    return [(v.span.start, v.span.end, _packed(v.vector)) for v in voices]


def with_voices(rows: Sequence[Memory], windows: Iterable[Window]) -> list[Memory]:
    """The rows, those of speech with the letter of the voice that was heard while it was said."""
    told = [each for window in windows for each in window.report.get("voices", [])]
    heard = {Span(start, end): sound for start, end, sound in told}
    spans = sorted(heard)
    if not spans:
        return list(rows)
    named = letters_of(spans, np.stack([_unpacked(heard[span]) for span in spans]))
    return [
        with_details(row, {"voice": named[row.span]})
        if row.kind is Kind.SPEECH and row.span in named
        else row
        for row in rows
    ]


def letters_of(spans: Sequence[Span], vectors: Vector) -> dict[Span, str]:
    """The letter of each utterance, A for the voice that speaks first.

    Args:
        spans: of the utterances, in order.
        vectors: unit vectors of their voices, shape (n, d).
    """
    longest = sorted(range(len(spans)), key=lambda n: (-spans[n].length, spans[n]))
    compared = np.sort(np.asarray(longest[:MOST], dtype=np.intp))
    groups = [compared[group] for group in alike(vectors[compared])]
    voice = np.full(len(spans), -1)
    for number, group in enumerate(groups):
        voice[group] = number
    means = np.stack([vectors[group].mean(axis=0) for group in groups])
    for late in np.flatnonzero(voice < 0):
        likeness = means @ vectors[late]
        voice[late] = likeness.argmax() if likeness.max() >= SAME else -1
    numbers, named = count(1), dict[int, str]()
    for each in voice:
        if each >= 0 and each not in named:
            named[int(each)] = letters(next(numbers))
    return {s: named[int(v)] for s, v in zip(spans, voice, strict=True) if v >= 0}


def alike(vectors: Vector) -> list[NDArray[np.intp]]:
    """Groups of vectors whose pairs are alike on average, in the order of their first members."""
    likeness = (vectors @ vectors.T).astype(np.float64)
    np.fill_diagonal(likeness, -np.inf)
    groups: list[list[int]] = [[n] for n in range(len(vectors))]
    while len(vectors) > 1:
        one, other = sorted(divmod(int(likeness.argmax()), len(vectors)))
        if likeness[one, other] < SAME:
            break
        own, more = len(groups[one]), len(groups[other])
        mean = (own * likeness[one] + more * likeness[other]) / (own + more)
        likeness[one], likeness[:, one] = mean, mean
        likeness[other], likeness[:, other] = -np.inf, -np.inf
        groups[one] += groups[other]
        groups[other] = []
    kept = sorted(sorted(group) for group in groups if group)
    return [np.asarray(group, dtype=np.intp) for group in kept]


def _packed(vector: Vector) -> str:
    largest = float(np.abs(vector).max()) or 1.0
    small = np.rint(vector * (SCALE / largest)).astype(np.int8)
    return base64.b64encode(small.tobytes()).decode()


def _unpacked(text: str) -> Vector:
    vector = np.frombuffer(base64.b64decode(text), np.int8).astype(np.float32)
    return np.asarray(vector / np.linalg.norm(vector), np.float32)
