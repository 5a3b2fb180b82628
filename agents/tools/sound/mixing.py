"""Sound from elsewhere: extract_sound, replace_sound, mix, duck. Pictures are copied."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from agents.models.ports import SAMPLE_RATE, Sound
from agents.perception.media.sound import audio
from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Facts,
    HeardInput,
    Made,
    Place,
    Seconds,
    Tool,
    VideoInput,
)
from agents.tools.registry import Powers
from agents.tools.render.graph import Graph, counted, write
from agents.tools.render.needs import SOUND, media_tool
from agents.tools.render.sounds import finish, from_start, later, samples_of
from agents.tools.render.source import Source, source_of
from agents.tools.sound.levels import LIMITER, copied
from memory.records import Span

Gain = Annotated[float, Field(ge=-60, le=20)]
FORMATS = {
    "wav": ("-c:a", "pcm_s16le"),
    "flac": ("-c:a", "flac", "-sample_fmt", "s16"),
    "mp3": ("-c:a", "libmp3lame", "-b:a", "192k"),
    "m4a": ("-c:a", "aac", "-b:a", "192k"),
}
STEP = 0.02
"""Seconds over which loudness is judged for ducking."""
HEARD = 0.01
"""Root mean square (full scale 1) from which something counts as heard: -40 dB."""
AHEAD, BEHIND = 0.25, 0.5
"""Seconds before and after something heard for which the bed stays low."""
SLOPE = 0.3
"""Seconds that it takes to go down or up."""


class ExtractSound(Arguments):
    """The video, and the form of the file."""

    video: HeardInput
    format: Literal["wav", "flac", "mp3", "m4a"] = "wav"


class ReplaceSound(Arguments):
    """The new sound, from `start` on; what is longer than the video is cut."""

    video: VideoInput
    sound: HeardInput
    start: Seconds = 0.0
    loop: bool = False


class Mix(Arguments):
    """What is heard beside the video's own sound, how loud and from when."""

    video: VideoInput
    sound: HeardInput
    gain_db: Gain = 0.0
    start: Seconds = 0.0
    loop: Annotated[bool, Field(description="again and again until the end")] = False


class Duck(Arguments):
    """A bed such as music under the video's own sound, lower while that is heard."""

    video: VideoInput
    sound: HeardInput
    gain_db: Annotated[Gain, Field(description="of the bed where it is alone")] = -6.0
    duck_db: Annotated[float, Field(ge=0, le=40, description="how much lower under speech")] = 12.0
    loop: bool = True


def extract_sound(arguments: ExtractSound, place: Place) -> Made:
    """The sound as a file of its own, from the video's time 0 to its end."""
    source = source_of(place.assets[arguments.video], sound=True)
    graph = Graph()
    label = from_start(graph, graph.read(source.path), source)
    made = counted(graph, label, samples_of(source))
    target = place.new("sound", f".{arguments.format}")
    write(graph, [made], target, place, float(source.seconds), FORMATS[arguments.format])
    return Made({"sound": (target,)})


def replace_sound(arguments: ReplaceSound, place: Place) -> Made:
    """Another sound in the place of the video's own."""
    source = source_of(place.assets[arguments.video], pictures=True)
    other = source_of(place.assets[arguments.sound], sound=True)
    graph = Graph()
    graph.read(source.path)
    label = later(graph, bed(graph, other, source, loop=arguments.loop), arguments.start)
    return Made({"video": (finish(graph, label, source, place),)})


def mix(arguments: Mix, place: Place) -> Made:
    """Another sound beside the video's own; what would clip is limited."""
    source = source_of(place.assets[arguments.video], pictures=True)
    other = source_of(place.assets[arguments.sound], sound=True)
    graph = Graph()
    number = graph.read(source.path)
    label = bed(graph, other, source, loop=arguments.loop)
    label = later(graph, label, arguments.start)
    label = graph.chain(label, f"volume={arguments.gain_db:.3f}dB")
    made = _together(graph, number, source, label)
    return Made({"video": (finish(graph, made, source, place),)})


def _together(graph: Graph, number: int, source: Source, other: str) -> str:
    """The source's own sound, if it has one, and another."""
    count = samples_of(source)
    other = counted(graph, other, count)
    if not source.has_sound:
        return graph.chain(other, LIMITER)
    own = counted(graph, from_start(graph, number, source), count)
    return graph.chain(own + other, "amix=inputs=2:duration=first:normalize=0", LIMITER)


def bed(graph: Graph, other: Source, source: Source, *, loop: bool) -> str:
    """The other sound from its start, repeated if wanted for as long as the source."""
    number = graph.read(other.path)
    if not loop or other.seconds >= source.seconds:
        return from_start(graph, number, other)
    length = samples_of(other)
    whole = counted(graph, from_start(graph, number, other), length)
    return graph.chain(whole, f"aloop=loop=-1:size={length}")


def duck(arguments: Duck, place: Place) -> Made:
    """Lower the bed while the video's own sound is heard, by a curve that is worked out before."""
    source = source_of(place.assets[arguments.video], pictures=True, sound=True)
    other = source_of(place.assets[arguments.sound], sound=True)
    span = Span(0, source.probe.duration)
    curve = ducking(audio(source.probe, span), arguments.duck_db)
    graph = Graph()
    number = graph.read(source.path)
    label = bed(graph, other, source, loop=arguments.loop)
    label = counted(graph, label, samples_of(source), f"volume={arguments.gain_db:.3f}dB")
    gain = graph.read(_saved(curve, place.folder / "work_curve.wav"), "-f", "wav")
    smooth = counted(graph, f"[{gain}:0]", samples_of(source), "pan=stereo|c0=c0|c1=c0")
    low = graph.chain(label + smooth, "amultiply")
    made = _together(graph, number, source, low)
    return Made({"video": (finish(graph, made, source, place),)})


def ducking(sound: Sound, duck_db: float) -> NDArray[np.float32]:
    """The gain of a bed, 0 to 1, one value for each `STEP` of the sound above it."""
    size = round(STEP * SAMPLE_RATE)
    count = max(1, len(sound) // size)
    blocks = np.resize(sound[: count * size], (count, size))
    heard = np.sqrt(np.square(blocks).mean(axis=1)) > HEARD
    low = np.zeros(count, np.float32)
    for index in np.flatnonzero(heard):
        low[max(0, index - round(AHEAD / STEP)) : index + round(BEHIND / STEP)] = 1.0
    width = round(SLOPE / STEP)
    window = np.hanning(width + 2)[1:-1]
    weights = (window / window.sum()).astype(np.float32)
    padded = np.pad(low, (width // 2, width - 1 - width // 2), mode="edge")
    share = np.lib.stride_tricks.sliding_window_view(padded, width) @ weights
    return np.power(10.0, -duck_db / 20 * share).astype(np.float32)


def _saved(curve: NDArray[np.float32], path: Path) -> Path:
    """A curve as a sound of 8,000 values a second, straight between its points."""
    at = np.arange(round(len(curve) * STEP * 8000)) / (STEP * 8000) - 0.5
    values = np.interp(at, np.arange(len(curve)), curve)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes((values * 32767).round().astype("<i2").tobytes())
    return path


def _extracted(arguments: ExtractSound, assets: Assets) -> Estimate:
    length = assets[arguments.video].facts.seconds
    facts = Facts(seconds=length, has_sound=True)
    return Estimate(0.5 + length / 60, round(length * SAMPLE_RATE * 12), outputs={"sound": facts})


def _heard(arguments: Arguments, assets: Assets) -> Estimate:
    return copied(arguments, assets, has_sound=True)


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "extract_sound",
            "Take the sound of a video as a file.",
            ExtractSound,
            extract_sound,
            _extracted,
            gives=SOUND,
            family="sound",
        ),
        media_tool(
            "replace_sound",
            "Put another sound in the place of a video's own.",
            ReplaceSound,
            replace_sound,
            _heard,
            family="sound",
        ),
        media_tool(
            "mix",
            "Add a sound such as music or a voice to a video's own.",
            Mix,
            mix,
            _heard,
            family="sound",
        ),
        media_tool(
            "duck",
            "Put music under a video, lower while the video's own sound is heard.",
            Duck,
            duck,
            _heard,
            family="sound",
        ),
    )
