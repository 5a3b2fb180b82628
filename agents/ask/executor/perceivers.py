"""Two ways of perceiving a segment closely: the embedded agents, and a model that sees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agents.ask.executor.look import counted
from agents.budget import Meter
from agents.models.chat import ChatModel, Prompt
from agents.models.ports import Models, Recognition
from agents.perception.media.source import Footage
from agents.perception.records import Frame, Percept
from agents.prompting.captions import CaptionReply, percepts_of
from agents.text.clock import clock_span
from memory.backtrack import Segment
from memory.details import Details
from memory.records import SECOND, Kind, Level, Memory

READ_AND_NAME = "read all text and name what is shown, closely"
"""What the embedded agents do, whatever the question."""
LEAST_CONFIDENCE = 0.15
"""Of a label that is kept."""
NAMED = 4
"""Most frames of a look whose content is named."""
INSTANT = SECOND // 10
"""Longest span that is kept at frame level."""


@dataclass(frozen=True, slots=True)
class EmbeddedPerceiver:
    """Reads all text of a segment and names what a few of its frames show."""

    models: Models
    fps: float
    """Frames per second that are read; at frame level all are."""
    max_side: int
    """Longest side of the frames, in pixels."""

    def instruction(self, segment: Segment) -> str:
        """One for all segments."""
        return READ_AND_NAME

    def wrote(self, row: Memory, segment: Segment) -> bool:
        """By the instruction alone: each of the agents names itself as the producer."""
        return row.instruction == READ_AND_NAME

    def proves(self, caption: Memory, segment: Segment) -> bool:
        """Every look ends with a caption of its own, at whatever level."""
        return True

    def level(self, row: Memory, segment: Segment) -> Level:
        """The finer of the row's and the segment's."""
        if row.span.length <= INSTANT:
            return Level.FRAME
        return min(row.level, segment.level, key=lambda level: level.rank)

    def perceive(self, footage: Footage, segment: Segment, meter: Meter) -> list[Percept]:
        """Texts, named things, and a caption that tells both."""
        from agents.perception.screen_text import read_closely

        step = None if segment.level is Level.FRAME else round(SECOND / self.fps)
        frames = counted(footage.frames(segment.span, step, self.max_side), meter)
        few: list[Frame] = []
        texts = read_closely(sampled(frames, few, NAMED), self.models.text_reader)
        percepts = [*texts, *self._named(few)]
        return [*percepts, _report(segment, percepts)]

    def _named(self, frames: Sequence[Frame]) -> list[Percept]:
        if not frames:
            return []
        recogniser = self.models.recogniser
        recognitions = recogniser.recognise([frame.image for frame in frames])
        pairs = zip(frames, recognitions, strict=True)
        named = [_shown(frame, recognition, recogniser.name) for frame, recognition in pairs]
        return [percept for percept in named if percept.text]


def _shown(frame: Frame, recognition: Recognition, model: str) -> Percept:
    """What a frame shows."""
    from agents.perception.detections import found_values
    from agents.perception.measures import colours_of

    labels = [label for label in recognition.labels if label.confidence >= LEAST_CONFIDENCE]
    words = dict.fromkeys(word for label in labels for word in label.words)
    details: Details = {
        "labels": [(label.name, round(label.confidence, 3)) for label in labels],
        "colours": [(n, round(f, 3)) for n, f in colours_of(frame.image)],
        "found": found_values(frame.image, recognition.found),
    }
    return Percept(
        Kind.OBJECTS,
        Level.FRAME,
        frame.span,
        "; ".join(words),
        model,
        labels[0].confidence if labels else 0.0,
        details,
        image=frame.image,
    )


def _report(segment: Segment, percepts: Sequence[Percept]) -> Percept:
    """What the look did, also when it found nothing: proof that it need not be made again."""
    lines = [p.text.replace("\n", " / ") for p in percepts if p.kind is Kind.SCREEN_TEXT and p.text]
    things = [p.text for p in percepts if p.kind is Kind.OBJECTS and p.text]
    read = " | ".join(dict.fromkeys(lines)) or "no text"
    seen = ", ".join(dict.fromkeys(w for t in things for w in t.split("; "))) or "nothing known"
    text = f"Looked closely at {clock_span(segment.span)}. On screen: {read}. Shows: {seen}."
    return Percept(Kind.CAPTION, segment.level, segment.span, text, "composed")


@dataclass(frozen=True, slots=True)
class Detail:
    """How closely a model looks."""

    name: str
    fps: float
    side: int
    """Longer side of the pictures that are sent, in pixels."""
    most: int = 32
    """Most pictures of one look; the rate goes down where there would be more."""


FINE = Detail("fine", 2.0, 768)
"""About two pictures per second (VideoLucy's fine level)."""
ULTRA = Detail("ultra-fine", 8.0, 1280)
"""Nearly every picture, larger."""


@dataclass(frozen=True, slots=True)
class ModelPerceiver:
    """Has pictures of a segment described by a model that sees."""

    captioner: ChatModel
    told: str
    """The captioner's prompt."""
    aim: str
    """What to look for."""
    detail: Detail | None = None
    """None: ultra-fine for segments at frame level, fine for the rest."""

    def instruction(self, segment: Segment) -> str:
        """How closely it looks, and for what."""
        own = self._detail(segment)
        return f"{own.name}, {own.fps:g} fps, {own.side} px: {self.aim}"

    def wrote(self, row: Memory, segment: Segment) -> bool:
        """By instruction and model."""
        same_model = row.producer.model == self.captioner.name
        return same_model and row.instruction == self.instruction(segment)

    def proves(self, caption: Memory, segment: Segment) -> bool:
        """The caption of the whole has the segment's level, those of moments have another."""
        return caption.level == segment.level

    def level(self, row: Memory, segment: Segment) -> Level:
        """As the model's reply gave it."""
        return row.level

    def perceive(self, footage: Footage, segment: Segment, meter: Meter) -> list[Percept]:
        """A caption of the whole, and one per moment that the model tells apart."""
        own = self._detail(segment)
        left = meter.frames_left()
        most = own.most if left is None else min(own.most, left)
        if most == 0:
            return []
        step = max(round(SECOND / own.fps), -(-segment.span.length // most))
        frames = list(counted(footage.frames(segment.span, step, own.side), meter, most))
        if not frames:
            return []
        reply = self._described(frames, segment, own, meter)
        return percepts_of(reply, frames, segment, self.captioner.name)

    def _described(
        self, frames: Sequence[Frame], segment: Segment, detail: Detail, meter: Meter
    ) -> CaptionReply:
        from agents.models.openai_compatible.pictures import as_picture

        pictures = tuple(as_picture(frame.image, frame.span.start, detail.side) for frame in frames)
        content = f"Look for: {self.aim}."
        prompt = Prompt("captioner", self.told, content, pictures, (segment.video_id,))
        return self.captioner.ask(prompt, CaptionReply, meter)

    def _detail(self, segment: Segment) -> Detail:
        return self.detail or (ULTRA if segment.level is Level.FRAME else FINE)


def sampled(frames: Iterable[Frame], few: list[Frame], most: int) -> Iterator[Frame]:
    """Pass frames on and keep a few, evenly spread by doubling the stride when full."""
    stride = 1
    for index, frame in enumerate(frames):
        if index % stride == 0:
            few.append(frame)
            if len(few) > most:
                del few[1::2]
                stride *= 2
        yield frame
