"""Changes what a video shows and nothing else: every frame keeps its time, sound is taken over.

Packets of sound are copied, not encoded again; subtitles that are text stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agents.tools.base import Place
from agents.tools.render.graph import KEPT_TIMES, PICTURES, Graph, upright, write
from agents.tools.render.pending import Pending, put_off
from agents.tools.render.source import Source


def start(source: Source) -> tuple[Graph, str]:
    """A graph that reads the file, and the label of its pictures as a viewer sees them.

    A video that is pending is gone on with: its graph comes first, so that its numbers stay.
    """
    graph = Graph()
    if source.pending is not None:
        return graph, source.pending.pictures_in(graph)
    number = graph.read(source.path)
    return graph, graph.chain(f"[{number}:{source.probe.video_stream}]", upright(source))


def finish(
    graph: Graph,
    label: str,
    source: Source,
    place: Place,
    output: str = "video",
    size: tuple[int, int] | None = None,
) -> Path:
    """Encode the pictures and take over the rest of input 0; `size` where it is not the source's.

    Raises: as `agents.tools.ffmpeg.render`.
    """
    if not source.has_text:
        pending = _pending(graph, label, source, size or source.size)
        held = put_off(place, output, pending)
        if held is not None:
            return held
        if source.pending is not None:
            return pending.written(place.new(output, pending.suffix), place)
    kept: list[str] = [*PICTURES, *KEPT_TIMES]
    if source.sound_codecs:
        kept += ["-map", "0:a", "-c:a", "copy"]
    if source.has_text:
        kept += ["-map", "0:s", "-c:s", "mov_text" if source.suffix == ".mp4" else "srt"]
    target = place.new(output, source.suffix)
    return write(graph, [label], target, place, float(source.seconds), kept)


def _pending(graph: Graph, label: str, source: Source, size: tuple[int, int]) -> Pending:
    if source.pending is not None:
        return source.pending.on(graph, label, size)
    sound = f"[0:{source.probe.audio_stream}]" if source.has_sound else ""
    told = source.rate, source.seconds, source.origin
    return Pending(graph, label, sound, size, *told, sound_codecs=source.sound_codecs)


def effect(
    source: Source, filters: Sequence[str], place: Place, size: tuple[int, int] | None = None
) -> Path:
    """The video with its pictures through filters; `size` where it is not the source's.

    Raises: as `agents.tools.ffmpeg.render`.
    """
    graph, label = start(source)
    return finish(graph, graph.chain(label, *filters), source, place, size=size)
