"""The edit that a file is, from the steps that made it: which parts of what was given it shows.

Steps that change times keep the parts that they rendered (`agents.tools.base.Part`); steps that
change pictures or sound become effects or layers. Each edit is held against the length of the file
that the step gave; what does not agree, or cannot be told, is that file itself as one clip.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from agents.act.fusing import is_fused
from agents.act.history.graph import Given, History
from agents.act.timeline.cut import (
    Applied,
    Clip,
    Cut,
    Mark,
    Medium,
    NotTold,
    backwards,
    crossed,
    joined,
    laid_over,
    marked,
    still,
    taken,
    whole,
    with_effect,
)
from agents.errors import UnreadableMedia
from agents.tools.assets import MediaKind, asset_of
from agents.tools.base import Part
from agents.tools.render.source import rate_near, source_of
from memory.artefacts import Artefact

SOUND_ONLY = frozenset(("volume", "loudness"))
"""Tools that change what is heard of their `video`."""
PICTURE_ONLY = frozenset(
    (
        "crop", "crop_aspect", "resize", "pad", "rotate", "flip", "colour", "grey", "lut",
        "stabilise", "denoise", "burn_subtitles", "blur_region", "blur_boxes", "follow",
        "replace_background", "chroma_key", "remove_text", "blur_faces",
    )
)  # fmt: skip
"""Tools that change what is seen of their `video`, each picture at its time."""
BOTH = frozenset(("fade", "picture_in_picture"))
"""Tools that change both."""
OVER = frozenset(("overlay_text", "overlay_image", "lower_third"))
"""Tools that lay something over their `video` for a time."""
BESIDE = frozenset(("mix", "duck"))
"""Tools that let something sound beside their `video`."""


@dataclass(slots=True)
class Reader:
    """Reads edits out of a history; each file once."""

    history: History
    folder: Path
    """Where files that were made lie."""
    mark: Callable[[str], Mark]
    """A memory row, as a mark."""
    untold: dict[str, str] = field(default_factory=dict[str, str])
    """Steps that are one clip of the file that they gave, or not told, and why."""
    known: dict[str, Cut] = field(default_factory=dict[str, Cut])

    def cut(self, asset_id: str) -> Cut:
        """The edit that a video is.

        Raises:
            UnreadableMedia: a file that was given is gone, or has changed.
            NotTold: it has no file, and what it is made of cannot be told.
        """
        if asset_id not in self.known:
            row = self.history.row(asset_id)
            self.known[asset_id] = whole(self.medium(asset_id)) if row is None else self._made(row)
        return self.known[asset_id]

    def medium(self, asset_id: str) -> Medium:
        """A file, as clips show it.

        Raises:
            NotTold: a step put it off: there is no file of it.
        """
        row = self.history.row(asset_id)
        if row is not None and is_fused(row):
            raise NotTold(f"{row.step} has no file of its own")
        if row is None:
            found = next(one for one in self.history.given if one.asset_id == asset_id)
            return medium_of(found)
        facts, rate = row.details["facts"], _rate(row)
        seconds = facts["frames"] / rate if facts["frames"] else Fraction(facts["seconds"])
        told = f"{row.step}.{row.output}", self.folder / row.path
        return Medium(asset_id, *told, rate, seconds, facts["has_sound"], row.artefact_id)

    def _made(self, row: Artefact) -> Cut:
        """The edit of a file that a step gave, or that file as one clip."""
        try:
            cut = self._told(row)
            facts = row.details["facts"]
            if cut.frames != facts["frames"] or bool(cut.sounds) != facts["has_sound"]:
                raise NotTold("its length or its sound is not that of its parts")
        except NotTold as why:
            if is_fused(row):
                raise  # it is no file: what it went into is one
            self.untold[row.step] = f"{row.step} ({_tool(row)}) is one clip: {why}"
            cut = whole(self.medium(row.asset_id))
        return marked(cut, [self.mark(one) for one in row.details["evidence"]])

    def _told(self, row: Artefact) -> Cut:
        """The edit of a file as its step tells it.

        Raises:
            NotTold: it does not.
        """
        tool, arguments = _tool(row), dict(row.details["arguments"])
        applied = Applied(row.step, tool, arguments)
        if parts := [Part.of(one) for one in row.details.get("parts", ())]:
            return self._assembled(row, parts, applied)
        if tool == "title_card":
            clip = Clip(row.details["facts"]["frames"], drawn=applied)
            return Cut(_rate(row), ((clip,),))
        cut = self.cut(self._input(row, arguments))
        if tool in OVER:
            until = arguments.get("end")
            if tool == "lower_third":
                until = arguments["start"] + arguments["seconds"]
            end = cut.frames if until is None else round(Fraction(until) * cut.rate)
            return laid_over(cut, applied, round(Fraction(arguments["start"]) * cut.rate), end)
        if tool == "add_subtitles":
            self.untold[row.step] = f"{row.step} ({tool}): its subtitles are in no timeline"
            return cut
        if tool == "mute":
            return Cut(cut.rate, cut.pictures)
        if tool in BESIDE or tool == "replace_sound":
            own = cut.sounds if tool in BESIDE else ()
            return Cut(cut.rate, cut.pictures, (*own, self._sound(cut, applied)))
        if tool not in SOUND_ONLY | PICTURE_ONLY | BOTH:
            raise NotTold("its parts are not known")
        return with_effect(
            cut, applied, pictures=tool not in SOUND_ONLY, sounds=tool not in PICTURE_ONLY
        )

    def _input(self, row: Artefact, arguments: dict[str, Any]) -> str:
        """The video that a step changes.

        Raises:
            NotTold: it changes none, or something of another rate came of it.
        """
        asset_id = str(arguments.get("video", ""))
        if asset_id not in row.inputs:
            raise NotTold("it is not made of parts of a video")
        return asset_id

    def _assembled(self, row: Artefact, parts: Sequence[Part], applied: Applied) -> Cut:
        """Parts one after the other; where their own edits cannot be taken apart, their files."""
        rate = _rate(row)
        try:
            return _put_together([(self._of(p, applied, rate), p) for p in parts], rate, applied)
        except NotTold:
            files = [
                (whole(self.medium(p.asset_id)) if p.asset_id else self._of(p, applied, rate), p)
                for p in parts
            ]
            return _put_together(files, rate, applied)

    def _of(self, part: Part, applied: Applied, rate: Fraction) -> Cut:
        """What a part is taken of: an input, or what the step itself drew."""
        if part.asset_id:
            return self.cut(part.asset_id)
        return Cut(rate, ((Clip(part.frames, drawn=applied),),))

    def _sound(self, cut: Cut, applied: Applied) -> tuple[Clip, ...]:
        """A track of a sound from a time on, as far as the edit and the sound go."""
        medium = self.medium(str(applied.arguments["sound"]))
        start = min(cut.frames, round(Fraction(applied.arguments.get("start", 0)) * cut.rate))
        left = cut.frames - start
        frames = min(left, max(1, round(medium.seconds * cut.rate)))
        again = left // frames if applied.arguments.get("loop") else 1
        effects = (applied,) if applied.tool in BESIDE else ()
        one = Clip(frames, medium, effects=effects)
        rest = left - again * frames
        last = Clip(rest, medium, effects=effects) if applied.arguments.get("loop") else Clip(rest)
        return tuple(c for c in (Clip(start), *(one,) * again, last) if c.frames)


def _put_together(found: Sequence[tuple[Cut, Part]], rate: Fraction, applied: Applied) -> Cut:
    cuts = [_part(cut, part, rate) for cut, part in found]
    overlap = max(part.overlap for _, part in found)
    if not overlap:
        return joined(cuts)
    return crossed(cuts, overlap, str(applied.arguments.get("kind", "fade")))


def _part(cut: Cut, part: Part, rate: Fraction) -> Cut:
    """A part of an edit, at its speed."""
    if part.is_still:
        return still(taken(cut, part.start, 1, rate), part.frames)
    if part.speed < 0:
        first = part.start + (part.frames - 1) / rate * part.speed
        return backwards(taken(cut, first, part.frames, rate, -part.speed))
    return taken(cut, part.start, part.frames, rate, part.speed)


def medium_of(given: Given) -> Medium:
    """A file that was given, read where it lies.

    Raises:
        UnreadableMedia: it is gone, or has changed.
    """
    if given.path is None or not given.path.is_file():
        raise UnreadableMedia(f"{given.name} is not where it was", "put the file back")
    asset = asset_of(given.path, name=given.name)
    if asset.asset_id != given.asset_id:
        raise UnreadableMedia(f"{given.name} has changed since the run", "put the old file back")
    if asset.kind is not MediaKind.VIDEO:
        seconds = Fraction(asset.facts.seconds).limit_denominator(48_000)
        return Medium(given.asset_id, given.name, given.path, Fraction(25), seconds, True)
    source = source_of(asset)
    told = given.path, source.rate, source.seconds, source.has_sound
    return Medium(given.asset_id, given.name, *told)


def _rate(row: Artefact) -> Fraction:
    """Frames per second of a video that was made."""
    return rate_near(Fraction(row.details["facts"]["fps"] or 25))


def _tool(row: Artefact) -> str:
    return row.tool.split("@")[0]
