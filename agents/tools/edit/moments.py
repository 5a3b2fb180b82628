"""A video of its moments: keep_moments."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Made,
    MediaKind,
    Place,
    Takes,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.registry import Powers
from agents.tools.render.foresee import video_of
from agents.tools.render.moments import Moment, read_moments
from agents.tools.render.needs import media_tool
from agents.tools.render.pieces import join, piece_of, told
from agents.tools.render.source import source_of

POINT = 2.0
"""Seconds that are shown of a moment without a length."""
SHORTEST = 0.2
"""Seconds of a clip."""


class KeepMoments(Arguments):
    """Which moments, how much around each, and how long at most; the best stay where it is less."""

    video: VideoInput
    moments: Annotated[str, Takes(MediaKind.MOMENTS)]
    padding: Annotated[float, Field(ge=0, le=30)] = 0.5
    longest: Annotated[float | None, Field(gt=0, le=36_000, description="seconds in all")] = None
    order: Literal["time", "score"] = "time"


def keep_moments(arguments: KeepMoments, place: Place) -> Made:
    """Moments one after the other; those that overlap are one."""
    source = source_of(place.assets[arguments.video], pictures=True)
    length = float(source.seconds)
    given = read_moments(place.assets[arguments.moments].path)
    clips = _clips([m for m in given if m.start < length], length, arguments)
    if not clips:
        raise ToolFailed(
            f"no moment lies in {source.name}", "Give moments that were found in this video."
        )
    pieces = [piece_of(source, clip.start, clip.end) for clip in clips]
    evidence = tuple(dict.fromkeys(row for clip in clips for row in clip.evidence))
    shown = ", ".join(f"{clip.start:.1f}-{clip.end:.1f}" for clip in clips[:20])
    return told(join(pieces, place), pieces, notes=(f"it shows {shown} s",), evidence=evidence)


def _clips(moments: list[Moment], length: float, arguments: KeepMoments) -> list[Moment]:
    """What is shown, in its order."""
    pad, left = arguments.padding, arguments.longest or 1e9
    chosen: list[Moment] = []
    for moment in sorted(moments, key=lambda m: (-m.score, m.start)):
        middle = (moment.start + moment.end) / 2
        shown = moment.end - moment.start or POINT
        half = max(SHORTEST, shown + 2 * pad) / 2
        start, end = max(0.0, middle - half), min(length, middle + half)
        end = min(end, start + left)
        if end - start < SHORTEST:
            continue
        chosen.append(Moment(start, end, moment.text, moment.evidence, moment.score))
        left -= end - start
    if arguments.order == "score":
        return chosen
    return _joined(sorted(chosen, key=lambda clip: clip.start))


def _joined(clips: list[Moment]) -> list[Moment]:
    """Clips in the order of time, overlapping ones as one."""
    made: list[Moment] = []
    for clip in clips:
        last = made[-1] if made else None
        if last is not None and clip.start <= last.end:
            end, score = max(last.end, clip.end), max(last.score, clip.score)
            rows = tuple(dict.fromkeys((*last.evidence, *clip.evidence)))
            made[-1] = Moment(last.start, end, last.text, rows, score)
        else:
            made.append(clip)
    return made


def _kept(arguments: KeepMoments, assets: Assets) -> Estimate:
    return video_of(assets, arguments.video, seconds=arguments.longest, tolerant=True)


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "keep_moments",
            "Make a video of moments that were found in another: a supercut or a highlight.",
            KeepMoments,
            keep_moments,
            _kept,
            version="2",
        ),
    )
