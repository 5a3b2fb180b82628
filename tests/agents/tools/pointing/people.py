"""Two real clips laid side by side, and pictures of who is in them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from tests.media import Picture, Shown, write_video

HIGH, WIDE, FPS = 360, 480, 5


def pictures(path: Path, start: float, seconds: float) -> Iterator[Picture]:
    """Pictures of a clip, five a second, of one size."""
    capture = cv2.VideoCapture(str(path))
    for number in range(round(seconds * FPS)):
        capture.set(cv2.CAP_PROP_POS_MSEC, 1000 * (start + number / FPS))
        found, picture = capture.read()
        assert found
        yield cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), (WIDE, HIGH)).astype(np.uint8)
    capture.release()


def side_by_side(clips: Path, target: Path) -> Path:
    """One person on the left, another on the right."""
    left = pictures(clips / "univtg/charades.mp4", 4.0, 1.4)
    right = pictures(clips / "llama-factory/2.avi", 0.0, 1.4)
    pairs = enumerate(zip(left, right, strict=True))
    both = [Shown(np.hstack(pair), number / FPS) for number, pair in pairs]
    return write_video(target, both, last_for=1 / FPS)
