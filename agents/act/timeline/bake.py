"""What a format cannot hold is taken from the finished file: only those stretches, all told.

The finished file is the edit as it was rendered, so any stretch of it stands in for what made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise

from agents.act.timeline.cut import Clip, Cut, Medium, Track, marks_in, taken

Range = tuple[int, int]
"""Frames of the edit, the last without."""


@dataclass(frozen=True, slots=True)
class Holds:
    """What a format holds besides cuts."""

    everything: bool = False
    sound: bool = True


@dataclass(frozen=True, slots=True)
class Loss:
    """A stretch that a format holds only as finished pictures or sound."""

    what: str
    start: Fraction
    """Seconds of the edit."""
    end: Fraction

    def __str__(self) -> str:
        return f"{self.what}, {float(self.start):.2f}-{float(self.end):.2f} s"


def baked(cut: Cut, finished: Medium, holds: Holds) -> tuple[Cut, tuple[Loss, ...]]:
    """An edit as a format can hold it, and what it holds as finished pictures or sound only."""
    if holds.everything:
        return cut, ()
    told: list[tuple[Range, str]] = _unheld(cut.pictures[0], cut.rate)
    told += [item for track in cut.pictures[1:] for item in _layers(track)]
    base = _replaced(cut.pictures[0], told, finished, cut.rate)
    sounds, heard = _sounds(cut, finished) if holds.sound else ((), [])
    if cut.sounds and not holds.sound:
        heard = [((0, cut.frames), "sound")]
    losses = [Loss(what, a / cut.rate, b / cut.rate) for (a, b), what in _united([*told, *heard])]
    return Cut(cut.rate, (base,), sounds), tuple(losses)


def _united(told: Sequence[tuple[Range, str]]) -> list[tuple[Range, str]]:
    """The same thing in stretches that touch, told once."""
    made: list[tuple[Range, str]] = []
    for what in dict.fromkeys(what for _, what in told):
        for low, high in sorted({place for place, other in told if other == what}):
            if made and made[-1][1] == what and made[-1][0][1] >= low:
                made[-1] = (made[-1][0][0], max(high, made[-1][0][1])), what
            else:
                made.append(((low, high), what))
    return made


def _sounds(cut: Cut, finished: Medium) -> tuple[tuple[Track, ...], list[tuple[Range, str]]]:
    """One track of sound; several that sound at once are those of the finished file."""
    if not cut.sounds or not finished.has_sound:
        return (), []
    track, *others = cut.sounds
    if others:
        return ((Clip(cut.frames, finished),),), [((0, cut.frames), "sounds that are mixed")]
    found = _unheld(track, cut.rate)
    told = [(where, f"sound: {what}") for where, what in found]
    return (_replaced(track, told, finished, cut.rate),), told


def _unheld(track: Track, rate: Fraction) -> list[tuple[Range, str]]:
    """Where a track has more than cuts, and what."""
    found: list[tuple[Range, str]] = []
    at = 0
    for clip in track:
        place = at, at + clip.frames
        found += [(place, what) for what in _reasons(clip, rate)]
        if clip.crossing is not None:
            middle = at - clip.crossing.before, at + clip.crossing.after
            found.append((middle, f"transition ({clip.crossing.kind})"))
        at += clip.frames
    return found


def _reasons(clip: Clip, rate: Fraction) -> list[str]:
    name = clip.medium.name if clip.medium else ""
    found: list[str] = []
    if clip.is_still:
        found.append(f"still picture of {name}")
    elif clip.speed != 1:
        found.append(f"speed {float(clip.speed):g} of {name}")
    if clip.drawn is not None:
        found.append(f"title {clip.drawn.arguments.get('text', '')!r}")
    found += [f"{effect.tool} ({effect.step})" for effect in clip.effects]
    if clip.medium is not None and clip.medium.rate != rate and not found:
        found.append(f"{name} at {float(clip.medium.rate):.3f} frames a second")
    return found


def _layers(track: Track) -> list[tuple[Range, str]]:
    """Where something lies above the base."""
    found: list[tuple[Range, str]] = []
    at = 0
    for clip in track:
        if not clip.is_gap:
            told = clip.drawn.arguments.get("text") if clip.drawn else None
            what = f"text {told!r}" if told else f"{clip.drawn.tool if clip.drawn else 'layer'}"
            found.append(((at, at + clip.frames), what))
        at += clip.frames
    return found


def _replaced(
    track: Track, told: Sequence[tuple[Range, str]], finished: Medium, rate: Fraction
) -> Track:
    """A track whose stretches of these ranges are those of the finished file."""
    bad = [place for place, _ in told]
    ends = [0]
    for clip in track:
        ends.append(ends[-1] + clip.frames)
    within = {n for n in ends if any(low < n < high for low, high in _crossings(track))}
    edges = {n for n in ends if n not in within} | {n for place in bad for n in place}
    alone = Cut(rate, (tuple(replace(c, crossing=None) for c in track),))
    made: list[Clip] = []
    for low, high in pairwise(sorted(edges)):
        found = taken(alone, low / rate, high - low, rate).pictures[0]
        if not any(a < high and b > low for a, b in bad):
            made += found
            continue
        marks = tuple(mark for clip in found for mark in marks_in(clip, rate))
        made.append(Clip(high - low, finished, low / rate, marks=marks))
    return tuple(made)


def _crossings(track: Track) -> list[Range]:
    found: list[Range] = []
    at = 0
    for clip in track:
        if clip.crossing is not None:
            found.append((at - clip.crossing.before, at + clip.crossing.after))
        at += clip.frames
    return found
