"""An edit as tracks of clips, and what can be done with it: taking parts, joining, laying over.

Lengths are frames of the edit, times inside files are seconds as fractions: nothing is rounded
twice. What cannot be told as clips raises `NotTold`; the caller then tells the file that was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

MISSING = 2
"""Frames that a file may lack at its end: its last picture stands for them."""


class NotTold(Exception):
    """It cannot be told as clips."""


@dataclass(frozen=True, slots=True)
class Medium:
    """A file that clips show or sound."""

    asset_id: str
    name: str
    path: Path
    rate: Fraction
    """Frames per second."""
    seconds: Fraction
    has_sound: bool = False
    artefact_id: str = ""
    """Of a file that was made; empty for one that was given."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A memory row that a clip rests on."""

    evidence: str
    asset_id: str
    """The file that it is of; empty where memory has it no more."""
    start: Fraction = Fraction(0)
    """Seconds of that file."""
    end: Fraction = Fraction(0)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """A step that changes what is shown or heard, or draws it."""

    step: str
    tool: str
    arguments: Mapping[str, Any] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Crossing:
    """How a clip begins while the one before still shows."""

    kind: str
    before: int
    """Frames before the cut from which the clip is there already."""
    after: int
    """Frames after the cut for which the clip before is still there."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of a file, something drawn, or neither: a gap."""

    frames: int
    medium: Medium | None = None
    start: Fraction = Fraction(0)
    """Seconds of the file."""
    speed: Fraction = Fraction(1)
    """Below 0 it is played backwards."""
    is_still: bool = False
    drawn: Applied | None = None
    marks: tuple[Mark, ...] = ()
    effects: tuple[Applied, ...] = ()
    crossing: Crossing | None = None

    @property
    def is_gap(self) -> bool:
        """Whether nothing is there."""
        return self.medium is None and self.drawn is None

    def shown(self, rate: Fraction) -> tuple[Fraction, Fraction]:
        """From when to when of its file it shows, in seconds."""
        if self.is_still:
            return self.start, self.start
        end = self.start + self.frames / rate * self.speed
        if self.speed < 0:
            return end - self.speed / rate, self.start - self.speed / rate
        return self.start, end


Track = tuple[Clip, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """Tracks that run beside each other, all equally long; pictures of later ones lie above."""

    rate: Fraction
    pictures: tuple[Track, ...]
    sounds: tuple[Track, ...] = ()

    @property
    def frames(self) -> int:
        """How long it is."""
        return length(self.pictures[0])

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All of them."""
        return (*self.pictures, *self.sounds)


def length(track: Track) -> int:
    """Frames of a track."""
    return sum(clip.frames for clip in track)


def whole(medium: Medium) -> Cut:
    """All of a file as one clip."""
    clip = Clip(max(1, round(medium.seconds * medium.rate)), medium)
    return Cut(medium.rate, ((clip,),), ((clip,),) if medium.has_sound else ())


def taken(
    cut: Cut, begin: Fraction, frames: int, rate: Fraction, speed: Fraction = Fraction(1)
) -> Cut:
    """A part of an edit from a time on (seconds), so many frames long at a rate and a speed.

    Raises:
        NotTold: it begins or ends within a crossing, or changes the speed of one.
    """
    part = _Part(begin, frames, cut.rate, rate, speed)
    if part.end > cut.frames / cut.rate + MISSING * speed / rate:
        raise NotTold("it is shorter than what is taken of it")
    pictures = tuple(_taken(track, part) for track in cut.pictures)
    return Cut(rate, pictures, tuple(_taken(track, part) for track in cut.sounds))


@dataclass(frozen=True, slots=True)
class _Part:
    """What is taken."""

    begin: Fraction
    frames: int
    inner: Fraction
    """Rate of what it is taken of."""
    outer: Fraction
    speed: Fraction

    @property
    def end(self) -> Fraction:
        return self.begin + self.frames / self.outer * self.speed

    def frame(self, time: Fraction) -> int:
        """The frame of the result at which a time of the input comes."""
        return min(self.frames, round((time - self.begin) / self.speed * self.outer))


def _taken(track: Track, part: _Part) -> Track:
    made: list[Clip] = []
    at, done = Fraction(0), 0
    for number, clip in enumerate(track):
        low, high = at, at + clip.frames / part.inner
        crossing = _crossing(clip, low, part)
        at = high
        is_last = number == len(track) - 1
        until = part.frames if is_last or high >= part.end else part.frame(high)
        if high <= part.begin or low >= part.end or until <= done:
            continue
        into = max(part.begin - low, Fraction(0))
        start = clip.start if clip.is_still else clip.start + into * clip.speed
        speed = clip.speed * part.speed
        made.append(replace(clip, frames=until - done, start=start, speed=speed, crossing=crossing))
        done = until
    if done < part.frames:
        raise NotTold("it is shorter than what is taken of it")
    return tuple(made)


def _crossing(clip: Clip, low: Fraction, part: _Part) -> Crossing | None:
    """The crossing of a clip that begins at a time, if the part holds it."""
    if clip.crossing is None:
        return None
    first, last = low - clip.crossing.before / part.inner, low + clip.crossing.after / part.inner
    if last <= part.begin or first >= part.end:
        return None
    if first < part.begin or last > part.end or part.speed != 1 or part.inner != part.outer:
        raise NotTold("a part begins, ends or changes its speed within a transition")
    return clip.crossing


def backwards(cut: Cut) -> Cut:
    """An edit from its end to its beginning.

    Raises:
        NotTold: it has crossings.
    """

    def turned(clip: Clip) -> Clip:
        if clip.crossing:
            raise NotTold("a transition is played backwards")
        last = clip.start + (clip.frames - 1) / cut.rate * clip.speed
        return replace(clip, start=clip.start if clip.is_still else last, speed=-clip.speed)

    def track(clips: Track) -> Track:
        return tuple(turned(clip) for clip in reversed(clips))

    return Cut(cut.rate, tuple(map(track, cut.pictures)), tuple(map(track, cut.sounds)))


def still(cut: Cut, frames: int) -> Cut:
    """The first picture of an edit, for so long, in silence."""
    tracks = [track[0] for track in cut.pictures]
    pictures = tuple((replace(one, frames=frames, is_still=True, marks=()),) for one in tracks)
    return Cut(cut.rate, pictures)


def joined(cuts: Sequence[Cut]) -> Cut:
    """Edits of one rate, one after the other."""
    pictures = max(len(cut.pictures) for cut in cuts)
    sounds = max(len(cut.sounds) for cut in cuts)
    return Cut(
        cuts[0].rate,
        tuple(_row([cut.pictures for cut in cuts], cuts, n) for n in range(pictures)),
        tuple(_row([cut.sounds for cut in cuts], cuts, n) for n in range(sounds)),
    )


def _row(tracks: Sequence[tuple[Track, ...]], cuts: Sequence[Cut], number: int) -> Track:
    """The tracks of one number behind each other, with gaps where there is none."""
    pairs = zip(tracks, cuts, strict=True)
    found = [of[number] if number < len(of) else (Clip(cut.frames),) for of, cut in pairs]
    return tuple(clip for track in found for clip in track)


def crossed(cuts: Sequence[Cut], overlap: int, kind: str) -> Cut:
    """Edits one after the other, each beginning so many frames before the last one ends.

    Raises:
        NotTold: one has several layers, or clips that are shorter than the crossing.
    """
    after = overlap // 2
    crossing = Crossing(kind, overlap - after, after)
    made: list[Cut] = []
    for number, cut in enumerate(cuts):
        is_first, is_last = number == 0, number == len(cuts) - 1
        for track in cut.tracks:
            short = [] if is_first else [track[0]]
            short += [] if is_last else [track[-1]]
            if any(clip.frames <= overlap or clip.is_gap for clip in short):
                raise NotTold("clips are shorter than the transition between them")
        if len(cut.pictures) > 1 or len(cut.sounds) > 1:
            raise NotTold("what crosses over has several layers")
        begin = Fraction(0) if is_first else crossing.before / cut.rate
        left = cut.frames - (0 if is_first else crossing.before) - (0 if is_last else after)
        part = taken(cut, begin, left, cut.rate)
        made.append(part if is_first else _begun(part, crossing))
    return joined(made)


def _begun(cut: Cut, crossing: Crossing) -> Cut:
    def track(clips: Track) -> Track:
        return (replace(clips[0], crossing=crossing), *clips[1:])

    return Cut(cut.rate, tuple(map(track, cut.pictures)), tuple(map(track, cut.sounds)))


def laid_over(cut: Cut, drawn: Applied, start: int, end: int) -> Cut:
    """An edit with something drawn above it from one frame to another."""
    start, end = max(0, start), min(end, cut.frames)
    parts = [Clip(start), Clip(end - start, drawn=drawn), Clip(cut.frames - end)]
    track = tuple(clip for clip in parts if clip.frames > 0)
    return replace(cut, pictures=(*cut.pictures, track))


def with_effect(cut: Cut, effect: Applied, *, pictures: bool, sounds: bool) -> Cut:
    """An edit all of whose clips go through one more step."""

    def track(clips: Track) -> Track:
        return tuple(c if c.is_gap else replace(c, effects=(*c.effects, effect)) for c in clips)

    return Cut(
        cut.rate,
        tuple(map(track, cut.pictures)) if pictures else cut.pictures,
        tuple(map(track, cut.sounds)) if sounds else cut.sounds,
    )


def marked(cut: Cut, marks: Sequence[Mark]) -> Cut:
    """An edit with marks on the clips of the base that show them; else on the first of these."""
    clips = list(cut.pictures[0])
    for mark in marks:
        fits = [n for n, clip in enumerate(clips) if _shows(clip, mark, cut.rate)] or [0]
        for number in fits:
            if mark not in clips[number].marks:
                marks_ = (*clips[number].marks, mark)
                clips[number] = replace(clips[number], marks=marks_)
    return replace(cut, pictures=(tuple(clips), *cut.pictures[1:]))


def marks_in(clip: Clip, rate: Fraction) -> tuple[Mark, ...]:
    """The marks of a clip, but for those of its file that it does not show (any more)."""
    own = clip.medium.asset_id if clip.medium else ""
    return tuple(m for m in clip.marks if m.asset_id != own or not own or _shows(clip, m, rate))


def _shows(clip: Clip, mark: Mark, rate: Fraction) -> bool:
    if clip.medium is None or clip.medium.asset_id != mark.asset_id:
        return False
    start, end = clip.shown(rate)
    return mark.start < end and start < max(mark.end, mark.start + 1 / rate)
