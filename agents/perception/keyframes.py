"""Chooses keyframes as samples come by, and names and encodes them in small batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.models.images import shrunk
from agents.models.ports import Image, ImageVectors, Label, Models, Recognition
from agents.perception.detections import found_values
from agents.perception.measures import colours_of, luma, perceptual_hash
from agents.perception.records import Frame, Parameters, Percept, Thumb
from agents.perception.shots import Hsv, content_score, to_hsv
from memory.details import Details, FoundThing, Share
from memory.records import SECOND, Kind, Level, Span

BATCH = 8
"""Keyframes that are recognised together."""
THUMBNAIL_SIDE = 320
"""Longest side of a kept keyframe, in pixels."""
LOOK_SIDE = 448
"""Longest side of the picture that is recognised and encoded."""
CHANGED = 20.0
"""Content score against the last keyframe from which the picture counts as another one."""
REST = 4
"""A changing picture gives a keyframe at most this many times per `keyframe_seconds`."""
MAX_BLANK = SECOND
"""How long to wait in a new shot for a picture that is not blank."""
BLANK = 0.02
"""Standard deviation of luma (0-1) below which a picture is blank."""
SURE = 0.15
"""Confidence from which a label is said in words."""
LABELS = 8
"""Labels kept per keyframe."""


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A kept picture (small) with what models made of it."""

    span: Span
    image: Image
    labels: tuple[Label, ...]
    vectors: ImageVectors
    hash: str
    colours: list[Share]
    found: list[FoundThing]

    @property
    def label_rows(self) -> list[Share]:
        """Names and confidences of the likeliest labels."""
        return [(label.name, round(label.confidence, 3)) for label in self.labels]


class Keyframes:
    """Keyframes of a window: after each cut, when the picture has become another, and at times."""

    def __init__(self, models: Models, parameters: Parameters) -> None:
        self._models = models
        self._every = round(parameters.keyframe_seconds * SECOND)
        self._made: list[Keyframe] = []
        self._batch: list[tuple[Span, Image]] = []
        self._since: int | None = 0
        self._begun = False
        self._last_time = 0
        self._last_look: Hsv | None = None
        self._spare: tuple[Frame, Thumb] | None = None

    def see(self, frame: Frame, thumb: Thumb, is_cut: bool) -> None:
        """Take in an examined picture, shape (height, width, 3), and perhaps keep it."""
        if is_cut or not self._begun:
            self._take_spare()
            self._begun = True
            self._since = frame.span.start
        if self._since is not None:
            if float(luma(thumb).std()) < BLANK and frame.span.start - self._since < MAX_BLANK:
                self._spare = (frame, thumb)
                return
            self._keep(frame, thumb)
        elif self._is_time(frame.span.start, thumb):
            self._keep(frame, thumb)

    def finish(self) -> list[Keyframe]:
        """All keyframes in order of time."""
        self._take_spare()
        self._flush()
        made, self._made = self._made, []
        return made

    def _is_time(self, now: int, thumb: Thumb) -> bool:
        """Whether enough time or enough change has passed since the last keyframe."""
        passed = now - self._last_time
        if passed >= self._every or self._last_look is None:
            return True
        if passed < self._every // REST:
            return False
        return content_score(self._last_look, to_hsv(thumb)) >= CHANGED

    def _take_spare(self) -> None:
        """A shot that stayed blank still gets its picture."""
        if self._spare is not None:
            self._keep(*self._spare)

    def _keep(self, frame: Frame, thumb: Thumb) -> None:
        self._since, self._spare = None, None
        self._last_time, self._last_look = frame.span.start, to_hsv(thumb)
        self._batch.append((frame.span, shrunk(frame.image, LOOK_SIDE)))
        if len(self._batch) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        """Recognise and encode the pictures at hand."""
        if not self._batch:
            return
        images = [image for _, image in self._batch]
        recognitions = self._models.recogniser.recognise(images)
        vectors = self._models.image_encoder.encode(images, recognitions)
        for (span, image), recognition, pair in zip(
            self._batch, recognitions, vectors, strict=True
        ):
            self._made.append(_keyframe(span, image, recognition, pair))
        self._batch = []


def _keyframe(
    span: Span, image: Image, recognition: Recognition, vectors: ImageVectors
) -> Keyframe:
    """A keyframe with its measures; only the thumbnail is kept of the picture."""
    colours = [(name, round(share, 3)) for name, share in colours_of(image) if share >= 0.02]
    return Keyframe(
        span,
        shrunk(image, THUMBNAIL_SIDE),
        recognition.labels[:LABELS],
        vectors,
        perceptual_hash(image),
        colours,
        found_values(image, recognition.found),
    )


def things(
    keyframes: Sequence[Keyframe], cuts: Sequence[int], window: Span, model: str
) -> list[Percept]:
    """What keyframes show, said in words over the time each stands for.

    A keyframe stands for the time from its shot's start (the first) or its own to the next
    keyframe or cut. Neighbours in a shot with the same labels become one percept.
    """
    made: list[Percept] = []
    for place, keyframe in enumerate(keyframes):
        span = _stands_for(place, keyframes, cuts, window)
        sure = [label for label in keyframe.labels if label.confidence >= SURE]
        if span is None or not sure:
            continue
        words = "; ".join(dict.fromkeys(word for label in sure for word in label.words))
        last = made[-1] if made else None
        if last is not None and _continues(last, span, sure) and span.start not in cuts:
            made[-1] = _joined(last, span, sure, words)
        else:
            made.append(_thing(span, words, sure, model))
    return made


def _stands_for(
    place: int, keyframes: Sequence[Keyframe], cuts: Sequence[int], window: Span
) -> Span | None:
    """The part of a shot that a keyframe speaks for."""
    now = keyframes[place].span.start
    edges = [window.start, *(cut for cut in cuts if cut <= now)]
    shot_start = max(edges)
    is_first = place == 0 or keyframes[place - 1].span.start < shot_start
    later = [cut for cut in cuts if cut > now]
    if place + 1 < len(keyframes):
        later.append(keyframes[place + 1].span.start)
    start, end = shot_start if is_first else now, min([window.end, *later])
    return Span(start, end) if start < end else None


def _thing(span: Span, words: str, labels: Sequence[Label], model: str) -> Percept:
    details: Details = {"labels": [(label.name, round(label.confidence, 3)) for label in labels]}
    confidence = max(label.confidence for label in labels)
    return Percept(Kind.OBJECTS, Level.SHOT, span, words, model, confidence, details)


def _continues(last: Percept, span: Span, labels: Sequence[Label]) -> bool:
    """Whether the same things are seen without a break; their words may be more or fewer."""
    same = {name for name, _ in last.details.get("labels", [])} == {label.name for label in labels}
    return same and last.span.end == span.start


def _joined(last: Percept, span: Span, labels: Sequence[Label], words: str) -> Percept:
    """One percept over both spans, with all words and the surer of each label's confidences."""
    text = "; ".join(dict.fromkeys(f"{last.text}; {words}".split("; ")))
    best: dict[str, float] = {label.name: label.confidence for label in labels}
    for name, confidence in last.details.get("labels", []):
        best[name] = max(best.get(name, 0.0), confidence)
    ordered = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))
    details: Details = {"labels": [(n, round(c, 3)) for n, c in ordered]}
    whole = last.span.hull(span)
    return Percept(last.kind, last.level, whole, text, last.model, max(best.values()), details)
