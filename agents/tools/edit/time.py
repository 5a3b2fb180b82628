"""How time runs: speed (of all or a part, with a ramp), reverse, freeze."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Any

from pydantic import Field

from agents.tools.base import (
    Arguments,
    Assets,
    Estimate,
    Made,
    Place,
    Seconds,
    Tool,
    ToolFailed,
    VideoInput,
)
from agents.tools.registry import Powers
from agents.tools.render.foresee import same, video_of
from agents.tools.render.needs import always, media_tool
from agents.tools.render.pieces import Canvas, Piece, finish, join, lay, piece_of, told
from agents.tools.render.source import Source, source_of

STEPS = 6
"""Stretches of even speed that a ramp is made of."""
HELD = 1 << 30
"""Bytes of pictures that may be held to be played backwards."""


class Speed(Arguments):
    """How fast, and which part; 2 is twice as fast, 0.5 is slow motion."""

    video: VideoInput
    factor: Annotated[float, Field(ge=0.1, le=20)]
    start: Seconds = 0.0
    end: Annotated[float | None, Field(gt=0, le=86_400, description="of the part; all if none")] = (
        None
    )
    ramp: Annotated[float, Field(ge=0, le=5, description="seconds to get there and back")] = 0.0
    smooth: Annotated[bool, Field(description="invent pictures between; slow to make")] = False


class Only(Arguments):
    """The video."""

    video: VideoInput


class Freeze(Arguments):
    """Which picture stands still, and for how long."""

    video: VideoInput
    at: Seconds
    seconds: Annotated[float, Field(gt=0, le=60)] = 2.0


def speed(arguments: Speed, place: Place) -> Made:
    """Play a video or a part of it faster or slower; sound keeps its pitch."""
    source = source_of(place.assets[arguments.video], pictures=True)
    end = min(arguments.end or 1e9, float(source.seconds))
    part = piece_of(source, arguments.start, end)
    begin, rate = part.start, source.rate
    finish_at = begin + part.frames / rate
    factor = Fraction(arguments.factor).limit_denominator(1000)
    pieces = [piece_of(source, 0.0, float(begin))] if begin > 0 else []
    ramp = min(Fraction(arguments.ramp), (finish_at - begin) / 3)
    pieces += _ramped(source, begin, finish_at, factor, ramp, arguments.smooth)
    if round((source.seconds - finish_at) * rate) > 0:
        pieces.append(piece_of(source, float(finish_at), float(source.seconds)))
    return told(join(pieces, place), pieces)


def _ramped(
    source: Source, begin: Fraction, end: Fraction, factor: Fraction, ramp: Fraction, smooth: bool
) -> list[Piece]:
    """The part at its speed, with steps towards it and back."""
    rate = source.rate
    edges = [(begin + ramp, end - ramp, factor)]
    if ramp * rate >= STEPS:
        step = ramp / STEPS
        for number in range(STEPS):
            share = Fraction(2 * number + 1, 2 * STEPS)
            pace = 1 + (factor - 1) * share
            edges.append((begin + number * step, begin + (number + 1) * step, pace))
            edges.append((end - (number + 1) * step, end - number * step, pace))
    else:
        edges = [(begin, end, factor)]
    pieces: list[Piece] = []
    for low, high, pace in sorted(edges):
        first, last = round(low * rate), round(high * rate)
        if last > first:
            frames = max(1, round((last - first) / pace))
            pieces.append(Piece(source, first / rate, frames, pace, smooth and pace < 1))
    return pieces


def reverse(arguments: Only, place: Place) -> Made:
    """Play backwards, sound too."""
    source = source_of(place.assets[arguments.video], pictures=True)
    piece = piece_of(source, 0.0, float(source.seconds))
    canvas = Canvas.of([source])
    held = canvas.size[0] * canvas.size[1] * 3 // 2 * piece.frames
    if held > HELD:
        raise ToolFailed(
            f"{piece.frames} pictures of {canvas.size[0]}x{canvas.size[1]} are too many to be held "
            "and played backwards",
            "Trim it or make it smaller first.",
        )
    graph, laid = lay([piece], canvas)
    picture = graph.chain(laid.pictures[0], "reverse")
    sound = graph.chain(laid.sounds[0], "areverse") if laid.sounds else ""
    notes = ("its subtitles are left out",) if source.has_text else ()
    last = Fraction(piece.frames - 1) / source.rate
    backwards = replace(piece, start=last, speed=Fraction(-1))
    made = finish(graph, picture, sound, piece.frames, canvas, place)
    return told(made, [backwards], notes=notes)


def freeze(arguments: Freeze, place: Place) -> Made:
    """Let one picture stand still in silence, then go on."""
    source = source_of(place.assets[arguments.video], pictures=True)
    still = piece_of(source, arguments.at, arguments.at + float(1 / source.rate))
    frames = max(1, round(Fraction(arguments.seconds) * source.rate))
    pieces = [piece_of(source, 0.0, float(still.start))] if still.start > 0 else []
    pieces.append(replace(still, frames=frames, is_still=True))
    pieces.append(piece_of(source, float(still.start), float(source.seconds)))
    return told(join(pieces, place, Canvas.of([source])), pieces)


def _spent(arguments: Speed, assets: Assets) -> Estimate:
    known = assets[arguments.video].facts.seconds
    part = max(0.0, min(arguments.end or known, known) - arguments.start)
    seconds = known - part + part / arguments.factor
    cost = 30.0 if arguments.smooth else 1.0
    is_rough = bool(arguments.ramp) or not known
    return video_of(assets, arguments.video, seconds=seconds, tolerant=is_rough, cost=cost)


def _is_quick(arguments: Mapping[str, Any]) -> bool:
    """Pictures that are invented are too dear to be made again with each later step."""
    return not arguments.get("smooth", False)


def _frozen(arguments: Freeze, assets: Assets) -> Estimate:
    known = assets[arguments.video].facts.seconds
    return video_of(assets, arguments.video, seconds=known + arguments.seconds, tolerant=not known)


def tools(powers: Powers) -> tuple[Tool[Any], ...]:
    """The tools of this module."""
    del powers
    return (
        media_tool(
            "speed",
            "Play a video or a part of it faster or slower (slow motion), with a ramp if wanted.",
            Speed,
            speed,
            _spent,
            version="3",
            fuses=_is_quick,
        ),
        media_tool("reverse", "Play a video backwards.", Only, reverse, same()),
        media_tool(
            "freeze",
            "Let one picture of a video stand still.",
            Freeze,
            freeze,
            _frozen,
            fuses=always,
        ),
    )
