"""Changes what a video shows and nothing else: every frame keeps its time, sound is taken over.

Packets of sound are copied, not encoded again; subtitles that are text stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agents.tools.base import Place
from agents.tools.render.graph import PICTURES, Graph, upright, write
from agents.tools.render.source import Source

KEPT_TIMES = ("-fps_mode", "passthrough", "-enc_time_base:v", "demux")


def start(source: Source) -> tuple[Graph, str]:
    """A graph that reads the file, and the label of its pictures as a viewer sees them."""
    graph = Graph()
    number = graph.read(source.path)
    return graph, graph.chain(f"[{number}:{source.probe.video_stream}]", upright(source))


def finish(graph: Graph, label: str, source: Source, place: Place, output: str = "video") -> Path:
    """Encode the pictures and take over the rest of input 0.

    Raises: as `agents.tools.ffmpeg.render`.
    """
    kept: list[str] = [*PICTURES, *KEPT_TIMES]
    if source.sound_codecs:
        kept += ["-map", "0:a", "-c:a", "copy"]
    if source.has_text:
        kept += ["-map", "0:s", "-c:s", "mov_text" if source.suffix == ".mp4" else "srt"]
    target = place.new(output, source.suffix)
    return write(graph, [label], target, place, float(source.seconds), kept)


def effect(source: Source, filters: Sequence[str], place: Place) -> Path:
    """The video with its pictures through filters.

    Raises: as `agents.tools.ffmpeg.render`.
    """
    graph, label = start(source)
    return finish(graph, graph.chain(label, *filters), source, place)
