"""Pictures and videos by models elsewhere: generate_image, animate_image, restyle_video.

Nothing is sent before the price of the call is known and allowed: per call by the terms of the
model, per run by the budget, and by approval, since these tools are `paid`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from agents.models.generators import (
    Generator,
    GeneratorSpec,
    NotGenerated,
    Order,
    Role,
    Size,
    Terms,
    Watch,
    missing_generator,
)
from agents.tools.base import (
    Arguments,
    Asset,
    Assets,
    Effect,
    Estimate,
    ImageInput,
    Made,
    Output,
    Place,
    Tool,
    ToolFailed,
    VideoInput,
    not_here,
)
from agents.tools.registry import Powers
from agents.tools.render.needs import IMAGE, VIDEO

Prompt = Annotated[str, Field(min_length=1, max_length=4000)]
LONG = {"image_generator": 60.0, "video_generator": 240.0, "video_editor": 240.0}
"""Seconds that a call is foreseen to take: nobody knows."""
LARGEST = 4096
"""Longest side of a picture, in pixels."""
LARGE = 20_000_000
"""Bytes that it is foreseen to give."""


class GenerateImage(Arguments):
    """What the picture shows, and about how large it is."""

    prompt: Prompt
    width: Annotated[int, Field(ge=64, le=LARGEST)] = 1024
    height: Annotated[int, Field(ge=64, le=LARGEST)] = 1024


class AnimateImage(Arguments):
    """The picture, what happens in it, and for about how long."""

    image: ImageInput
    prompt: Prompt
    seconds: Annotated[float, Field(ge=1, le=60)] = 4.0


class RestyleVideo(Arguments):
    """The video, and what is to be different about it."""

    video: VideoInput
    prompt: Prompt


Ordered = Callable[[Any, Assets, Terms], Order]
"""What is to be made, by arguments, assets and terms."""


def ordered_image(arguments: GenerateImage, assets: Assets, terms: Terms) -> Order:
    """A picture of a size that the model makes."""
    del assets
    size = terms.size_near(arguments.width, arguments.height, LARGEST)
    return Order(arguments.prompt, size)


def ordered_animation(arguments: AnimateImage, assets: Assets, terms: Terms) -> Order:
    """A video of the picture's shape, of a length that the model makes."""
    given, seconds = assets[arguments.image], terms.length_near(arguments.seconds)
    return Order(arguments.prompt, _size(given, terms), seconds, given.path)


def ordered_restyling(arguments: RestyleVideo, assets: Assets, terms: Terms) -> Order:
    """The video as it is, told anew; one whose length is not known yet may be the longest.

    Raises:
        ToolFailed: it is longer than the model takes.
    """
    given = assets[arguments.video]
    seconds = given.facts.seconds or terms.longest
    if seconds > terms.longest:
        raise ToolFailed(
            f"{given.name} lasts {seconds:.1f} s, and the model takes {terms.longest:g} s",
            "trim it first, or raise BACKTRAIL_VIDEO_EDITOR__LONGEST",
        )
    return Order(arguments.prompt, _size(given, terms), seconds, given.path)


def _size(given: Asset, terms: Terms) -> Size:
    facts = given.facts
    return terms.size_near(facts.width or 1280, facts.height or 720)


def generate(
    arguments: Arguments, place: Place, *, generator: Generator, role: Role, ordered: Ordered
) -> Made:
    """Have a model make what is ordered.

    Raises:
        ToolFailed: the price is not allowed, or nothing came of it; tells what that may have cost.
    """
    order = ordered(arguments, place.assets, generator.terms)
    _allowed(generator.terms, order, role)
    watch = Watch(place.seconds, place.bytes, place.progress, place.cancelled)
    try:
        made = generator.generate(order, watch)
    except NotGenerated as error:
        raise ToolFailed(str(error), error.hint, error.usd) from error
    output = "image" if role == "image_generator" else "video"
    path = place.new(output, made.suffix)
    path.write_bytes(made.data)
    return Made({output: (path,)}, made.usd, generator.name, _told(arguments, order))


def _told(arguments: Arguments, order: Order) -> tuple[str, ...]:
    """Where what was ordered is not what was asked for."""
    asked = arguments.model_dump()
    width, height = order.size
    notes: list[str] = []
    if "width" in asked and (asked["width"], asked["height"]) != order.size:
        notes.append(f"the model makes {width}x{height}, not {asked['width']}x{asked['height']}")
    if "seconds" in asked and asked["seconds"] != order.seconds:
        notes.append(f"the model makes {order.seconds:g} s, not {asked['seconds']:g} s")
    return tuple(notes)


def _allowed(terms: Terms, order: Order, role: Role) -> float:
    """The price of a call.

    Raises:
        ToolFailed: it is more than a call may cost.
    """
    usd = terms.price(order.seconds)
    if usd > terms.most_usd:
        raise ToolFailed(
            f"the call would cost {usd:.2f} US dollars, and {terms.most_usd:.2f} are allowed",
            f"ask for less, or raise BACKTRAIL_{role.upper()}__MOST_USD",
        )
    return usd


def estimated(
    arguments: Arguments, assets: Assets, *, terms: Terms, role: Role, ordered: Ordered
) -> Estimate:
    """What a call costs, known before anything is sent.

    Raises:
        ToolFailed: it is more than a call may cost.
    """
    return Estimate(LONG[role], LARGE, _allowed(terms, ordered(arguments, assets, terms), role))


def _effect(spec: GeneratorSpec | None) -> Effect:
    """Money first; a model elsewhere that costs nothing still gets what it is given."""
    if spec is None or spec.spends:
        return Effect.PAID
    return Effect.PURE if spec.endpoint is None else Effect.OUTSIDE


def _tool(
    powers: Powers,
    role: Role,
    told: tuple[str, str],
    shape: tuple[type[Arguments], tuple[Output, ...]],
    ordered: Ordered,
) -> Tool[Any]:
    generator: Generator | None = getattr(powers.generators, role)
    lack = missing_generator(role)
    tool: Tool[Any] = Tool(
        *told,
        *shape,
        partial(
            not_here,
            said="no model is configured for this",
            hint="`backtrail tools` says what is missing",
        ),
        effect=_effect(powers.generators.spec(role)),
        deterministic=False,
        models=(role,),
        missing=f"{lack}: {lack.hint}" if generator is None else "",
        family="generate",
    )
    if generator is None:
        return tool
    own = {"role": role, "ordered": ordered}
    return replace(
        tool,
        run=partial(generate, generator=generator, **own),
        estimate=partial(estimated, terms=generator.terms, **own),
    )


def tools(powers: Powers) -> Sequence[Tool[Any]]:
    """The tools of this module."""
    return (
        _tool(
            powers,
            "image_generator",
            ("generate_image", "Have a model paint a picture of what is described."),
            (GenerateImage, IMAGE),
            ordered_image,
        ),
        _tool(
            powers,
            "video_generator",
            ("animate_image", "Have a model make a picture move as is described."),
            (AnimateImage, VIDEO),
            ordered_animation,
        ),
        _tool(
            powers,
            "video_editor",
            ("restyle_video", "Have a model show a video differently, as is described."),
            (RestyleVideo, VIDEO),
            ordered_restyling,
        ),
    )
