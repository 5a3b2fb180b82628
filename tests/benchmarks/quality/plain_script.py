"""The plain baseline: what an afternoon's script with the same models does.

A frame a second; RapidOCR reads it and the recogniser names it; Whisper's words go to the seconds
they are heard in. A question takes the best second by BM25 and sentence vectors; that second's text
is the answer, and `[t, t + 1)` the evidence. No levels, no second look, no abstention.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from agents.models.ports import SAMPLE_RATE, Image, Models, Sound
from memory.records import SECOND, file_digest
from tests.benchmarks.quality.baselines import Result, evidence_only
from tests.benchmarks.quality.clips import CACHE

LABELS = 3
"""Names of things that a frame's text holds."""
LEAST_LABEL = 0.1
K1, B = 1.2, 0.75
"""Robertson and Zaragoza (2009), The Probabilistic Relevance Framework."""


@dataclass(frozen=True)
class Row:
    """Everything known of one second."""

    second: int
    text: str
    video: str
    """Name of its file."""


def read_video(
    path: Path, models: Models, folder: Path = CACHE / "plain", *, speech: bool = True
) -> list[Row]:
    """One row per second; kept in the cache by the file's content."""
    kept = folder / f"{file_digest(path)[:20]}.json"
    if not kept.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        rows = _perceive(path, models, speech)
        kept.write_text(json.dumps([[row.second, row.text] for row in rows]), encoding="utf-8")
    read = json.loads(kept.read_text(encoding="utf-8"))
    return [Row(second, text, path.name) for second, text in read]


def answer(question: str, rows: Sequence[Row], models: Models) -> Result:
    """The best second's text."""
    if not rows:
        return evidence_only(0.0, 0.0, "")
    texts = [row.text for row in rows]
    words = bm25(question, texts)
    meaning = models.text_encoder.encode(texts) @ models.text_encoder.encode([question])[0]
    scores = words / max(float(words.max()), 1e-9) + meaning
    best = rows[int(np.argmax(scores))]
    return evidence_only(best.second, best.second + 1.0, best.text, best.video)


def bm25(question: str, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """BM25 of every text, shape (texts,)."""
    bags = [Counter(_words(text)) for text in texts]
    lengths = np.array([sum(bag.values()) for bag in bags], dtype=np.float64)
    average = max(float(lengths.mean()), 1e-9)
    scores = np.zeros(len(texts))
    for word in set(_words(question)):
        counts = np.array([bag[word] for bag in bags], dtype=np.float64)
        having = int((counts > 0).sum())
        rarity = math.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
        scores += rarity * counts * (K1 + 1) / (counts + K1 * (1 - B + B * lengths / average))
    return scores


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _perceive(path: Path, models: Models, speech: bool) -> list[Row]:
    texts = {second: _seen(image, models) for second, image in _each_second(path)}
    heard = models.transcriber.transcribe(_sound(path)).utterances if speech else ()
    for utterance in heard:
        first, last = utterance.span.start // SECOND, (utterance.span.end - 1) // SECOND
        for second in range(first, last + 1):
            texts.setdefault(second, []).append(utterance.text)
    return [Row(second, " ".join(texts[second]), path.name) for second in sorted(texts)]


def _seen(image: Image, models: Models) -> list[str]:
    read = [line.text for line in models.text_reader.read(image)]
    labels = models.recogniser.recognise([image])[0].labels[:LABELS]
    return read + [label.name for label in labels if label.confidence >= LEAST_LABEL]


def _each_second(path: Path) -> list[tuple[int, Image]]:
    found: dict[int, Image] = {}
    with av.open(str(path), metadata_errors="replace") as container:
        first: float | None = None
        for frame in container.decode(video=0):
            if frame.pts is None:
                continue
            first = frame.time if first is None else first
            second = int(frame.time - first)
            if second not in found:
                found[second] = np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)
    return sorted(found.items())


def _sound(path: Path) -> Sound:
    with av.open(str(path), metadata_errors="replace") as container:
        if not container.streams.audio:
            return np.zeros(0, np.float32)
        resampler = av.AudioResampler("flt", "mono", SAMPLE_RATE)
        pieces = [
            part.to_ndarray().reshape(-1)
            for frame in [*container.decode(audio=0), None]
            for part in resampler.resample(frame)
        ]
    return np.concatenate(pieces).astype(np.float32) if pieces else np.zeros(0, np.float32)
