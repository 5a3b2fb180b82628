"""The operations that can be asked for without a model: how each begins, what may follow it.

A new operation is one line of `OPERATIONS` and, where it is not plain, a function that uses a tool.
What may be meant in two ways, one of which takes something away, is not done but asked about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agents.act.plan import Ref
from agents.act.planner.options import WHEN, Options, rate_of, speed_of, start_and_end
from agents.act.planner.reading import NotPlanned
from agents.act.planner.scene import Scene
from agents.act.planner.times import seconds_of
from agents.tools.assets import MediaKind

Use = Callable[[Scene, Options, str], None]
"""Adds the steps of an operation to a scene; gets the clause as the person wrote it."""

TIMES = WHEN


@dataclass(frozen=True, slots=True)
class Operation:
    """How an operation begins, which options may follow, and what it does."""

    head: str
    """Empty where the options alone tell."""
    use: Use
    options: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    """Options without which it is another operation."""


class Ambiguous(NotPlanned):
    """It may mean two things, and nothing else is tried."""


def span_in(scene: Scene, options: Options, video: str | Ref) -> dict[str, Any]:
    """The arguments `start` and `end` for a video; empty where none are said."""
    return start_and_end(options, scene.reading, video, scene.facts(video).seconds)


def plain(tool: str, **arguments: Any) -> Use:  # noqa: ANN401
    """An operation that is one tool on one video."""

    def use(scene: Scene, options: Options, told: str) -> None:
        scene.add(tool, told, video=scene.video(options.things), **arguments)

    return use


def unclear(what: str, repair: str) -> Use:
    """An operation that may mean two things."""

    def use(scene: Scene, options: Options, told: str) -> None:
        raise Ambiguous(what, repair)

    return use


def on_stretch(tool: str, done: str, example: str) -> Use:
    """A tool on one stretch, which has to be said."""

    def use(scene: Scene, options: Options, told: str) -> None:
        video = scene.video(options.things)
        span = span_in(scene, options, video)
        if not span:
            raise NotPlanned(f"which part {done} is not said", f"write 0:05-0:12, or {example}")
        scene.add(tool, told, video=video, **span)

    return use


def change_speed(is_slower: bool) -> Use:
    """Play faster or slower, all of it or one stretch."""

    def use(scene: Scene, options: Options, told: str) -> None:
        if "as_fast" in options:
            options.found["factor"] = options.found["as_fast"]
        if not {"factor", "slow_motion", "rate"} & set(options.found):
            word = "slow" if is_slower else "fast"
            raise Ambiguous(f"how {word} is not said", "write to half speed, or 2x")
        factor = 0.5
        if "rate" in options:
            factor = rate_of(options)
        elif "factor" in options:
            factor = speed_of(options, is_slower)
        else:
            scene.notes.append("slow motion is taken for half speed")
        video = scene.video(options.things)
        span = span_in(scene, options, video)
        scene.add("speed", told, video=video, factor=factor, **span)

    return use


def quoted(scene: Scene, options: Options) -> str:
    """The text that is written in quotation marks."""
    if "quote" not in options:
        raise NotPlanned("which text is not said", 'write it in quotation marks: "..."')
    return scene.reading.quotes[int(options.text("quote"))]


def title(scene: Scene, options: Options, told: str) -> None:
    """A card with a text before the video."""
    text = quoted(scene, options)
    more: dict[str, Any] = {}
    if "colour" in options:
        more["color"] = options.text("colour")
    if "length" in options:
        more["seconds"] = seconds_of(options.text("length")) or 3.0
    scene.add("title", told, video=scene.video(options.things), text=text, **more)


def lower_third(scene: Scene, options: Options, told: str) -> None:
    """A name or a line in the lower third of the picture."""
    text = quoted(scene, options)
    more: dict[str, Any] = {}
    if "colour" in options:
        more["color"] = options.text("colour")
    if "at" in options:
        more["start"] = seconds_of(options.text("at"), "s" if ":" in options.text("at") else "")
    if "length" in options:
        more["seconds"] = seconds_of(options.text("length"))
    scene.add("lower_third", told, video=scene.video(options.things), text=text, **more)


_PLACES = {"center": "centre", "middle": "centre", "upper": "top", "lower": "bottom"}
"""What places are called besides their names."""


def position_of(options: Options) -> dict[str, str]:
    """The argument `position`, as tools call it."""
    if "position" not in options:
        return {}
    words = [options.text("position"), options.text("position", 1)]
    place = " ".join(filter(None, words))
    for word, meant in _PLACES.items():
        place = place.replace(word, meant)
    return {"position": place}


def overlay_text(scene: Scene, options: Options, told: str) -> None:
    """A text over the picture."""
    text = quoted(scene, options)
    more: dict[str, Any] = {**position_of(options)}
    if "colour" in options:
        more["color"] = options.text("colour")
    video = scene.video(options.things)
    more |= span_in(scene, options, video)
    scene.add("overlay_text", told, video=video, text=text, **more)


def overlay_image(scene: Scene, options: Options, told: str) -> None:
    """A picture over the picture."""
    images = scene.files(options.things, MediaKind.IMAGE, MediaKind.VIDEO)
    pictures = [asset for asset in images if asset.kind is MediaKind.IMAGE]
    rest = [thing for thing in options.things if not scene.files([thing]) or pictures != images]
    if len(pictures) != 1:
        raise NotPlanned("which picture is laid over is not clear", "name one picture")
    videos = [asset for asset in images if asset.kind is MediaKind.VIDEO]
    video = videos[0].asset_id if videos else scene.video([t for t in rest if "\ue002" not in t])
    more: dict[str, Any] = {**position_of(options)}
    more |= span_in(scene, options, video)
    scene.add("overlay_image", told, video=video, image=pictures[0].asset_id, **more)


def join(scene: Scene, options: Options, told: str) -> None:
    """One after another, with a transition where one is named."""
    clips = scene.several(options.things)
    if len(clips) < 2:
        raise NotPlanned("there are no two videos to join", "name them: join a.mp4 and b.mp4")
    if "transition" not in options:
        scene.add("concatenate", told, clips=tuple(clips))
        return
    kind = options.text("transition").replace("cross", "").replace("to ", "") or "fade"
    more = (
        {"seconds": seconds_of(options.text("transition", 1))}
        if options.text("transition", 1)
        else {}
    )
    scene.add("transition", told, clips=tuple(clips), kind=kind, **more)


def cross(scene: Scene, options: Options, told: str) -> None:
    """One video dissolving into another."""
    clips = scene.files(options.things, MediaKind.VIDEO)
    if len(clips) != 2:
        raise NotPlanned("which two videos are meant is not clear", "dissolve a.mp4 into b.mp4")
    kind = "dissolve" if told.lower().startswith("dissolve") else "fade"
    scene.add("transition", told, clips=tuple(clip.asset_id for clip in clips), kind=kind)


def place_after(scene: Scene, options: Options, told: str) -> None:
    """One video after another."""
    clips = scene.files(options.things, MediaKind.VIDEO)
    if len(clips) == 1 and scene.current is not None:
        scene.add("concatenate", told, clips=(scene.current, clips[0].asset_id))
        return
    if len(clips) != 2:
        raise NotPlanned("which videos are meant is not clear", "put b.mp4 after a.mp4")
    scene.add("concatenate", told, clips=(clips[1].asset_id, clips[0].asset_id))


def side_by_side(scene: Scene, options: Options, told: str) -> None:
    """Several videos in one picture."""
    clips = scene.several(options.things)
    if len(clips) < 2:
        raise NotPlanned("there are no two videos to show", "name them: a.mp4 and b.mp4")
    layout = "stack" if "above" in options.text("beside") else "side"
    scene.add("split_screen", told, clips=tuple(clips), layout=layout)


def append(is_first: bool) -> Use:
    """Another video after, or before, what there is."""

    def use(scene: Scene, options: Options, told: str) -> None:
        added = scene.files(options.things, MediaKind.VIDEO)
        if len(added) not in (1, 2):
            raise NotPlanned("which video is added is not clear", "name one file")
        video = added[1].asset_id if len(added) == 2 else scene.video([])
        pair = (added[0].asset_id, video) if is_first else (video, added[0].asset_id)
        scene.add("concatenate", told, clips=pair)

    return use


def music(tool: str) -> Use:
    """A sound with the video's own, under its speech, or in its place."""

    def use(scene: Scene, options: Options, told: str) -> None:
        sounds = [a for a in scene.files(options.things) if a.kind is MediaKind.SOUND]
        if len(sounds) != 1:
            raise NotPlanned("which sound is meant is not clear", "name one file of sound")
        mark = [t for t in options.things if sounds[0] not in scene.files([t])]
        more = {"gain_db": float(options.text("gain"))} if "gain" in options else {}
        video = scene.video(mark)
        scene.add(tool, told, video=video, sound=sounds[0].asset_id, **more)

    return use


def captions(is_burned: bool) -> Use:
    """Subtitles of a file, or of the speech."""

    def use(scene: Scene, options: Options, told: str) -> None:
        files = [a for a in scene.files(options.things) if a.kind is MediaKind.SUBTITLES]
        rest = [t for t in options.things if not set(scene.files([t])) & set(files)]
        video = scene.video(rest)
        subtitles: Any = files[0].asset_id if files else None
        if subtitles is None:
            subtitles = scene.add("transcribe", "write down what is said", source=video)
        more = {"color": options.text("colour")} if is_burned and "colour" in options else {}
        tool = "burn_subtitles" if is_burned else "add_subtitles"
        scene.add(tool, told, video=video, subtitles=subtitles, **more)

    return use


def volume(sign: int) -> Use:
    """Louder or quieter by decibels."""

    def use(scene: Scene, options: Options, told: str) -> None:
        if "gain" not in options:
            raise NotPlanned("by how much is not said", "write by 6 dB")
        gain = sign * abs(float(options.text("gain")))
        scene.add("volume", told, video=scene.video(options.things), gain_db=gain)

    return use


def sound_file(scene: Scene, options: Options, told: str) -> None:
    """The sound as a file of its own."""
    more = {"format": options.text("as_file")} if options.text("as_file") else {}
    scene.add("extract_sound", told, video=scene.video(options.things), **more)


def loudness(scene: Scene, options: Options, told: str) -> None:
    """To a measured loudness."""
    more = {"lufs": float(options.text("lufs"))} if "lufs" in options else {}
    scene.add("loudness", told, video=scene.video(options.things), **more)


def fade(scene: Scene, options: Options, told: str) -> None:
    """In, out or both."""
    way, length = options.text("way"), seconds_of(options.text("length") or options.text("fade"))
    length = length or 1.0
    both = way == "" or "and" in way or "both" in way
    into = length if both or way == "in" else 0.0
    out = length if both or way == "out" else 0.0
    scene.add("fade", told, video=scene.video(options.things), into=into, out=out)


def resize(scene: Scene, options: Options, told: str) -> None:
    """To a size in pixels."""
    if "size" in options:
        size = {"width": int(options.text("size")), "height": int(options.text("size", 1))}
    elif "lines" in options:
        size = {"width": 0, "height": int(options.text("lines") or options.text("lines", 1))}
    elif "columns" in options:
        size = {"width": int(options.text("columns") or options.text("columns", 1)), "height": 0}
    else:
        raise NotPlanned("how large is not said", "write to 1280x720, or to 720p")
    scene.add("resize", told, video=scene.video(options.things), **size)


def frame_shape(tool: str) -> Use:
    """To a shape, by cutting off or by filling up."""

    def use(scene: Scene, options: Options, told: str) -> None:
        words = {"square": "1:1", "vertical": "9:16", "portrait": "9:16"}
        shape = options.text("aspect") or words.get(options.text("aspect", 1), "")
        if not shape:
            raise NotPlanned("which shape is not said", "write to 9:16, or square")
        scene.add(tool, told, video=scene.video(options.things), aspect=shape)

    return use


def rotate(scene: Scene, options: Options, told: str) -> None:
    """By quarters of a turn."""
    if "degrees" not in options:
        raise NotPlanned("how far is not said", "write by 90 degrees clockwise")
    told_degrees, way = options.text("degrees"), options.text("degrees", 1)
    degrees = 90 if "quarter" in told_degrees else 180 if "half" in told_degrees else 0
    degrees = degrees or int(told_degrees)
    if not way and degrees != 180:
        raise NotPlanned("which way it is turned is not said", "write clockwise, or left")
    is_left = way.startswith(("counter", "anti")) or way == "left"
    turned = -degrees if is_left and degrees != 180 else degrees
    scene.add("rotate", told, video=scene.video(options.things), degrees=turned)


def still(scene: Scene, options: Options, told: str) -> None:
    """One picture of the video."""
    at = seconds_of(options.text("at"), "s" if ":" in options.text("at") else "")
    if at is None:
        raise NotPlanned("at which time is not said", "write at 0:05, or at 5 s")
    scene.add("frame", told, video=scene.video(options.things), at=at)


def freeze(scene: Scene, options: Options, told: str) -> None:
    """Hold one picture."""
    at = seconds_of(options.text("at"), "s" if ":" in options.text("at") else "")
    if at is None:
        raise NotPlanned("at which time is not said", "write at 0:05, or at 5 s")
    more = {"seconds": seconds_of(options.text("length"))} if "length" in options else {}
    scene.add("freeze", told, video=scene.video(options.things), at=at, **more)


def gif(scene: Scene, options: Options, told: str) -> None:
    """A moving picture of the video, or of a stretch."""
    video = scene.video(options.things)
    span = span_in(scene, options, video)
    scene.add("gif", told, video=video, **span)


def slideshow(scene: Scene, options: Options, told: str) -> None:
    """Pictures one after another."""
    images = scene.several(options.things, MediaKind.IMAGE)
    if not images:
        raise NotPlanned("there is no picture", "name some")
    more = {"seconds": seconds_of(options.text("length"))} if "length" in options else {}
    scene.add("slideshow", told, images=tuple(images), **more)
