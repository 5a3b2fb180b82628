# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportMissingImports=false
# opentimelineio's own types are those of its C++ part, its adapters have none, and it is an extra.
"""Edits as OpenTimelineIO timelines, and these as files that editing programs open.

Every file is read back by the same library before it counts: what a format drops in silence is
found here, not in an editing program.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from agents.act.timeline.bake import Holds
from agents.act.timeline.cut import Applied, Clip, Cut, Mark, Track, marks_in
from agents.errors import UsageError
from agents.tools.render.needs import without
from memory.file_names import displayed

Timeline: TypeAlias = Any
"""An `opentimelineio.schema.Timeline`: the library's own types are unknown to type checkers."""
OWN = "backtrail"
"""Where our metadata stand."""
TRANSITION = "SMPTE_Dissolve"
DISSOLVES = ("fade", "dissolve")
"""Transitions that editing programs know as a dissolve."""
CONTROL = dict.fromkeys((*range(32), 127, 8232, 8233), " ")
"""Letters that would begin a line of a list, or that no XML takes."""


TIMES = re.compile(r'\b(duration|start|offset|frameDuration)="(\d+)(?:/(\d+))?s"')
"""Times in Final Cut Pro X's XML."""


class Format(StrEnum):
    """Files that editing programs open."""

    OTIO = "otio"
    EDL = "edl"
    FCP7 = "fcp7"
    """XML of Final Cut Pro 7, which Premiere and Resolve open."""
    FCPX = "fcpx"
    """XML of Final Cut Pro X."""


class _Adapter(NamedTuple):
    """How a format is written."""

    name: str
    holds: Holds


ADAPTERS = {
    Format.OTIO: _Adapter("otio_json", Holds(everything=True)),
    Format.EDL: _Adapter("cmx_3600", Holds(sound=False)),
    Format.FCP7: _Adapter("fcp_xml", Holds()),
    Format.FCPX: _Adapter("fcpx_xml", Holds()),
}


@dataclass(frozen=True, slots=True)
class About:
    """What a timeline tells of itself."""

    name: str
    metadata: dict[str, Any]


def needed() -> None:
    """Check that timelines can be written here.

    Raises:
        UsageError: the extra is not installed.
    """
    if missing := without("opentimelineio", "timeline"):
        raise UsageError(missing, "then export again")


def timeline_of(cut: Cut, about: About) -> Timeline:
    """An edit as a timeline: clips with their files, ranges, evidence and effects."""
    from opentimelineio import schema
    from opentimelineio.opentime import RationalTime

    made = schema.Timeline(_clean(about.name))
    made.global_start_time = RationalTime(0, float(cut.rate))
    made.metadata[OWN] = _plain(about.metadata)
    groups = ((schema.TrackKind.Video, cut.pictures), (schema.TrackKind.Audio, cut.sounds))
    for kind, tracks in groups:
        for number, clips in enumerate(tracks, 1):
            track = schema.Track(f"{kind[0]}{number}", kind=kind)
            for item in _items(clips, cut.rate):
                track.append(item)
            made.tracks.append(track)
    return made


def _items(track: Track, rate: Fraction) -> list[Any]:
    """Clips, gaps and transitions of a track, in order."""
    from opentimelineio import schema

    made: list[Any] = []
    for clip in track:
        if clip.crossing is not None:
            kind = clip.crossing.kind
            is_dissolve = kind in DISSOLVES
            made.append(
                schema.Transition(
                    kind,
                    TRANSITION if is_dissolve else f"Custom_{kind}",
                    _frames(clip.crossing.before, rate),
                    _frames(clip.crossing.after, rate),
                )
            )
        made.append(
            schema.Gap(duration=_frames(clip.frames, rate)) if clip.is_gap else _clip(clip, rate)
        )
    return made


def _clip(clip: Clip, rate: Fraction) -> Any:  # noqa: ANN401
    from opentimelineio import schema

    start, end = clip.shown(rate)
    inner = clip.medium.rate if clip.medium else rate
    place = _range(start, clip.frames, inner, rate)
    made = schema.Clip(_name(clip), _reference(clip, rate), place)
    marks = marks_in(clip, rate)
    told: dict[str, Any] = {"evidence": [mark.evidence for mark in marks]}
    if clip.medium is not None:
        told |= {"asset": clip.medium.asset_id, "artefact": clip.medium.artefact_id}
        told |= {"shown": [float(start), float(end)]}
    made.metadata[OWN] = told
    comments = [f"EVIDENCE {mark.evidence}" for mark in marks]
    made.metadata["cmx_3600"] = {"comments": comments, "reel": _reel(clip)}
    if clip.is_still:
        made.effects.append(schema.FreezeFrame())
    elif clip.speed != 1:
        made.effects.append(schema.LinearTimeWarp("speed", float(clip.speed)))
    for effect in clip.effects:
        made.effects.append(schema.Effect(effect.step, effect.tool, {OWN: _told(effect)}))
    for mark in marks:
        made.markers.append(_marker(mark, clip, rate))
    return made


def _name(clip: Clip) -> str:
    if clip.medium is not None:
        return _clean(clip.medium.name)
    return _clean(str(clip.drawn.arguments.get("text") or clip.drawn.tool)) if clip.drawn else ""


def _reel(clip: Clip) -> str:
    """What an EDL calls a file: eight letters and digits, no two files alike."""
    letters = "".join(c for c in _name(clip).upper() if c.isascii() and c.isalnum())
    return f"{letters[:4]}{clip.medium.asset_id[:4].upper() if clip.medium else ''}" or "AX"


def _reference(clip: Clip, rate: Fraction) -> Any:  # noqa: ANN401
    """The file of a clip, or how it is drawn."""
    from opentimelineio import schema

    if clip.medium is None:
        drawn = clip.drawn or Applied("", "", {})
        length = _range(Fraction(0), clip.frames, rate, rate)
        return schema.GeneratorReference(_name(clip), drawn.tool, length, _told(drawn))
    medium = clip.medium
    frames = round(medium.seconds * medium.rate)
    made = schema.ExternalReference(
        medium.path.as_uri(), _range(Fraction(0), frames, medium.rate, medium.rate)
    )
    made.name = _clean(medium.name)
    return made


def _marker(mark: Mark, clip: Clip, rate: Fraction) -> Any:  # noqa: ANN401
    """A mark where the clip shows what the memory is of; else where the clip begins."""
    from opentimelineio import schema

    first, last = clip.shown(rate)
    inner = clip.medium.rate if clip.medium else rate
    start, end = first, first
    if clip.medium is not None and clip.medium.asset_id == mark.asset_id:
        start, end = max(first, mark.start), min(last, mark.end)
    start = Fraction(round(start * inner)) / inner
    frames = max(1, round((end - start) * inner))
    told = {OWN: {"evidence": mark.evidence, "text": _clean(mark.text)}}
    place = _range(start, frames, inner, inner)
    made = schema.Marker(mark.evidence, place, schema.MarkerColor.RED, told)
    made.comment = _clean(mark.text)
    return made


def _told(applied: Applied) -> dict[str, Any]:
    told = {"step": applied.step, "tool": applied.tool, "arguments": dict(applied.arguments)}
    return _plain(told)


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    """A value of JSON's types alone, without letters that are no UTF-8."""
    return json.loads(displayed(json.dumps(value, ensure_ascii=False, default=str)))


def _clean(text: str) -> str:
    """A name on one line, of letters that every format takes."""
    return " ".join(displayed(text).translate(CONTROL).split())


def _frames(count: int, rate: Fraction) -> Any:  # noqa: ANN401
    from opentimelineio.opentime import RationalTime

    return RationalTime(count, float(rate))


def _range(start: Fraction, frames: int, inner: Fraction, rate: Fraction) -> Any:  # noqa: ANN401
    """A stretch from a time (seconds) of a file of one rate, in frames of another."""
    from opentimelineio.opentime import RationalTime, TimeRange

    return TimeRange(RationalTime(float(start * inner), float(inner)), _frames(frames, rate))


def text_of(timeline: Timeline, rate: Fraction, form: Format) -> str:
    """A timeline in a format, as the library reads it back.

    Raises:
        UsageError: the format cannot hold this rate, or something that would be lost in silence.
    """
    import opentimelineio as otio

    if form is not Format.OTIO and not _has_time_code(rate):
        said = f"{float(rate):g} frames a second have no time code, which this format needs"
        raise UsageError(said, "give --otio, or change the rate first")
    given = timeline
    if form is Format.FCPX:
        given = _at_rate(timeline, rate, _whole(rate))
        for clip in given.find_clips():
            clip.name = clip.name.replace("'", "\u2019")  # the library searches by names in quotes
    text: str = otio.adapters.write_to_string(given, ADAPTERS[form].name, **_rate_of(form, rate))
    if form is Format.FCPX:
        text = _timed(text, _whole(rate) / rate)
    if ranges(timeline) != ranges(read(text, rate, form)):
        raise UsageError(f"{form} does not give this edit back as it is", "give --otio instead")
    return text


def read(text: str, rate: Fraction, form: Format) -> Timeline:
    """The timeline that a file of a rate holds.

    Raises:
        UsageError: it holds none.
    """
    import opentimelineio as otio

    if form is Format.FCPX:
        text = _timed(text, rate / _whole(rate))
    name, more = ADAPTERS[form].name, _rate_of(form, rate)
    found: Any = otio.adapters.read_from_string(text, name, **more)
    if not isinstance(found, otio.schema.Timeline):
        inside = [one for one in found if isinstance(one, otio.schema.Timeline)]
        if not inside:
            raise UsageError("the file holds no timeline", "give another")
        found = inside[0]
    return _at_rate(found, _whole(rate), rate) if form is Format.FCPX else found


def _has_time_code(rate: Fraction) -> bool:
    from opentimelineio.opentime import RationalTime

    return bool(RationalTime.is_smpte_timecode_rate(float(rate)))


def _rate_of(form: Format, rate: Fraction) -> dict[str, Any]:
    """What the adapter is told: an EDL does not say its rate."""
    return {"rate": float(rate)} if form is Format.EDL else {}


def _whole(rate: Fraction) -> Fraction:
    """The rate that 29.97 frames a second are counted as: 30."""
    return Fraction(round(rate))


def _at_rate(timeline: Timeline, rate: Fraction, other: Fraction) -> Timeline:
    """A timeline with the same counts of frames at another rate.

    The library counts Final Cut Pro X's frames at whole rates only.
    """
    import opentimelineio as otio

    text: str = timeline.to_json_string()
    old, new = f'"rate": {float(rate)!r}', f'"rate": {float(other)!r}'
    made: Any = otio.adapters.read_from_string(text.replace(old, new), "otio_json")
    return made


def _timed(text: str, factor: Fraction) -> str:
    """Final Cut Pro X's XML with all of its times so many times as long."""

    def changed(found: re.Match[str]) -> str:
        seconds = Fraction(int(found[2]), int(found[3] or 1)) * factor
        return f'{found[1]}="{seconds.numerator}/{seconds.denominator}s"'

    return text if factor == 1 else TIMES.sub(changed, text)


def ranges(timeline: Timeline) -> list[tuple[str, float, float]]:
    """File, start and frames of each clip of the first track of pictures."""
    return [
        (
            getattr(c.media_reference, "target_url", ""),
            c.source_range.start_time.value,
            c.source_range.duration.value,
        )
        for c in timeline.video_tracks()[0].find_clips()
    ]


def write(text: str, path: Path) -> Path:
    """Write a file whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
    return path
