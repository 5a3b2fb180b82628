"""Turns decoded frames into pictures as a viewer shows them: upright, square pixels, plain RGB.

Transparent parts get a ground that what is drawn on them stands out from; high dynamic range is
mapped to what an ordinary screen shows.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorPrimaries, ColorTrc, VideoReformatter
from numpy.typing import NDArray

from agents.models.ports import Image
from agents.perception.records import Probe

Linear = NDArray[np.float32]

GRAPHICS_WHITE = 203.0
"""Candela per square metre of white paper in pictures of high dynamic range (ITU-R BT.2408)."""
PEAK = 1000.0
"""The same of the brightest light that is still told from white, and of an HLG screen."""
KNEE = 0.7
"""Brightness, of white paper, from which highlights are compressed."""
GAMMA = 2.2
HDR = frozenset((ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67))
"""Transfer characteristics of high dynamic range: PQ and HLG."""
BT2020_TO_709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
"""Linear colours of BT.2020 in the primaries of ordinary screens (ITU-R BT.2087)."""
LUMA_2020 = (0.2627, 0.678, 0.0593)
LUMA = (0.299, 0.587, 0.114)
DARK = 128
"""Mean luma of what is drawn, below which it is put on white, else on black."""


def fitted(width: int, height: int, max_side: int | None) -> tuple[int, int]:
    """The size in pixels with its longest side at most `max_side`, never larger than given."""
    longest = max(width, height)
    if max_side is None or longest <= max_side:
        return max(1, width), max(1, height)
    return max(1, round(width * max_side / longest)), max(1, round(height * max_side / longest))


class FrameConverter:
    """Turns raw frames into upright RGB pictures with square pixels, scaled by swscale.

    One instance per stream and size: it keeps the scaler's tables, and the ground that it put
    behind the first transparent picture, so that the ground does not flicker.
    """

    def __init__(
        self, probe: Probe, max_side: int | None = None, *, size: tuple[int, int] | None = None
    ) -> None:
        """`size` (width, height) as shown overrides `max_side` and the picture's shape."""
        self._reformatter = VideoReformatter()
        self._turns = (-probe.rotation // 90) % 4
        self._aspect = probe.pixel_aspect
        self._max_side = max_side
        self._fixed = size
        self._ground: int | None = None

    def _size(self, raw: VideoFrame) -> tuple[int, int]:
        """Width and height before turning: streams may change the size of their pictures."""
        if self._fixed is not None:
            width, height = self._fixed
            return (height, width) if self._turns % 2 else (width, height)
        return fitted(max(1, round(raw.width * self._aspect)), raw.height, self._max_side)

    def image(self, raw: VideoFrame) -> Image:
        """The picture, shape (height, width, 3) uint8 RGB."""
        if raw.color_trc in HDR:
            signal = self._scaled(raw, "rgb48le").astype(np.uint16, copy=False)
            image = mapped(signal, raw.color_trc, raw.color_primaries)
        elif any(component.is_alpha for component in raw.format.components):
            image = self._on_ground(self._scaled(raw, "rgba").astype(np.uint8, copy=False))
        else:
            image = self._scaled(raw, "rgb24").astype(np.uint8, copy=False)
        return np.ascontiguousarray(np.rot90(image, self._turns)) if self._turns else image

    def _scaled(self, raw: VideoFrame, pixel_format: str) -> NDArray[np.generic]:
        width, height = self._size(raw)
        return self._reformatter.reformat(
            raw, width, height, pixel_format, interpolation="FAST_BILINEAR", threads=1
        ).to_ndarray()

    def _on_ground(self, rgba: NDArray[np.uint8]) -> Image:
        """The picture with a ground of one colour behind it."""
        colours, alpha = rgba[..., :3], rgba[..., 3:].astype(np.float32) / 255
        if alpha.min() == 1.0:
            return np.ascontiguousarray(colours)
        if self._ground is None:
            seen = float((colours @ np.array(LUMA, np.float32) * alpha[..., 0]).sum())
            self._ground = 255 if seen < DARK * max(float(alpha.sum()), 1e-6) else 0
        return (colours * alpha + self._ground * (1 - alpha) + 0.5).astype(np.uint8)


def mapped(signal: NDArray[np.uint16], transfer: int, primaries: int) -> Image:
    """A picture of high dynamic range for an ordinary screen, uint8 RGB.

    Light up to `KNEE` of white paper stays as it is, what is brighter is compressed, keeping hues.

    Args:
        signal: RGB, 16 bits each, full range.
        transfer: what relates signal to light, one of `HDR`.
        primaries: of the colours.
    """
    light: Linear = _light_table(transfer)[signal]
    if transfer == ColorTrc.ARIB_STD_B67:  # light of the scene; screens brighten its highlights
        luma = np.maximum(light @ np.array(LUMA_2020, np.float32), 1e-6)
        light = light * luma[..., None] ** np.float32(0.2)
    light = light * np.float32(PEAK / GRAPHICS_WHITE)
    if primaries == ColorPrimaries.BT2020:
        light = np.maximum(light @ BT2020_TO_709.T, 0)
    brightest = np.maximum(light.max(axis=2, keepdims=True), 1e-6)
    shown = light * (_compressed(brightest) / brightest)
    coded = np.clip(shown, 0, 1) ** np.float32(1 / GAMMA)
    return (coded * 255 + 0.5).astype(np.uint8)


def _compressed(light: Linear) -> Linear:
    """Reinhard's curve above the knee, so that `PEAK` becomes white."""
    room, over = 1 - KNEE, np.maximum(light - KNEE, 0) / (1 - KNEE)
    most = (PEAK / GRAPHICS_WHITE - KNEE) / room
    bent = over * (1 + over / most**2) / (1 + over)
    return np.minimum(np.where(light <= KNEE, light, KNEE + room * bent), 1).astype(np.float32)


@cache
def _light_table(transfer: int) -> Linear:
    """Light for each of 65,536 signals, 1 for `PEAK` (ITU-R BT.2100)."""
    signal = np.linspace(0, 1, 1 << 16)
    if transfer == ColorTrc.ARIB_STD_B67:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    else:
        m1, m2, c1, c2, c3 = 0.1593017578125, 78.84375, 0.8359375, 18.8515625, 18.6875
        root = signal ** (1 / m2)
        light = (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1) * 10_000 / PEAK
    return light.astype(np.float32)
