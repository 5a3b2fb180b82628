"""How loud a video is: mute, volume, loudness, fade. Pictures are copied, but where they fade."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from agents.tools.base import Arguments, Assets, Estimate, Made, Place, Tool, ToolFailed, VideoInput
from agents.tools.registry import Powers
from agents.tools.render.foresee import video_of
from agents.tools.render.graph import Graph, upright
from agents.tools.render.needs import media_tool
from agents.tools.render.sounds import finish, from_start, loudness_of
from agents.tools.render.source import Source, source_of

PEAK = 0.84
"""Of full scale; samples between stay below -1 dBTP."""
LIMITER = f"alimiter=limit={PEAK}:level=0:attack=5:release=50"
CLOSE = 0.3
"""LU by which loudness may miss."""
ROUNDS = 6
Length = Annotated[float, Field(ge=0, le=60)]


class Only(Arguments):
    """The video."""

    video: VideoInput


class Volume(Arguments):
    """By how many dB to make it louder (softer if negative)."""

    video: VideoInput
    gain_db: Annotated[float, Field(ge=-60, le=30)]


class Loudness(Arguments):
    """The integrated loudness to reach (EBU R128): -23 for broadcasting, -16 or -14 for the web."""

    video: VideoInput
    lufs: Annotated[float, Field(ge=-40, le=-8)] = -16.0


class Fade(Arguments):
    """Over how many seconds it comes and goes, and what of it."""

    video: VideoInput
    into: Length = 1.0
    out: Length = 1.0
    what: Literal["both", "picture", "sound"] = "both"


def mute(arguments: Only, place: Place) -> Made:
    """Leave the sound out."""
    source = source_of(place.assets[arguments.video], pictures=True)
    graph = Graph()
    graph.read(source.path)
    return Made({"video": (finish(graph, "", source, place),)})


def volume(arguments: Volume, place: Place) -> Made:
    """Louder or softer; what would clip is limited."""
    source = source_of(place.assets[arguments.video], pictures=True, sound=True)
    graph = Graph()
    label = from_start(graph, graph.read(source.path), source)
    limit = LIMITER if arguments.gain_db > 0 else ""
    made = graph.chain(label, f"volume={arguments.gain_db:.3f}dB", limit)
    return Made({"video": (finish(graph, made, source, place),)})


def loudness(arguments: Loudness, place: Place) -> Made:
    """Bring to a loudness: measure, change, limit, measure again."""
    source = source_of(place.assets[arguments.video], pictures=True, sound=True)
    gain = gain_for(source, arguments.lufs, place)
    graph = Graph()
    label = from_start(graph, graph.read(source.path), source)
    made = graph.chain(label, f"volume={gain:.3f}dB", LIMITER)
    return Made({"video": (finish(graph, made, source, place),)})


def gain_for(source: Source, lufs: float, place: Place) -> float:
    """The dB that bring a source to a loudness after limiting its peaks.

    Raises:
        ToolFailed: its peaks are so far above the rest that it cannot be reached.
    """
    gain, found, slope, step = 0.0, -99.0, 1.0, 1.0
    for _ in range(ROUNDS):
        before = found
        graph = Graph()
        label = from_start(graph, graph.read(source.path), source)
        label = graph.chain(label, f"volume={gain:.3f}dB", LIMITER)
        found = loudness_of(graph, label, place)
        if abs(found - lufs) <= CLOSE:
            return gain
        if before > -99.0:  # limited peaks take a part of each step away
            slope = min(1.0, max(0.2, (found - before) / step))
        step = (lufs - found) / slope
        gain += step
    raise ToolFailed(
        f"{source.name} reaches {found:.1f} LUFS, not {lufs:g}",
        "Its peaks are far above the rest: choose a lower loudness.",
    )


def fade(arguments: Fade, place: Place) -> Made:
    """From and to black and silence."""
    source = source_of(place.assets[arguments.video], pictures=True)
    into, out, length = arguments.into, arguments.out, float(source.seconds)
    if into + out > length:
        raise ToolFailed(
            f"fades of {into:g} and {out:g} s do not fit into {length:.2f} s", "Make them shorter."
        )
    graph = Graph()
    number = graph.read(source.path)
    sound = picture = ""
    if source.has_sound:
        label, is_faded = from_start(graph, number, source), arguments.what != "picture"
        sound = graph.chain(label, _fades("afade", into, out, length) if is_faded else "anull")
    if arguments.what != "sound":
        shift = float(source.origin)
        filters = _fades("fade", into, out, length, shift)
        picture = graph.chain(f"[{number}:{source.probe.video_stream}]", upright(source), filters)
    return Made({"video": (finish(graph, sound, source, place, picture),)})


def _fades(name: str, into: float, out: float, length: float, shift: float = 0.0) -> str:
    """Filters that fade in and out, or do nothing."""
    parts = [f"{name}=t=in:st={shift:.6f}:d={into:.6f}"] if into else []
    parts += [f"{name}=t=out:st={shift + length - out:.6f}:d={out:.6f}"] if out else []
    return ",".join(parts) or ("anull" if name == "afade" else "null")


def copied(arguments: Arguments, assets: Assets, *, has_sound: bool | None = None) -> Estimate:
    """The estimate of a tool that copies the pictures of its `video`."""
    asset_id = str(arguments.model_dump()["video"])
    told = video_of(assets, asset_id, has_sound=has_sound)
    length = assets[asset_id].facts.seconds
    return Estimate(0.5 + length / 40, assets[asset_id].facts.bytes, 0.0, told.outputs)


def _muted(arguments: Only, assets: Assets) -> Estimate:
    told = video_of(assets, arguments.video, has_sound=False, tolerant=True)  # sound may be longer
    return Estimate(1.0, assets[arguments.video].facts.bytes, 0.0, told.outputs)


def _faded(arguments: Fade, assets: Assets) -> Estimate:
    if arguments.what == "sound":
        return copied(arguments, assets)
    return video_of(assets, arguments.video)


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool("mute", "Take the sound out of a video.", Only, mute, _muted, family="sound"),
        media_tool(
            "volume",
            "Make a video louder or softer by some dB.",
            Volume,
            volume,
            copied,
            family="sound",
        ),
        media_tool(
            "loudness",
            "Bring the sound of a video to a loudness in LUFS (EBU R128).",
            Loudness,
            loudness,
            copied,
            family="sound",
        ),
        media_tool(
            "fade",
            "Let a video come out of black and silence and go back into them.",
            Fade,
            fade,
            _faded,
            family="sound",
        ),
    )
