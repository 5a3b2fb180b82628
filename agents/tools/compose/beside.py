"""Several videos at once: picture_in_picture, split_screen."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field

from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Made,
    MediaKind,
    Place,
    Seconds,
    Takes,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.registry import Powers
from agents.tools.render.draw import Position, corner
from agents.tools.render.foresee import video_of
from agents.tools.render.graph import Graph, fit, samples_at, upright
from agents.tools.render.needs import media_tool
from agents.tools.render.pieces import Canvas, Piece, finish, lay
from agents.tools.render.sounds import finish as finish_sound
from agents.tools.render.sounds import from_start, later
from agents.tools.render.source import Source, even, source_of
from agents.tools.render.strip import during, on_clock
from agents.tools.sound.levels import LIMITER


class PictureInPicture(Arguments):
    """The small video, where, when and how large it stands, and whose sound is heard."""

    video: VideoInput
    inset: VideoInput
    position: Position = "bottom right"
    width: Annotated[float, Field(ge=0.05, le=1, description="share of the video's width")] = 0.3
    start: Seconds = 0.0
    seconds: Annotated[float | None, Field(gt=0, le=86_400, description="all if none")] = None
    sound: Literal["video", "both"] = "video"


class SplitScreen(Arguments):
    """Two to four videos at once, how they stand and whose sound is heard."""

    clips: Annotated[tuple[str, ...], Field(min_length=2, max_length=4), Takes(MediaKind.VIDEO)]
    layout: Literal["side", "stack", "grid"] = "side"
    sound: Literal["first", "all"] = "first"


def picture_in_picture(arguments: PictureInPicture, place: Place) -> Made:
    """A small video over another from `start` on."""
    source = source_of(place.assets[arguments.video], pictures=True)
    inset = source_of(place.assets[arguments.inset], pictures=True)
    if arguments.start >= source.seconds:
        raise ToolFailed(
            f"{source.name} ends at {float(source.seconds):.2f} s", "Choose an earlier start."
        )
    length = min(arguments.seconds or 1e9, float(inset.seconds))
    size = _small(source, inset, arguments.width)
    graph = Graph()
    below = graph.read(source.path)
    over = graph.read(inset.path)
    main = graph.chain(f"[{below}:{source.probe.video_stream}]", upright(source))
    small = graph.chain(
        f"[{over}:{inset.probe.video_stream}]",
        upright(inset),
        f"scale={size[0]}:{size[1]}:flags=lanczos",
        on_clock(source, arguments.start - float(inset.origin)),
    )
    left, top = corner(arguments.position, source.size, size)
    when = during(arguments.start, arguments.start + length, float(source.origin))
    made = graph.chain(main + small, f"overlay={left}:{top}:{when}")
    sound = _sound(graph, source, inset, arguments) if source.has_sound or inset.has_sound else ""
    return Made({"video": (finish_sound(graph, sound, source, place, made),)})


def _small(source: Source, inset: Source, share: float) -> tuple[int, int]:
    """Size of the inset: by its width, but never taller than the video."""
    wide = source.size[0] * share
    high = wide * inset.size[1] / inset.size[0]
    shrink = min(1.0, source.size[1] / high)
    return even(wide * shrink), even(high * shrink)


def _sound(graph: Graph, source: Source, inset: Source, arguments: PictureInPicture) -> str:
    """The video's own sound, with the inset's if wanted."""
    own = from_start(graph, 0, source) if source.has_sound else ""
    if arguments.sound == "video" or not inset.has_sound:
        return own
    label = from_start(graph, 1, inset)
    if arguments.seconds is not None:
        label = graph.chain(label, f"atrim=end={arguments.seconds:.6f}")
    other = later(graph, label, arguments.start)
    if not own:
        return other
    # neither ends the other: what is written is as long as the pictures
    return graph.chain(own + other, "amix=inputs=2:duration=longest:normalize=0", LIMITER)


def split_screen(arguments: SplitScreen, place: Place) -> Made:
    """Videos beside or above each other, as long as the longest; who ends stands still."""
    sources = [source_of(place.assets[clip], pictures=True) for clip in arguments.clips]
    base = Canvas.of(sources)
    columns, rows = _layout(len(sources), arguments.layout)
    size = even(base.size[0] / columns), even(base.size[1] / rows)
    canvas = Canvas(size, base.rate, base.has_sound)
    frames = max(round(source.seconds * canvas.rate) for source in sources)
    graph, laid = lay([Piece(s, Fraction(0), frames) for s in sources], canvas, soft=False)
    cells = [graph.chain(label, fit(size)) for label in laid.pictures]
    if len(cells) < columns * rows:  # three in a grid
        cells.append(_empty(graph, canvas, frames))
    places = "|".join(
        f"{number % columns * size[0]}_{number // columns * size[1]}"
        for number in range(len(cells))
    )
    picture = graph.chain("".join(cells), f"xstack=inputs={len(cells)}:layout={places}")
    whole = Canvas((size[0] * columns, size[1] * rows), base.rate, base.has_sound)
    sound = _together(graph, laid.sounds, sources, arguments.sound, samples_at(frames, base.rate))
    return Made({"video": (finish(graph, picture, sound, frames, whole, place),)})


def _layout(count: int, layout: str) -> tuple[int, int]:
    """Columns and rows."""
    if layout == "grid":
        return 2, (count + 1) // 2
    return (count, 1) if layout == "side" else (1, count)


def _empty(graph: Graph, canvas: Canvas, frames: int) -> str:
    """A black cell."""
    width, height = canvas.size
    black = f"color=black:s={width}x{height}:r={canvas.rate}"
    return graph.chain("", black, f"trim=end_frame={frames}", "format=yuv420p")


def _together(
    graph: Graph, sounds: Sequence[str], sources: Sequence[Source], whose: str, samples: int
) -> str:
    """The sound of the first that has one, or of all."""
    if not sounds:
        return ""
    if whose == "first":
        chosen = next(n for n, source in enumerate(sources) if source.has_sound)
        for number, label in enumerate(sounds):
            if number != chosen:
                graph.chains.append(f"{label}anullsink")
        return sounds[chosen]
    mixed = f"amix=inputs={len(sounds)}:duration=first:normalize=0"
    return graph.chain("".join(sounds), mixed, LIMITER, f"atrim=end_sample={samples}")


def _inset(arguments: PictureInPicture, assets: Assets) -> Estimate:
    pair = (assets[arguments.video].facts, assets[arguments.inset].facts)
    heard = pair[0].has_sound or (arguments.sound == "both" and pair[1].has_sound)
    return video_of(assets, arguments.video, cost=1.5, has_sound=heard)


def _split(arguments: SplitScreen, assets: Assets) -> Estimate:
    known = [assets[clip].facts for clip in arguments.clips]
    return video_of(
        assets,
        arguments.clips[0],
        seconds=max(facts.seconds for facts in known),
        has_sound=any(facts.has_sound for facts in known),
        tolerant=True,
        cost=1.5,
    )


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "picture_in_picture",
            "Show a small video in a corner of another.",
            PictureInPicture,
            picture_in_picture,
            _inset,
            family="compose",
        ),
        media_tool(
            "split_screen",
            "Show two to four videos at once, side by side, stacked or in a grid.",
            SplitScreen,
            split_screen,
            _split,
            family="compose",
        ),
    )
