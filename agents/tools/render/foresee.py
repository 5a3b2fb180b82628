"""What is known of a result before it is made. Opens no file."""

from __future__ import annotations

from collections.abc import Callable

from agents.tools.base import Arguments, Assets, Estimate, Facts

PIXELS = 20e6
"""Pixels a second that are decoded, filtered and encoded on two cores, as measured."""
PER_PIXEL = 0.02
"""Bytes of a written pixel, at most, as measured."""
UNSURE = ("mpeg4", "msmpeg4v2", "msmpeg4v3", "mpeg1video", "mpeg2video", "wmv2", "wmv3", "vc1")
"""Codecs of files whose packets may be more than their frames: they seem longer than they are."""


def video_of(
    assets: Assets,
    asset_id: str,
    *,
    seconds: float | None = None,
    size: tuple[int, int] = (0, 0),
    has_sound: bool | None = None,
    tolerant: bool = False,
    cost: float = 1.0,
) -> Estimate:
    """The estimate of a video that is made from an asset: as long as it, or `seconds`.

    A size of 0 is not foreseen: pictures may be turned or stretched when they are shown. Neither is
    the length of what rounds once for each part (`tolerant`). `cost` counts usual passes.
    """
    known = assets[asset_id].facts
    tolerant = tolerant or known.codec in UNSURE
    length = known.seconds if seconds is None else seconds
    pixels = (size[0] * size[1] or known.width * known.height) * (known.fps or 25.0)
    facts = Facts(
        seconds=0.0 if tolerant else length,
        width=size[0],
        height=size[1],
        has_picture=True,
        has_sound=known.has_sound if has_sound is None else has_sound,
    )
    return Estimate(
        seconds=0.5 + cost * pixels * length / PIXELS,
        bytes=round(pixels * length * PER_PIXEL),
        outputs={"video": facts},
    )


def same(cost: float = 1.0) -> Callable[[Arguments, Assets], Estimate]:
    """The estimate of a tool that changes what a `video` shows: as long, with the same sound."""

    def estimate(arguments: Arguments, assets: Assets) -> Estimate:
        asset_id = str(arguments.model_dump()["video"])
        return video_of(assets, asset_id, cost=cost)

    return estimate
