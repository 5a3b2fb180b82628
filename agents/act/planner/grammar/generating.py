"""Operations by models that generate: a picture of words, a picture that moves, another look."""

from __future__ import annotations

from typing import Any

from agents.act.planner.grammar.operations import Operation
from agents.act.planner.options import Options
from agents.act.planner.reading import NotPlanned
from agents.act.planner.scene import Scene
from agents.act.planner.times import seconds_of
from agents.tools.assets import MediaKind

_PICTURE = r"(?: an?| the)? (?:image|picture|photo|illustration)"


def _described(scene: Scene, options: Options) -> str:
    """The words that a model is given, as they are written in quotation marks."""
    for name in ("quote", "look"):
        if name in options:
            return scene.reading.quotes[int(options.text(name))]
    raise NotPlanned(
        "what the model is to make is not said", 'describe it in quotation marks: "..."'
    )


def paint(scene: Scene, options: Options, told: str) -> None:
    """A picture of what is described."""
    more: dict[str, Any] = {}
    if "size" in options:
        more = {"width": int(options.text("size")), "height": int(options.text("size", 1))}
    scene.add("generate_image", told, prompt=_described(scene, options), **more)


def animate(scene: Scene, options: Options, told: str) -> None:
    """A picture that moves as is described."""
    pictures = scene.files(options.things, MediaKind.IMAGE)
    given = scene.given(MediaKind.IMAGE)
    if len(pictures) > 1 or (not pictures and scene.current is None and len(given) != 1):
        raise NotPlanned("which picture is to move is not clear", "name one picture")
    image = pictures[0].asset_id if pictures else scene.current or given[0].asset_id
    more = {"seconds": seconds_of(options.text("length"))} if "length" in options else {}
    scene.add("animate_image", told, image=image, prompt=_described(scene, options), **more)


def restyle(scene: Scene, options: Options, told: str) -> None:
    """A video that looks as is described."""
    video = scene.video(options.things)
    scene.add("restyle_video", told, video=video, prompt=_described(scene, options))


BY_MODEL = (
    Operation(
        rf"(?:generate|paint|draw|imagine|create|make){_PICTURE}",
        paint,
        ("quote", "size"),
        ("quote",),
    ),
    Operation(r"animate", animate, ("quote", "length")),
    Operation(r"bring", animate, ("to_life", "quote", "length"), ("to_life",)),
    Operation(r"restyle", restyle, ("look", "quote")),
    Operation(r"(?:make|let|render|repaint|redraw)", restyle, ("look",), ("look",)),
)
"""Before others that take a quotation too."""
