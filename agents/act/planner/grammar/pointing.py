"""Operations on what is pointed at: "this person" by a picture or a box, "this background".

A box is written as ImageMagick writes one: `80x160+100+40` is 80 wide, 160 high, 100 from the left
and 40 from the top, in pixels as shown; `at 0:02` says when the thing is in it. A picture is the
one that is named, else the only one that was given and is not the new background.
"""

from __future__ import annotations

from typing import Any

from agents.act.plan import Ref
from agents.act.planner.grammar.operations import Ambiguous, Operation, Use
from agents.act.planner.options import WHEN, Options, start_and_end
from agents.act.planner.reading import NotPlanned
from agents.act.planner.scene import Scene
from agents.act.planner.times import seconds_of
from agents.tools.assets import Asset, MediaKind

SHAPES = {"square": "1:1", "vertical": "9:16", "portrait": "9:16"}
POINT = "give a picture of it, or the box that it is in: 80x160+100+40 at 0:02"


def _where(scene: Scene, options: Options, video: str | Ref, ground: Asset | None = None) -> Ref:
    """Boxes over time of the thing that is pointed at."""
    if "box" in options:
        wide, high, left, top = (int(options.text("box", n)) for n in range(4))
        said = options.text("at")
        at = seconds_of(said, "s" if ":" in said else "") if said else 0.0
        if at is None:
            raise NotPlanned(f"{said} has no unit", "write 0:05, or 5 s")
        box = {"x": left, "y": top, "width": wide, "height": high, "at": at}
        return scene.add("track_box", "follow what is in the box", video=video, **box)
    pictures = scene.files(options.things, MediaKind.IMAGE, MediaKind.VIDEO)
    named = [a for a in pictures if a.kind is MediaKind.IMAGE and a is not ground]
    if not named and options.text("the_one") != "the":
        named = [asset for asset in scene.given(MediaKind.IMAGE) if asset is not ground]
    if len(named) != 1:
        said = f"which {options.text('the_one', 1)} is meant is not clear"
        # "the dog" may be any dog that is found; "this dog" is not
        raise (NotPlanned if options.text("the_one") == "the" else Ambiguous)(said, POINT)
    if "at" in options:
        raise NotPlanned("a time is said for what a picture shows", "leave it out, or give a box")
    picture = named[0].asset_id
    name = {"name": options.text("the_one", 1)}
    return scene.add("find_this", "find what the picture shows", video=video, image=picture, **name)


def _film(scene: Scene, options: Options) -> str | Ref:
    """The video; pictures that are named beside it are not meant."""
    images = {asset.asset_id for asset in scene.given(MediaKind.IMAGE)}
    rest = [t for t in options.things if not {a.asset_id for a in scene.files([t])} & images]
    return scene.video(rest)


def hide(mode: str) -> Use:
    """One thing, made unreadable wherever it goes."""

    def use(scene: Scene, options: Options, told: str) -> None:
        video = _film(scene, options)
        boxes = _where(scene, options, video)
        more = {} if mode == "blur" else {"mode": mode}
        scene.add("blur_boxes", told, video=video, boxes=boxes, **more)

    return use


def hide_region(mode: str) -> Use:
    """A rectangle, made unreadable for a time; it stays where it is."""

    def use(scene: Scene, options: Options, told: str) -> None:
        wide, high, left, top = (int(options.text("box", n)) for n in range(4))
        video = _film(scene, options)
        more: dict[str, Any] = {} if mode == "blur" else {"mode": mode}
        span = start_and_end(options, scene.reading, video, scene.facts(video).seconds)
        box = {"x": left, "y": top, "width": wide, "height": high}
        scene.add("blur_region", told, video=video, **box, **span, **more)

    return use


def follow(scene: Scene, options: Options, told: str) -> None:
    """A frame of a shape that stays on one thing."""
    shape = options.text("aspect") or SHAPES.get(options.text("aspect", 1), "")
    if not shape:
        raise NotPlanned("of which shape the frame is is not said", "write in 9:16")
    video = _film(scene, options)
    boxes = _where(scene, options, video)
    scene.add("follow", told, video=video, boxes=boxes, aspect=shape)


def before(scene: Scene, options: Options, told: str) -> None:
    """One thing before a picture."""
    video, ground = _film(scene, options), _ground(scene, options)
    boxes = _where(scene, options, video, ground)
    masks = scene.add("segment", "tell it from the rest", video=video, boxes=boxes)
    with_image = {"background": "image", "image": ground.asset_id}
    scene.add("replace_background", told, video=video, masks=masks, **with_image)


def _ground(scene: Scene, options: Options) -> Asset:
    """The picture that comes behind: the last that is named, or the only one there is."""
    named = [a for a in scene.files(options.things) if a.kind is MediaKind.IMAGE]
    if not named and "this_picture" in options:
        named = the_pictures(scene)
    if not named:
        raise NotPlanned("which picture comes behind is not clear", "name one picture")
    return named[-1]


def the_pictures(scene: Scene) -> list[Asset]:
    """The one picture that was given, which "this picture" means.

    Raises:
        NotPlanned: there is none, or more than one.
    """
    given = scene.given(MediaKind.IMAGE)
    if len(given) != 1:
        said = f"{len(given)} pictures were given" if given else "no picture was given"
        raise NotPlanned(f"which picture is meant is not clear: {said}", "name one")
    return given


_ONE, _BOXED = ("the_one", "box", "at"), ("box", *WHEN)

POINTED = (
    *(
        Operation(head, use(mode), options, needs)
        for head, mode in (
            (r"(?:blur|hide|anonymi[sz]e)(?: out)?", "blur"),
            (r"pixelate", "pixelate"),
            (r"black out", "black"),
        )
        for use, options, needs in (
            (hide, _ONE, ("the_one",)),
            (hide_region, _BOXED, ("box",)),
        )
    ),
    Operation(r"(?:follow|track)", follow, ("aspect", *_ONE), ("the_one",)),
    Operation(r"(?:crop|reframe)", follow, ("follows", "aspect", *_ONE), ("follows", "the_one")),
    Operation(
        r"(?:put|show|place|use)",
        before,
        ("in_front", "this_picture", *_ONE),
        ("in_front", "the_one"),
    ),
)
"""Before the operations on everything of a kind."""
