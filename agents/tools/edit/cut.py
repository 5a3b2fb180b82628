"""Cutting and joining: trim, remove, concatenate, transition. Exact to the frame, without drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field

from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Fallback,
    Made,
    MediaKind,
    Place,
    Seconds,
    Takes,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.registry import Powers
from agents.tools.render.foresee import video_of
from agents.tools.render.graph import Graph, write
from agents.tools.render.needs import always, media_tool
from agents.tools.render.pieces import (
    Canvas,
    Piece,
    finish,
    join,
    lay,
    moved_cues,
    piece_of,
    told,
)
from agents.tools.render.source import Source, source_of

Clips = Annotated[tuple[str, ...], Field(min_length=2, max_length=200), Takes(MediaKind.VIDEO)]


class Trim(Arguments):
    """Which stretch to keep."""

    video: VideoInput
    start: Seconds = 0.0
    end: Annotated[float, Field(gt=0, le=86_400, description="without the frame shown then")]
    mode: Annotated[
        Literal["exact", "keyframe"],
        Field(description="keyframe copies without loss, and begins at the keyframe before start"),
    ] = "exact"


class Remove(Arguments):
    """Which stretch to take out."""

    video: VideoInput
    start: Seconds
    end: Annotated[float, Field(gt=0, le=86_400)]


class Concatenate(Arguments):
    """Which videos, in order; all are brought to the size and rate of the first."""

    clips: Annotated[
        tuple[str, ...], Field(min_length=1, max_length=200), Takes(MediaKind.VIDEO)
    ]  # one where all moments that were looked for are one


class Transition(Arguments):
    """Which videos, and how one becomes the next."""

    clips: Clips
    kind: Literal["fade", "black", "white", "wipe", "slide", "circle", "dissolve"] = "fade"
    seconds: Annotated[float, Field(ge=0.1, le=5)] = 0.5


KINDS = {
    "fade": "fade",
    "black": "fadeblack",
    "white": "fadewhite",
    "wipe": "wipeleft",
    "slide": "slideleft",
    "circle": "circleopen",
    "dissolve": "dissolve",
}
"""FFmpeg's names of transitions."""


def trim(arguments: Trim, place: Place) -> Made:
    """Keep one stretch."""
    source = source_of(place.assets[arguments.video], pictures=True)
    if arguments.mode == "keyframe":
        return _copied(source, arguments, place)
    piece = piece_of(source, arguments.start, arguments.end)
    return told(join([piece], place), [piece], notes=_beyond(source, arguments.end))


def _beyond(source: Source, end: float) -> tuple[str, ...]:
    """A word where a video ends earlier than was asked for."""
    seconds = float(source.seconds)
    if end <= seconds + 0.1:
        return ()
    return (f"{source.name} ends at {seconds:.2f} s, before {end:g} s",)


def _copied(source: Source, arguments: Trim, place: Place) -> Made:
    """Packets as they are, from the keyframe before the start."""
    piece_of(source, arguments.start, arguments.end)  # raises where nothing lies between
    start = max(0.0, arguments.start + float(source.origin))
    graph = Graph()
    graph.read(source.path, "-noaccurate_seek", "-ss", f"{start + 0.001:.6f}")
    labels = [f"0:{source.probe.video_stream}"]
    labels += [f"0:{source.probe.audio_stream}"] if source.has_sound else []
    is_mp4 = source.probe.codec in ("h264", "hevc", "mpeg4", "av1") and source.suffix == ".mp4"
    length = arguments.end - arguments.start
    options = ["-t", f"{length:.6f}", "-c", "copy", "-avoid_negative_ts", "make_zero"]
    target = place.new("video", ".mp4" if is_mp4 else ".mkv")
    write(graph, labels, target, place, length, options)
    return Made({"video": (target,)}, notes=("it begins at the keyframe before its start",))


def remove(arguments: Remove, place: Place) -> Made:
    """Take out one stretch and close the gap."""
    source = source_of(place.assets[arguments.video], pictures=True)
    end = float(source.seconds)
    cut = piece_of(source, arguments.start, min(arguments.end, end))
    pieces: list[Piece] = []
    if cut.start > 0:
        pieces.append(piece_of(source, 0.0, float(cut.start)))
    after = cut.start + cut.frames / source.rate
    if round((source.seconds - after) * source.rate) > 0:
        pieces.append(piece_of(source, float(after), end))
    if not pieces:
        raise ToolFailed(
            f"nothing of {source.name} would be left", "Take out less than the whole of it."
        )
    return told(join(pieces, place), pieces)


def concatenate(arguments: Concatenate, place: Place) -> Made:
    """Join videos with hard cuts."""
    sources = [source_of(place.assets[clip], pictures=True) for clip in arguments.clips]
    canvas = Canvas.of(sources)
    pieces = [_whole(source, canvas) for source in sources]
    return told(join(pieces, place, canvas), pieces, notes=_shaped(sources, canvas))


def _whole(source: Source, canvas: Canvas) -> Piece:
    """All of a source, counted in frames of the result."""
    return Piece(source, Fraction(0), max(1, round(source.seconds * canvas.rate)))


def _shaped(sources: Sequence[Source], canvas: Canvas) -> tuple[str, ...]:
    """A word on videos of another shape."""
    width, height = canvas.size
    others = [s.name for s in sources if abs(s.size[0] * height - s.size[1] * width) > 4 * width]
    return tuple(f"{name} has another shape: it stands between black bars" for name in others)


def transition(arguments: Transition, place: Place) -> Made:
    """Join videos, each overlapping the next."""
    sources = [source_of(place.assets[clip], pictures=True) for clip in arguments.clips]
    canvas = Canvas.of(sources)
    overlap = max(1, round(Fraction(arguments.seconds) * canvas.rate))
    pieces = [_whole(source, canvas) for source in sources]
    for piece in pieces:
        if piece.frames < 2 * overlap:
            raise ToolFailed(
                f"{piece.source.name} is too short for transitions of {arguments.seconds:g} s",
                "Take shorter transitions or longer clips.",
            )
    graph, laid = lay(pieces, canvas, soft=False)
    length = float(overlap / canvas.rate)
    picture, sound, frames = laid.pictures[0], (laid.sounds or [""])[0], pieces[0].frames
    for number, piece in enumerate(pieces[1:], 1):
        offset = float((frames - overlap) / canvas.rate)
        fade = f"xfade=transition={KINDS[arguments.kind]}:duration={length:.6f}"
        picture = graph.chain(picture + laid.pictures[number], f"{fade}:offset={offset:.6f}")
        if sound:
            sound = graph.chain(sound + laid.sounds[number], f"acrossfade=d={length:.6f}")
        frames += piece.frames - overlap
    early = [Piece(p.source, p.start, p.frames - overlap) for p in pieces[:-1]]
    cues = moved_cues([*early, pieces[-1]], canvas.rate)
    return told(finish(graph, picture, sound, frames, canvas, place, cues), pieces, overlap)


def _trimmed(arguments: Trim, assets: Assets) -> Estimate:
    known = assets[arguments.video].facts
    if arguments.mode == "keyframe":
        return Estimate(seconds=1.0, bytes=known.bytes)
    end = min(arguments.end, known.seconds) if known.seconds else arguments.end
    return video_of(assets, arguments.video, seconds=max(0.0, end - arguments.start))


def _is_exact(arguments: Mapping[str, Any]) -> bool:
    """Packets that are copied are no graph."""
    return arguments.get("mode", "exact") == "exact"


def _removed(arguments: Remove, assets: Assets) -> Estimate:
    known = assets[arguments.video].facts.seconds
    end = min(arguments.end, known)
    return video_of(
        assets, arguments.video, seconds=max(0.0, known - max(0, end - arguments.start))
    )


def _concatenated(arguments: Concatenate, assets: Assets) -> Estimate:
    return _in_a_row(arguments, assets, overlap=0.0)


def _joined(arguments: Transition, assets: Assets) -> Estimate:
    return _in_a_row(arguments, assets, overlap=arguments.seconds)


def _in_a_row(arguments: Concatenate | Transition, assets: Assets, *, overlap: float) -> Estimate:
    """Clips one after the other, each beginning so many seconds before the last one ends."""
    total = sum(assets[clip].facts.seconds for clip in arguments.clips)
    total -= overlap * (len(arguments.clips) - 1)
    return video_of(
        assets,
        arguments.clips[0],
        seconds=total,
        tolerant=True,
        has_sound=_sounds(arguments, assets),
    )


def _sounds(arguments: Concatenate | Transition, assets: Assets) -> bool:
    """Whether any clip sounds."""
    return any(assets[clip].facts.has_sound for clip in arguments.clips)


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "trim",
            "Keep one stretch of a video, exact to the frame or without loss from a keyframe.",
            Trim,
            trim,
            _trimmed,
            fallbacks=(Fallback({"mode": "keyframe"}),),
            version="2",
            fuses=_is_exact,
        ),
        media_tool(
            "remove",
            "Take one stretch out of a video and close the gap.",
            Remove,
            remove,
            _removed,
            version="2",
            fuses=always,
        ),
        media_tool(
            "concatenate",
            "Join videos one after the other with hard cuts.",
            Concatenate,
            concatenate,
            _concatenated,
            fuses=always,
        ),
        media_tool(
            "transition",
            "Join videos with a transition from each to the next: fade, wipe, slide and others.",
            Transition,
            transition,
            _joined,
        ),
    )
