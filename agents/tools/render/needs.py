"""Tools that need FFmpeg, as values; what a tool needs that may not be installed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any, Literal, TypeVar

from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Fallback,
    Made,
    Made_,
    MediaKind,
    Output,
    Place,
    Tool,
    cheap,
    content,
    never,
)

Args = TypeVar("Args", bound=Arguments)
Family = Literal[
    "understand", "edit", "sound", "track", "segment", "compose", "generate", "outside"
]

VIDEO = (Output("video", MediaKind.VIDEO),)
IMAGE = (Output("image", MediaKind.IMAGE),)
SOUND = (Output("sound", MediaKind.SOUND),)
SUBTITLES = (Output("subtitles", MediaKind.SUBTITLES),)


def without(module: str, extra: str) -> str:
    """Why tools of an extra cannot run here; empty when its module is installed."""
    if find_spec(module) is not None:
        return ""
    return f"the extra `{extra}` is not installed: pip install 'backtrail[{extra}]'"


def without_ffmpeg() -> str:
    """Why media cannot be made here; empty when it can."""
    return without("imageio_ffmpeg", "edit")


def always(arguments: Mapping[str, Any]) -> bool:
    """Whether a tool fuses that does so with any arguments."""
    del arguments
    return True


def media_tool(
    name: str,
    description: str,
    arguments: type[Args],
    run: Callable[[Args, Place], Made],
    estimate: Callable[[Args, Assets], Estimate] = cheap,
    *,
    gives: tuple[Output, ...] = VIDEO,
    check: Callable[[Args, Assets, Made_], list[str]] = content,
    fallbacks: tuple[Fallback, ...] = (),
    family: Family = "edit",
    models: tuple[str, ...] = (),
    extras: tuple[str, ...] = (),
    missing: str = "",
    version: str = "1",
    fuses: Callable[[Mapping[str, Any]], bool] = never,
) -> Tool[Args]:
    """A pure and deterministic tool that renders by FFmpeg, listed as missing without it."""
    return Tool(
        name,
        description,
        arguments,
        gives,
        run,
        version=version,
        estimate=estimate,
        check=check,
        extras=("edit", *extras),
        models=models,
        missing=without_ffmpeg() or missing,
        fallbacks=fallbacks,
        fuses=fuses,
        family=family,
    )
