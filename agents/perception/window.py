"""Perceives one window in a single streaming pass: pictures, cuts, text, things, speech.

Memory does not grow with the window's length: no more than a few pictures are held at a time.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agents.models.ports import Models, Utterance
from agents.perception.keyframes import Keyframe, Keyframes, things
from agents.perception.measures import sample_of
from agents.perception.media.convert import FrameConverter
from agents.perception.media.decode import Decoding, Picture, is_due
from agents.perception.media.sound import audio, is_silent, without
from agents.perception.motion.follow import Follower
from agents.perception.motion.unnamed import Unnamed
from agents.perception.people.people import People
from agents.perception.records import (
    Frame,
    HeardVoice,
    Parameters,
    Percept,
    Probe,
    Sample,
    Thumb,
    WindowPercepts,
)
from agents.perception.shots import HEIGHT, WIDTH, CutDetector
from memory.records import SECOND, Kind, Level, Span

log = logging.getLogger(__name__)

RUN_UP = SECOND // 2
"""How far outside the window pictures are looked at, so that a cut at its edge is found."""
HEAR_BEFORE, HEAR_AFTER = 3 * SECOND, 5 * SECOND
"""How far outside the window sound is heard, so that no utterance is cut at its edge."""
UNCOVERED = 4 * SECOND
"""Time without subtitles from which speech is listened for."""
SHARP = 1280
"""Longest side, in pixels, of examined pictures: found text is read sharper than it is sought."""
SMALL = 640 * 480
"""Pixels per picture up to which every frame is decoded: it is cheap, and cuts are exact."""


@dataclass(frozen=True, slots=True)
class _Examined:
    """A picture that is due for examination, waiting until cuts up to its time are final."""

    frame: Frame
    thumb: Thumb


def perceive(
    probe: Probe,
    span: Span,
    models: Models,
    parameters: Parameters,
    *,
    subtitles: Sequence[Utterance] = (),
) -> WindowPercepts:
    """Everything perceived in a window of a file.

    Every span lies inside the window: a picture that is on show before it counts from its start.

    Args:
        probe: the file.
        span: the window, microseconds on the video's clock.
        models: the models of this process.
        parameters: what to perceive and how often.
        subtitles: of the whole file; speech is recognised where they leave gaps.

    Raises:
        MediaError: the file cannot be opened any more.
        ModelError: a model failed.
    """
    watch = _Watch(probe, span, models, parameters)
    watch.run()
    spoken, notes = _speech(probe, span, models, parameters, subtitles)
    sounds = _sounds(probe, span, models, parameters, spoken)
    percepts = sorted(
        [*watch.percepts, *spoken, *sounds],
        key=lambda percept: (percept.span, percept.kind, percept.text or ""),
    )
    return WindowPercepts(
        tuple(percepts),
        tuple(watch.cuts),
        tuple(watch.samples),
        watch.end,
        (*watch.notes, *notes),
        _voices(probe, span, models, parameters, spoken),
    )


class _Watch:
    """The pass over the pictures of one window."""

    def __init__(self, probe: Probe, span: Span, models: Models, parameters: Parameters) -> None:
        from agents.perception.screen_text import TextTracker

        self.percepts: list[Percept] = []
        self.samples: list[Sample] = []
        self.notes: list[str] = []
        self.end = span.end
        self._probe = probe
        self._span = span
        self._models = models
        self._step = round(SECOND / parameters.sample_fps)
        self._detector = CutDetector(parameters.cut_threshold)
        self._tracker = TextTracker(models.text_reader, parameters)
        self._keyframes = Keyframes(models, parameters)
        self._follower = _follower(models, parameters)
        self._unnamed = Unnamed()
        self._people = People(models, parameters)
        self._waiting: deque[_Examined] = deque()
        self._before: _Examined | None = None
        self._small = FrameConverter(probe, max(parameters.text_side, SHARP))
        self._tiny = FrameConverter(probe, size=(WIDTH, HEIGHT))

    @property
    def cuts(self) -> list[int]:
        """Hard cuts inside the window; its video's first frame is none."""
        return [t for t in self._detector.cuts if self._span.start <= t < self._span.end and t > 0]

    def run(self) -> None:
        """Look at every picture, examine those that are due, then close what is open."""
        if self._probe.video_stream is None:
            return
        for picture in self._pictures():
            thumb = self._tiny.image(picture.raw)
            self._detector.see(picture.span.start, thumb)
            self._queue(picture, thumb)
            if (
                self._follower is not None
                and self._span.start <= picture.span.start < self._span.end
            ):
                self._unnamed.see(picture.span.start, thumb)
            self._examine()
        self._detector.finish()
        self._examine(everything=True)
        self.percepts.extend(self._tracker.finish(self.end))
        if self._tracker.note:
            self.notes.append(self._tracker.note)
        if self._follower is not None:
            self.percepts.extend(self._follower.finish(self.end))
            named = self._follower.named
            self.percepts.extend(self._unnamed.finish(self.end, self._detector.cuts, named))
        self.percepts.extend(self._people.finish(self.end))
        made = self._keyframes.finish()
        self.percepts.extend(_keyframe_percept(keyframe, self._models) for keyframe in made)
        whole = Span(self._span.start, max(self.end, self._span.start))
        self.percepts.extend(things(made, self.cuts, whole, self._models.recogniser.name))

    def _pictures(self) -> Iterator[Picture]:
        """Decoded frames of the window and a little around it."""
        around = Span(max(0, self._span.start - RUN_UP), self._span.end + RUN_UP)
        thorough = self._probe.width * self._probe.height <= SMALL
        decoding = Decoding(self._probe, around, thorough=thorough)
        yield from decoding.pictures()
        if decoding.note and decoding.end < self._span.end:
            self.end = max(decoding.end, self._span.start)
        if decoding.note:
            self.notes.append(decoding.note)

    def _queue(self, picture: Picture, thumb: Thumb) -> None:
        """Keep a picture for examination when an instant of the grid falls on it."""
        part = picture.span.clipped(self._span)
        if part is None:
            return
        is_first = not self.samples and not self._waiting
        if is_first or is_due(part, self._span, self._step):
            image = self._small.image(picture.raw)
            self._waiting.append(_Examined(Frame(part, image), thumb))

    def _examine(self, *, everything: bool = False) -> None:
        """Work off waiting pictures for which it is known whether a cut came before them."""
        while self._waiting:
            start = self._waiting[0].frame.span.start
            if not everything and start > self._detector.settled:
                return
            self._look_at(self._waiting.popleft())

    def _look_at(self, examined: _Examined) -> None:
        """Measure a picture, offer it as keyframe, and let the text tracker see it."""
        frame = examined.frame
        last = self._before
        is_cut = last is not None and any(
            last.frame.span.start < cut <= frame.span.start for cut in self._detector.cuts
        )
        if last is not None and last.frame.image.shape != frame.image.shape:
            is_cut = True  # the stream changed the size of its pictures
        same_shot = None if last is None or is_cut else last.thumb
        self.samples.append(sample_of(frame.span.start, examined.thumb, same_shot))
        self._keyframes.see(frame, examined.thumb, is_cut)
        self._tracker.see(frame, is_cut)
        if self._follower is not None:
            self._follower.see(frame, examined.thumb, is_cut)
        self._people.see(frame, examined.thumb, is_cut)
        self._before = examined


def _follower(models: Models, parameters: Parameters) -> Follower | None:
    """What follows things, where that is asked for."""
    seconds = parameters.motion_seconds
    return Follower(models.recogniser, seconds) if seconds > 0 else None


def _keyframe_percept(keyframe: Keyframe, models: Models) -> Percept:
    """The visual memory of a keyframe."""
    return Percept(
        Kind.KEYFRAME,
        Level.FRAME,
        keyframe.span,
        None,
        models.image_encoder.name,
        details={
            "labels": keyframe.label_rows,
            "colours": keyframe.colours,
            "found": keyframe.found,
        },
        image=keyframe.image,
        image_vector=keyframe.vectors.image,
        text_aligned_vector=keyframe.vectors.text_aligned,
        image_hash=keyframe.hash,
    )


def _speech(
    probe: Probe,
    span: Span,
    models: Models,
    parameters: Parameters,
    subtitles: Sequence[Utterance],
) -> tuple[list[Percept], tuple[str, ...]]:
    """What is said in a window: subtitles that begin in it, and what is heard outside them."""
    written = [_subtitle(said) for said in subtitles if span.start <= said.span.start < span.end]
    if not parameters.speech or probe.audio_stream is None:
        return written, ()
    covered = [said.span for said in subtitles if said.span.overlap(span)]
    if covered and not _leaves_gaps(covered, span):
        return written, ()
    begin = max(0, span.start - HEAR_BEFORE)
    around = Span(begin, max(begin, min(probe.duration, span.end + HEAR_AFTER)))
    sound = without(audio(probe, around), around.start, [said.span for said in subtitles])
    if is_silent(sound):
        return written, () if subtitles else ("the sound is silent",)
    from agents.perception.speech import hear

    heard, notes = hear(sound, around.start, models.transcriber, keep=span)
    return [*written, *heard], notes


def _sounds(
    probe: Probe, span: Span, models: Models, parameters: Parameters, words: Sequence[Percept]
) -> list[Percept]:
    """What is heard besides words, where something tells sounds apart."""
    if not parameters.sounds or probe.audio_stream is None or not span.length:
        return []
    from agents.perception.speech import sounds_in

    return sounds_in(audio(probe, span), span, models.sound_tagger, words)


def _voices(
    probe: Probe, span: Span, models: Models, parameters: Parameters, words: Sequence[Percept]
) -> tuple[HeardVoice, ...]:
    """How the voices sound that speak the words, where it is told who speaks when."""
    if not parameters.voices or probe.audio_stream is None or not words:
        return ()
    from agents.perception.speech import voices_in

    last = min(probe.duration, max(percept.span.end for percept in words))
    heard = Span(span.start, max(span.end, last))
    return voices_in(audio(probe, heard), heard.start, models.voice_encoder, words)


def _leaves_gaps(covered: Sequence[Span], span: Span) -> bool:
    """Whether somewhere in a window nothing is subtitled for so long that something may be said."""
    at = span.start
    for part in sorted(covered):
        if part.start - at >= UNCOVERED:
            return True
        at = max(at, part.end)
    return span.end - at >= UNCOVERED


def _subtitle(said: Utterance) -> Percept:
    return Percept(Kind.SPEECH, Level.SHOT, said.span, said.text, "subtitles", said.confidence)
