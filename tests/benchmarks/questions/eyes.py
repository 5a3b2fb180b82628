"""What models would see of a made-up world: readings with the slips of OCR, labels, vectors.

Lines are grouped and things are put into words by the product's own functions.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from agents.models.ports import ImageVectors, Label, Models, TextLine
from agents.perception.keyframes import Keyframe, things
from agents.perception.records import Percept
from agents.perception.text_lines import Shown, as_percept, together
from memory.details import FoundThing
from memory.records import SECOND, Kind, Level, Span, Vector
from tests.benchmarks.questions.cards import Piece
from tests.benchmarks.questions.scenario import Scenario, Seen, Segment

if TYPE_CHECKING:
    from agents.models.embedded.everyday_words import Vocabulary

STEP = SECOND // 2
"""Between examined pictures."""
JUNK = ("oII", "Sd 1r", "=.-", "LLI", "e1 o", "H|", "ww.", "Il l", "'ı", "O0")
"""Readings of what is no text."""


class Eyes:
    """Imitates what models see of one world."""

    def __init__(self, models: Models, rng: random.Random) -> None:
        from agents.models.embedded.efficientnet import EfficientNetRecogniser

        self._models, self._rng = models, rng
        recogniser = self._models.recogniser
        assert isinstance(recogniser, EfficientNetRecogniser)
        self._words = _Words(recogniser.vocabulary)
        self._read: dict[int, list[Shown]] = {}
        self._looks: dict[int, Vector] = {}

    def percepts(self, world: Scenario, window: Span, cuts: Sequence[int]) -> list[Percept]:
        """Everything perceived in a window."""
        frames = [
            self._keyframe(segment, max(segment.span.start, window.start))
            for segment in world.segments
            if segment.span.overlap(window)
        ]
        shown = [clipped for line in self._lines(world) if (clipped := _clipped(line, window))]
        groups = together(shown, STEP)
        made = [as_percept(group, self._models.text_reader.name) for group in groups]
        made += [_keyframe_percept(frame, self._models.image_encoder.name) for frame in frames]
        made += things(frames, cuts, window, self._models.recogniser.name)
        made += [
            Percept(
                Kind.SPEECH, Level.SHOT, said.span, said.text, self._models.transcriber.name,
                round(self._rng.uniform(0.82, 0.99), 4), details={"language": "en"},
            )
            for said in world.spoken
            if window.start <= said.span.start < window.end
        ]  # fmt: skip
        return made

    def _lines(self, world: Scenario) -> list[Shown]:
        """Every line of the world as read, the same whichever window asks."""
        if id(world) not in self._read:
            lines = [
                self._shown(piece, segment.span, world.span.end)
                for segment in world.segments
                if segment.card
                for piece in segment.card.pieces
            ]
            lines += [self._shown(o.piece, o.span, world.span.end) for o in world.overlays]
            lines += [
                self._junk(s.span) for s in world.segments if s.things and self._rng.random() < 0.3
            ]
            self._read[id(world)] = lines
        return self._read[id(world)]

    def _shown(self, piece: Piece, span: Span, end: int) -> Shown:
        """A line over the samples that showed it; now and then it is noticed one sample late."""
        appears = span.start + round(piece.delay * SECOND)
        late = STEP if self._rng.random() < 0.12 else 0
        start = min(-(-appears // STEP) * STEP + late, span.end - STEP // 2)
        until = min(-(-span.end // STEP) * STEP, end)
        text = self._slipped(piece.text)
        line = TextLine(text, self._rng.uniform(0.93, 1.0), piece.box, ("white", "black"))
        return Shown(line, Span(max(start, 0), max(until, start + 1)))

    def _slipped(self, text: str) -> str:
        """A blank lost or put in, as OCR does; letters and digits stay."""
        way = self._rng.random()
        blanks = [i for i, letter in enumerate(text) if letter == " " and not text[i - 1].isdigit()]
        if way < 0.05 and blanks:
            at = self._rng.choice(blanks)
            return text[:at] + text[at + 1 :]
        if way < 0.07 and len(text) > 9 and text[:9].isalpha():
            return f"{text[:5]} {text[5:]}"
        return text

    def _junk(self, span: Span) -> Shown:
        left, top = self._rng.uniform(0.1, 0.8), self._rng.uniform(0.1, 0.8)
        box = (left, top, left + 0.08, top + 0.05)
        line = TextLine(self._rng.choice(JUNK), self._rng.uniform(0.5, 0.8), box, ("grey",))
        start = span.start + round(self._rng.random() * (span.length - STEP))
        return Shown(line, Span(start, start + STEP))

    def _keyframe(self, segment: Segment, at: int) -> Keyframe:
        """The picture of a segment: its things, or what a slide is mistaken for."""
        found = [self._found(seen) for seen in segment.things for _ in range(seen.count)]
        labels = {each["name"]: each["confidence"] for each in found}
        if not segment.things and self._rng.random() < 0.4:
            labels = {"web page": self._rng.uniform(0.3, 0.7)}
        ordered = sorted(labels.items(), key=lambda pair: -pair[1])
        named = tuple(Label(n, self._words.of(n), confidence) for n, confidence in ordered)
        said = ", ".join(labels) or "plain text"
        aligned = self._models.image_encoder.encode_query([said])[0]
        vectors = ImageVectors(self._look(segment), aligned)
        blank = np.zeros((9, 16, 3), np.uint8)
        colours = [("white", 0.8), ("black", 0.1)]
        if segment.things:
            colours = [("grey", 0.5), (segment.things[0].colour, 0.2), ("black", 0.1)]
        return Keyframe(Span(at, at + SECOND // 25), blank, named, vectors, "00ff", colours, found)

    def _found(self, seen: Seen) -> FoundThing:
        left, top = self._rng.uniform(0.05, 0.5), self._rng.uniform(0.1, 0.5)
        box = [left, top, left + self._rng.uniform(0.15, 0.4), top + self._rng.uniform(0.2, 0.4)]
        return {
            "name": seen.name,
            "words": list(self._words.of(seen.name)),
            "confidence": round(self._rng.uniform(0.55, 0.97), 3),
            "box": [round(edge, 3) for edge in box],
            "colours": [seen.colour, "grey"] if seen.colour != "grey" else ["grey"],
        }

    def _look(self, segment: Segment) -> Vector:
        """An image vector: near to itself whenever the same card is shown again."""
        of = id(segment.card) if segment.card else id(segment)
        if of not in self._looks:
            length = self._models.image_encoder.image_dimension
            own = np.random.default_rng(self._rng.randrange(2**32)).normal(size=length)
            # Slides resemble each other more than they resemble pictures of things.
            alike = np.random.default_rng(0 if not segment.things else 1).normal(size=length)
            made = alike + 0.7 * own
            self._looks[of] = (made / np.linalg.norm(made)).astype(np.float32)
        return self._looks[of]


class _Words:
    """What a person calls the things that the detector knows."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        text = files("agents.models.embedded").joinpath("coco.toml").read_text("utf-8")
        rows = tomllib.loads(text)["classes"].values()
        self._listed = {row.split(", ")[0]: tuple(row.split(", ")) for row in rows}

    def of(self, name: str) -> tuple[str, ...]:
        """From narrow to wide."""
        from agents.models.embedded.ssd import words_of

        if name == "web page":
            return ("web page", "website", "internet site")
        return words_of(self._listed.get(name, (name,)), self._vocabulary)


def _keyframe_percept(frame: Keyframe, model: str) -> Percept:
    """The row of a keyframe, without a picture."""
    return Percept(
        Kind.KEYFRAME, Level.FRAME, frame.span, None, model,
        details={"labels": frame.label_rows, "colours": frame.colours, "found": frame.found},
        image_vector=frame.vectors.image, text_aligned_vector=frame.vectors.text_aligned,
        image_hash=frame.hash,
    )  # fmt: skip


def _clipped(line: Shown, window: Span) -> Shown | None:
    span = line.span.clipped(window)
    return Shown(line.line, span) if span else None
