"""A video that is not written yet: the filter graph that would give it, for what uses it to go on.

Steps in a row become one graph and one encoding in this way. A pending video has pictures at the
times that its file would show them, and its facts are those that the graph promises.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from agents.perception.records import Probe
from agents.tools.assets import Asset, Facts
from agents.tools.base import Place
from agents.tools.render.graph import (
    KEPT_TIMES,
    PICTURES,
    SAMPLES,
    SOUND,
    Graph,
    write,
)
from memory.records import SECOND

if TYPE_CHECKING:
    from agents.tools.render.source import Source

FINE = 1000
"""Ticks of a pending video's clock in the 1/numerator of its rate: times are cut to ticks."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A graph and the ends of it. It is never changed: what goes on takes a copy."""

    graph: Graph
    picture: str
    sound: str
    """Label of a chain or stream of an input; empty for silence."""
    size: tuple[int, int]
    rate: Fraction
    seconds: Fraction
    origin: Fraction = Fraction(0)
    """When its first frame is shown by the clock of the graph."""
    frames: int = 0
    """Exact number of its frames; 0 where they are those of input 0 at their times."""
    sound_codecs: tuple[str, ...] = ()
    """Of input 0, whose packets are taken over; empty where sound is encoded."""

    def on(self, graph: Graph, picture: str, size: tuple[int, int]) -> Pending:
        """The same with other pictures."""
        return replace(self, graph=graph, picture=picture, size=size)

    @property
    def suffix(self) -> str:
        """Of its file."""
        from agents.tools.render.source import IN_MP4

        return ".mp4" if IN_MP4.issuperset(self.sound_codecs) else ".mkv"

    @property
    def facts(self) -> Facts:
        """What its file would hold, as far as the graph tells."""
        has_sound = bool(self.sound)
        return Facts(
            seconds=float(self.seconds),
            width=self.size[0],
            height=self.size[1],
            fps=round(float(self.rate), 3),
            frames=self.frames or round(self.seconds * self.rate),
            has_picture=True,
            has_sound=has_sound,
            sample_rate=SAMPLES if has_sound else 0,
            channels=2 if has_sound else 0,
            codec="h264",
        )

    def source(self, asset: Asset) -> Source:
        """It as something to render from."""
        from agents.tools.render.source import Source

        probe = Probe(
            asset.path,
            "video",
            round(self.seconds * SECOND),
            round(self.origin * SECOND),
            *self.size,
            fps=float(self.rate),
            codec="h264",
            video_stream=0,
            audio_stream=1 if self.sound else None,
            seekable=False,
        )
        codecs = self.sound_codecs or (("aac",) if self.sound else ())
        name = asset.name or "a video that is not written"
        return Source(
            asset.path,
            name,
            probe,
            self.rate,
            self.origin,
            codecs,
            asset_id=asset.asset_id,
            pending=self,
        )

    def pictures_in(self, graph: Graph) -> str:
        """Its pictures at the end of a graph that is empty so far: all numbers stay."""
        graph.take(self.graph)
        return graph.chain(self.picture, self._clock, "format=yuv420p")  # as a file holds them

    def copied(self, graph: Graph, pictures: int, sounds: int) -> tuple[list[str], list[str]]:
        """Labels of so many copies of its pictures and its sound in another graph."""
        moved = graph.take(self.graph)
        shown = graph.chain(moved(self.picture), self._clock, "format=yuv420p")
        sound = moved(self.sound)
        if not sound or ":" in sound:  # a stream of an input can be read any number of times
            return graph.split(shown, pictures), [sound] * sounds
        if not sounds:
            graph.chains.append(f"{sound}anullsink")
            return graph.split(shown, pictures), []
        return graph.split(shown, pictures), graph.split(sound, sounds, sound=True)

    @property
    def _clock(self) -> str:
        """A clock in which even half a frame is a whole number, as FFmpeg cuts times to ticks."""
        return f"settb=1/{self.rate.numerator * FINE}" if self.frames else ""

    def options(self) -> list[str]:
        """How it is encoded, with what input 0 lends it."""
        if self.frames:
            told = ["-r", str(self.rate), "-frames:v", str(self.frames), *PICTURES]
            return [*told, *(SOUND if self.sound else ())]
        taken = ["-map", "0:a", "-c:a", "copy"] if self.sound_codecs else []
        return [*PICTURES, *KEPT_TIMES, *taken]

    def written(self, target: Path, place: Place) -> Path:
        """Encode it.

        Raises: as `agents.tools.ffmpeg.render`.
        """
        labels = [self.picture, self.sound] if self.frames and self.sound else [self.picture]
        return write(self.graph, labels, target, place, float(self.seconds), self.options())


def put_off(place: Place, output: str, pending: Pending) -> Path | None:
    """Hold a video back where that is wanted: the path that it would have. Else None."""
    if place.put_off is None:
        return None
    target = place.new(output, pending.suffix)
    place.put_off[target] = pending
    return target
