"""Changes what a video sounds like and nothing else: packets of pictures are copied.

All sound is brought to one clock that begins with the video's time 0 and is exactly as long as it.
"""

from __future__ import annotations

import re
from pathlib import Path

from agents.tools.base import Place, ToolFailed
from agents.tools.ffmpeg import measured
from agents.tools.render.graph import PICTURES, SAMPLES, SOUND, Graph, counted, write
from agents.tools.render.source import Source

COPIED = ("h264", "hevc", "mpeg4", "av1", "vp9", "mpeg2video")
"""Codecs of pictures that an .mp4 takes over unchanged."""
SUMMARY = re.compile(r"Integrated loudness:\s+I:\s+(-?[\d.]+|-inf) LUFS", re.MULTILINE)
SILENT = -69.0
"""LUFS below which there is nothing to measure."""


def samples_of(source: Source) -> int:
    """How many samples a source lasts."""
    return round(source.seconds * SAMPLES)


def from_start(graph: Graph, number: int, source: Source, start: float = 0.0) -> str:
    """The sound of an input, beginning `start` seconds after its time 0; gaps are silence."""
    shift = float(source.origin) + start
    return graph.chain(
        f"[{number}:{source.probe.audio_stream}]",
        f"asetpts=PTS-{shift:.6f}/TB",
        f"aresample={SAMPLES}:async=1:first_pts=0",
        f"aformat=sample_fmts=fltp:channel_layouts=stereo:sample_rates={SAMPLES}",
    )


def later(graph: Graph, label: str, seconds: float) -> str:
    """Sound after so much silence."""
    return graph.chain(label, f"adelay={round(seconds * SAMPLES)}S:all=1") if seconds else label


def finish(
    graph: Graph, sound: str, source: Source, place: Place, picture: str = "", output: str = "video"
) -> Path:
    """Write the pictures of input 0, copied or as `picture` says, with a sound as long as they.

    Raises: as `agents.tools.ffmpeg.render`.
    """
    made = counted(graph, sound, samples_of(source)) if sound else ""
    if made and source.origin:
        made = graph.chain(made, f"asetpts=PTS+{float(source.origin):.6f}/TB")
    is_mp4 = bool(picture) or source.probe.codec in COPIED
    options = [*PICTURES, "-fps_mode", "passthrough", "-enc_time_base:v", "demux"]
    options = options if picture else ["-c:v", "copy"]
    options += SOUND if made else ()
    if source.has_text:
        options += ["-map", "0:s", "-c:s", "mov_text" if is_mp4 else "srt"]
    labels = [picture or f"0:{source.probe.video_stream}", *([made] if made else [])]
    target = place.new(output, ".mp4" if is_mp4 else ".mkv")
    return write(graph, labels, target, place, float(source.seconds), options)


def loudness_of(graph: Graph, label: str, place: Place) -> float:
    """Integrated loudness in LUFS (EBU R128), of the end of a chain that this call uses up.

    Raises:
        ToolFailed: it is silent, or shorter than the 0.4 s that are measured at once.
    """
    end = graph.chain(label, "ebur128=framelog=quiet")
    told = measured(graph.inputs, graph.options(end), place)
    found = SUMMARY.findall(told)
    value = float(found[-1]) if found and found[-1] != "-inf" else SILENT
    if value <= SILENT:
        raise ToolFailed(
            "the sound is silent, or too short to be measured", "Give one of half a second or more."
        )
    return value
