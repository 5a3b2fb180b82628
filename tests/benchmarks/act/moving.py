"""Clips in which a disc of a photograph moves, with its true box and mask in each frame.

Ten ways of moving, over a photograph or over a real clip. The tracker's rules are fitted on one
part (`FIT`: other photographs) and reported on the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from agents.tools.assets import Asset, asset_of
from agents.tools.render.boxes import Rectangle
from tests.agents.tools.bench import frames_of, photograph
from tests.media import Picture, Shown, write_video

SIZE, FPS, FRAMES = (320, 180), 25, 60
HIDDEN = range(28, 40)
"""Frames in which something stands before the disc, where it is hidden."""
KINDS = (
    "curve", "growing", "shrinking", "fast", "hidden", "dimming", "turning", "shaken", "two alike",
    "noisy",
)  # fmt: skip
REAL = ("sam2/01_dog.mp4", "llama-factory/2.avi", "subsai/test1.webm")
"""Grounds of the real part, below the folder of the evaluation clips."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Scene:
    """A clip to be made."""

    kind: str
    skin: str
    ground: str
    """A photograph, or a clip below the folder."""

    @property
    def seen(self) -> list[int]:
        """Frames in which the disc can be seen."""
        return [n for n in range(FRAMES) if self.kind != "hidden" or n not in HIDDEN]


FIT = [Scene(kind, "chelsea.png", "coffee.png") for kind in KINDS]
HELD = [
    Scene(kind, skin, ground)
    for skin, ground in (("astronaut.png", "rocket.jpg"), ("coffee.png", "astronaut.png"))
    for kind in KINDS
]
OVER_REAL = [
    Scene(kind, "motorcycle_left.png", ground)
    for ground in REAL
    for kind in ("curve", "growing", "shrinking", "hidden")
]


def grounds(scene: Scene, folder: Path | None) -> list[Picture]:
    """What is behind the disc in each frame."""
    if folder is not None and scene.ground in REAL:
        shown = [cv2.resize(p, SIZE) for p in frames_of(folder / scene.ground)[:FRAMES]]
        return [shown[min(n, len(shown) - 1)].astype(np.uint8) for n in range(FRAMES)]
    wide, high = SIZE
    still = cv2.resize(photograph(scene.ground)[..., :3], (wide + 24, high + 24))
    made: list[Picture] = []
    for number in range(FRAMES):
        x, y = (12, 12)
        if scene.kind == "shaken":
            x, y = round(12 + 11 * np.sin(number)), round(12 + 11 * np.cos(1.7 * number))
        made.append(still[y : y + high, x : x + wide].astype(np.uint8))
    return made


def rendered(scene: Scene, folder: Path | None = None) -> Iterator[tuple[Picture, Mask, Rectangle]]:
    """Frames with the disc's mask and box."""
    skin, other = photograph(scene.skin)[..., :3], photograph("coins.png")
    chance = np.random.default_rng(8)
    for number, ground in enumerate(grounds(scene, folder)):
        share = number / (FRAMES - 1)
        side, x, y = placed(scene.kind, share)
        picture = ground.copy()
        if scene.kind == "two alike":
            across = SIZE[0] - 72 - round(share * (SIZE[0] - 92))
            _draw(picture, np.dstack([other] * 3), 52, across, 70, 0.0)
        turn = 90 * share if scene.kind == "turning" else 0.0
        mask = _draw(picture, skin, side, x, y, turn)
        if scene.kind == "hidden" and number in HIDDEN:
            cv2.rectangle(picture, (x - 4, y - 4), (x + side + 4, y + side + 4), (90, 90, 90), -1)
        if scene.kind == "dimming":
            picture = (picture * (1 - 0.6 * share)).astype(np.uint8)
        if scene.kind == "noisy":
            noise = chance.normal(0, 25, picture.shape)
            picture = (picture + noise).clip(0, 255).astype(np.uint8)
        yield picture, mask, (float(x), float(y), float(side), float(side))


def placed(kind: str, share: float) -> tuple[int, int, int]:
    """Side, left and top of the disc at a share of the clip."""
    side = {"growing": 44 + round(40 * share), "shrinking": 80 - round(36 * share)}.get(kind, 52)
    along = 0.5 - 0.5 * np.cos(4 * np.pi * share) if kind == "fast" else share
    x = round(20 + along * (SIZE[0] - side - 40))
    return side, x, min(SIZE[1] - side, round(60 + 40 * float(np.sin(5 * share))))


def _draw(picture: Picture, skin: Picture, side: int, x: int, y: int, turn: float) -> Mask:
    """Draw a disc into a picture; its mask."""
    face = cv2.resize(skin, (side, side))
    if turn:
        middle = cv2.getRotationMatrix2D((side / 2, side / 2), turn, 1.0)
        face = cv2.warpAffine(face, middle, (side, side))
    disc = np.zeros((side, side), np.uint8)
    cv2.circle(disc, (side // 2, side // 2), side // 2 - 1, 1, -1)
    mask = np.zeros(SIZE[::-1], bool)
    part = picture[y : y + side, x : x + side]
    part[disc > 0] = face[disc > 0]
    mask[y : y + side, x : x + side] = disc > 0
    return mask


def written(
    scene: Scene, folder: Path, clips: Path | None = None
) -> tuple[Asset, list[Mask], list[Rectangle]]:
    """A clip as a file, with its truth."""
    frames = list(rendered(scene, clips))
    shown = [Shown(picture, n / FPS) for n, (picture, _, _) in enumerate(frames)]
    name = "_".join((scene.kind, scene.skin, scene.ground)).replace(" ", "_").replace("/", "_")
    path = write_video(folder / f"{name}.mp4", shown, last_for=1 / FPS)
    return asset_of(path), [mask for _, mask, _ in frames], [box for _, _, box in frames]


def parts(clips: Path | None) -> dict[str, Sequence[Scene]]:
    """The parts that are there, by name."""
    found: dict[str, Sequence[Scene]] = {"fitted on": FIT, "held out": HELD}
    return found | ({"over real clips, held out": OVER_REAL} if clips is not None else {})
