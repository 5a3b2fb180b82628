"""A filter graph as it is put together, and the encoders that everything is written by.

Only numbers and words of the program stand in a graph: no name, text or path of a user.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from agents.tools.base import Place
from agents.tools.ffmpeg import Input, render
from agents.tools.render.source import Source

SAMPLES = 48_000
"""Samples per second of all sound that is made, in two channels."""
SILENCE = f"anullsrc=r={SAMPLES}:cl=stereo"
EXACT = ("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact")
"""Nothing of the day or the machine gets into a file, so that it can be made again byte by byte."""
PICTURES = (
    "-c:v libx264 -preset veryfast -crf 16 -pix_fmt yuv420p -threads:v 2 -flags:v +bitexact"
).split()
SOUND = ("-c:a", "aac", "-b:a", "192k", "-flags:a", "+bitexact")
KEPT_TIMES = ("-fps_mode", "passthrough", "-enc_time_base:v", "demux")
"""Every frame at the time that it has."""
FAST_START = ("-movflags", "+faststart")
TONE_MAP = (
    "zscale=t=linear:npl=203,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=mobius:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)
"""High dynamic range as other screens show it (BT.2408: paper white at 203 cd/m2)."""


_LABEL = re.compile(r"\[(?:l(\d+)|(\d+):(\d+))\]")


@dataclass(slots=True)
class Graph:
    """Inputs and chains of filters; labels are numbered by the program."""

    inputs: list[Input] = field(default_factory=list[Input])
    chains: list[str] = field(default_factory=list[str])
    _labels: int = 0

    def read(self, path: Path, *options: str) -> int:
        """Add an input; its number."""
        self.inputs.append(Input(path, options))
        return len(self.inputs) - 1

    def still(self, path: Path, rate: Fraction, seconds: float) -> int:
        """Add a PNG that is shown for a time; its number."""
        shown = ("-f", "png_pipe", "-loop", "1", "-framerate", str(rate))
        return self.read(path, *shown, "-t", f"{seconds:.6f}")

    def label(self) -> str:
        """A label that is not taken."""
        self._labels += 1
        return f"[l{self._labels}]"

    def chain(self, inputs: str, *filters: str) -> str:
        """Add a chain from labels (`[0:1][l2]`) through filters; the label of its end."""
        end = self.label()
        self.chains.append(f"{inputs}{','.join(part for part in filters if part)}{end}")
        return end

    def split(self, label: str, count: int, *, sound: bool = False) -> list[str]:
        """Labels of so many copies."""
        if count == 1:
            return [label]
        ends = [self.label() for _ in range(count)]
        self.chains.append(f"{label}{'a' if sound else ''}split={count}{''.join(ends)}")
        return ends

    def take(self, other: Graph) -> Callable[[str], str]:
        """Add a copy of another graph; what its labels and streams are called here."""
        reads, labels = len(self.inputs), self._labels

        def moved(text: str) -> str:
            return _LABEL.sub(
                lambda m: f"[l{int(m[1]) + labels}]" if m[1] else f"[{int(m[2]) + reads}:{m[3]}]",
                text,
            )

        self.inputs += other.inputs
        self.chains += map(moved, other.chains)
        self._labels += other._labels
        return moved

    def options(self, *labels: str) -> list[str]:
        """The graph as options of FFmpeg, with labels mapped to the output in order."""
        mapped = [part for label in labels for part in ("-map", label)]
        return ["-filter_complex", ";".join(self.chains), *mapped] if self.chains else mapped


def upright(source: Source) -> str:
    """Filters that show pictures as a viewer does: square pixels, even sides, usual range."""
    parts = [TONE_MAP] if source.is_hdr else []
    width, height = source.size
    # costs nothing where the size is right already; streams of calls change theirs on the way
    return ",".join([*parts, f"scale={width}:{height}:flags=bicubic", "setsar=1"])


def fit(size: tuple[int, int]) -> str:
    """Filters that fit pictures of any shape into a size, with black beside them."""
    width, height = size
    return (
        f"scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2"
        f":flags=bicubic,pad={width}:{height}:(ow-iw)/2:(oh-ih)/2:black,setsar=1"
    )


def counted(graph: Graph, label: str, samples: int, *filters: str) -> str:
    """Sound of exactly so many samples: cut, or with silence after it."""
    shape = f"aformat=sample_fmts=fltp:sample_rates={SAMPLES}:channel_layouts=stereo"
    return graph.chain(label, *filters, shape, "apad", f"atrim=end_sample={samples}")


def samples_at(frames: int, rate: Fraction) -> int:
    """The sample at which a frame begins."""
    return round(frames / rate * SAMPLES)


def write(
    graph: Graph,
    labels: Sequence[str],
    target: Path,
    place: Place,
    seconds: float,
    options: Sequence[str] = (),
) -> Path:
    """Encode labels into a file.

    Raises: as `agents.tools.ffmpeg.render`.
    """
    fast = FAST_START if target.suffix == ".mp4" else ()
    made = [*graph.options(*labels), *options, *EXACT, *fast]
    return render(graph.inputs, made, target, place=place, seconds=seconds)
