"""What an item of the speed benchmark gets and gives: videos, empty stores, rows of its table."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.quality.clips import CACHE
from tests.benchmarks.speed.tools import CLI, environment, run
from tests.benchmarks.speed.video import SpeedVideo, speed_video


@dataclass(frozen=True)
class Row:
    """One number and what it was compared with."""

    item: str
    what: str
    ours: str
    beside: str
    ratio: float
    target: float
    video: str
    load: str
    note: str = ""
    also_reached: bool = False
    """Reached by the item's other condition."""

    @property
    def reached(self) -> bool:
        """Whether the target is met."""
        return self.also_reached or self.ratio <= self.target


class Bench:
    """The videos, the folders and how often to measure."""

    def __init__(self, short: bool, repeats: int, scratch: Path) -> None:
        self.short, self.repeats, self.scratch = short, repeats, scratch
        self.video: SpeedVideo = speed_video(2 if short else 10)
        self.warm = str(speed_video(0.2).path)
        self._homes = 0

    @property
    def length(self) -> str:
        """The video's, for the table."""
        return f"{self.video.seconds / 60:.0f} min"

    @property
    def path(self) -> str:
        """The video's."""
        return str(self.video.path)

    def fresh(self, **more: str) -> dict[str, str]:
        """The environment of a store that is empty."""
        self._homes += 1
        return environment(self.scratch / f"store{self._homes}", self.scratch / "cache", **more)

    def kept(self) -> dict[str, str]:
        """The environment of a store that remembers the video; kept between runs."""
        env = environment(CACHE / "speed_store", self.scratch / "cache")
        run([CLI, "ingest", self.path, "--json"], env)
        return env

    def ffmpeg(self) -> str:
        """The ffmpeg program.

        Raises:
            FileNotFoundError: there is none.
        """
        found = shutil.which("ffmpeg")
        if found is None:
            raise FileNotFoundError(
                "the program ffmpeg is not on the PATH (apt-get install ffmpeg): (a) compares with "
                "it, and (d) makes its long video with it"
            )
        return found
