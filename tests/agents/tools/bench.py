"""What tests of tools share: numbered frames, a place, and reading back what was made."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from agents.tools.assets import asset_of
from agents.tools.base import Arguments, Asset, Made, Place, Tool
from agents.tools.registry import Powers, registry_of
from tests.media import Picture, Shown, write_video

Sound = NDArray[np.float32]
BITS = 8


def numbered(number: int, width: int = 320, height: int = 180) -> Picture:
    """A picture that tells its number by eight large squares: black or white, over a grey."""
    picture = np.full((height, width, 3), 110, np.uint8)
    side = width // BITS
    for bit in range(BITS):
        level = 235 if number >> bit & 1 else 20
        picture[height // 3 : 2 * height // 3, bit * side : (bit + 1) * side] = level
    return picture


def number_of(picture: Picture) -> int:
    """The number that a picture tells, wherever the middle of it was not covered."""
    height, width = picture.shape[:2]
    row = picture[height // 2 - 4 : height // 2 + 4].mean(axis=(0, 2))
    side = width / BITS
    levels = [float(row[round((bit + 0.5) * side)]) for bit in range(BITS)]
    return sum(1 << bit for bit, level in enumerate(levels) if level > 128)


def counting(
    path: Path,
    seconds: float = 4.0,
    fps: int = 25,
    sounds: Sequence[Sound] = (),
    size: tuple[int, int] = (320, 180),
    first: int = 0,
    **options: Any,
) -> Path:
    """A video whose frames tell their numbers."""
    frames = [Shown(numbered(first + n, *size), n / fps) for n in range(round(seconds * fps))]
    return write_video(path, frames, sounds=sounds, last_for=1 / fps, b_frames=2, **options)


def clicks(seconds: float, times: Sequence[float], rate: int = 16_000) -> Sound:
    """Silence with a burst of 20 ms at each time."""
    made = np.zeros(round(seconds * rate), np.float32)
    burst = 0.8 * np.sin(2 * np.pi * 1000 * np.arange(round(0.02 * rate)) / rate)
    for time in times:
        begin = round(time * rate)
        made[begin : begin + len(burst)] = burst[: len(made) - begin]
    return made


class Bench:
    """A folder in which tools are run one after the other."""

    def __init__(self, folder: Path, powers: Powers | None = None) -> None:
        self.folder = folder
        self.registry = registry_of(powers or Powers())
        self.made = 0

    def tool(self, name: str) -> Tool[Any]:
        """A tool by its name."""
        return self.registry.tool(name)

    def run(self, name: str, assets: Sequence[Asset], /, **arguments: Any) -> list[Asset]:
        """Run a tool as the program does: valid arguments, estimate kept to, files probed."""
        asset, _ = self.run_fully(name, assets, **arguments)
        return asset

    def run_fully(
        self, name: str, assets: Sequence[Asset], /, **arguments: Any
    ) -> tuple[list[Asset], Made]:
        """The same, with what the tool says about it."""
        tool = self.tool(name)
        known = {asset.asset_id: asset for asset in assets}
        valid: Arguments = tool.arguments.model_validate(arguments)
        told = tool.estimate(valid, known)
        self.made += 1
        folder = self.folder / f"run_{self.made} it's 50%, [a]"
        folder.mkdir(parents=True)
        made = tool.run(valid, Place(folder, known))
        found = {
            output.name: tuple(asset_of(path, output.kind) for path in made.files[output.name])
            for output in tool.gives
        }
        for output, facts in told.outputs.items():
            real = found[output][0].facts
            if facts.seconds:
                step = 1 / real.fps if real.fps else 0.05
                assert abs(real.seconds - facts.seconds) <= max(step, 0.05) + 1e-3, (real, facts)
            if facts.width:
                assert (real.width, real.height) == (facts.width, facts.height)
            assert real.has_picture == facts.has_picture
            assert real.has_sound == facts.has_sound
        assert tool.check(valid, known, found) == []
        return list(found[tool.gives[0].name]), made


def frames_of(path: Path) -> list[Picture]:
    """Every picture of a video."""
    with av.open(str(path)) as container:
        return [
            frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
            for frame in container.decode(video=0)
        ]


def picture_of(path: Path) -> Picture:
    """A still picture."""
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image)


def numbers_of(path: Path) -> list[int]:
    """The number that each frame tells."""
    return [number_of(picture) for picture in frames_of(path)]


def sound_of(path: Path) -> tuple[Sound, int]:
    """The sound from time 0, mean of the channels, and its samples per second."""
    parts: list[Sound] = []
    rate = 0
    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono")
        for frame in container.decode(audio=0):
            rate = frame.sample_rate
            at = round(float(frame.time or 0) * rate)
            for piece in resampler.resample(frame):
                samples = piece.to_ndarray()[0]
                parts.append(samples[-at:] if at < 0 else samples)
    return np.concatenate(parts).astype(np.float32), rate


def bursts_of(path: Path, threshold: float = 0.2) -> list[float]:
    """When bursts of sound begin, in seconds."""
    samples, rate = sound_of(path)
    loud = np.flatnonzero(np.abs(samples) > threshold)
    begins = [
        int(n)
        for n, before in zip(loud, [-rate, *loud[:-1]], strict=True)
        if n - before > rate // 20
    ]
    return [begin / rate for begin in begins]


def sound_packets(path: Path) -> list[bytes]:
    """The packets of sound as they stand in a file."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def photograph(name: str) -> Picture:
    """A real photograph out of scikit-image's package."""
    from importlib.metadata import distribution

    return picture_of(Path(str(distribution("scikit-image").locate_file(f"skimage/data/{name}"))))


def psnr(one: Picture, two: Picture) -> float:
    """Likeness of two pictures in dB."""
    error = float(np.square(one.astype(np.float64) - two.astype(np.float64)).mean())
    return 99.0 if error == 0 else 10 * float(np.log10(255**2 / error))
