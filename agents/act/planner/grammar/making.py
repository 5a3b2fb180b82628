"""Operations that take several tools: to make music, to follow, to cut out, to narrate."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from agents.act.plan import Ref
from agents.act.planner.grammar.operations import Ambiguous, Use, quoted
from agents.act.planner.grammar.pointing import SHAPES, the_pictures
from agents.act.planner.options import Options, start_and_end
from agents.act.planner.reading import NotPlanned
from agents.act.planner.scene import Scene
from agents.tools.assets import MediaKind

MOODS = {"quiet": "calm", "soft": "calm", "happy": "bright", "sad": "dark", "fast": "lively"}
"""What moods are called besides their names."""
BED = 30.0
"""Seconds of music for what is of unknown length; it is played again and again."""
A_SECOND = 13.0
"""Characters of a narration that are surely spoken in a second."""
AROUND = 1.0
"""Seconds that pictures last longer than what is said over them."""
PERSON = "person"
LOWER = 0.5
"""Share of the height below which captions stand."""


def sheet(scene: Scene, options: Options, told: str) -> None:
    """Small pictures in rows: at even distances, or one a shot."""
    video = scene.video(options.things)
    more: dict[str, Any] = {}
    if "shots" in options:
        more["moments"] = scene.add("find_cuts", "find the shots", video=video)
    scene.add("contact_sheet", told, video=video, **more)


def hide_faces(mode: str) -> Use:
    """Every face that is found, hidden."""

    def use(scene: Scene, options: Options, told: str) -> None:
        more = {} if mode == "blur" else {"mode": mode}
        scene.add("blur_faces", told, video=scene.video(options.things), **more)

    return use


def remove_text(scene: Scene, options: Options, told: str) -> None:
    """All text taken out of the pictures."""
    video = scene.video(options.things)
    scene.notes.append("whatever text can be read in the pictures goes, signs and labels too")
    scene.add("remove_text", told, video=video)


def remove_captions(scene: Scene, options: Options, told: str) -> None:
    """Text taken out of where captions stand."""
    video = scene.video(options.things)
    scene.notes.append("captions are looked for in the lower half; other text there goes too")
    scene.add("remove_text", told, video=video, top=LOWER)


def which_subtitles(scene: Scene, options: Options, told: str) -> None:
    """Subtitles may lie beside the pictures or in them."""
    said = "subtitles may be beside the pictures or burned into them"
    raise Ambiguous(said, "say the burned-in subtitles")


def describe(scene: Scene, options: Options, told: str) -> None:
    """What a video, a stretch of it or a picture shows, in words; "it" stays what it was."""
    seen = scene.files(options.things, MediaKind.VIDEO, MediaKind.IMAGE)
    given = scene.given(MediaKind.VIDEO, MediaKind.IMAGE)
    if isinstance(scene.current, Ref) and not seen:
        raise NotPlanned(
            "memory knows what was given, not what was made of it", "put this first, or name a file"
        )
    if len(seen) > 1 or (not seen and len(given) != 1):
        raise NotPlanned("which file is described is not clear", "name one")
    source, before = (seen or given)[0], scene.current
    span = start_and_end(options, scene.reading, source.asset_id, source.facts.seconds)
    scene.add("describe", told, source=source.asset_id, **span)
    scene.current = before


def background(scene: Scene, options: Options, told: str) -> None:
    """A thing, a person if none is named, before a picture."""
    images = [a for a in scene.files(options.things) if a.kind is MediaKind.IMAGE]
    if not images and "this_picture" in options:
        images = the_pictures(scene)
    if len(images) != 1:
        raise NotPlanned("which picture comes behind is not clear", "name one picture")
    rest = [thing for thing in options.things if images[0] not in scene.files([thing])]
    video = scene.video(rest)
    if "subject" not in options:
        scene.notes.append("what stays before the background is taken to be the people")
    boxes = _found(scene, options, video)
    masks = scene.add("segment", "tell them from the rest", video=video, boxes=boxes)
    with_image = {"background": "image", "image": images[0].asset_id}
    scene.add("replace_background", told, video=video, masks=masks, **with_image)


def follow(scene: Scene, options: Options, told: str) -> None:
    """A frame of a shape that stays on a thing."""
    shape = options.text("aspect") or SHAPES.get(options.text("aspect", 1), "")
    if not shape:
        raise NotPlanned("of which shape the frame is is not said", "write in 9:16")
    video = scene.video(options.things)
    boxes = _found(scene, options, video)
    scene.add("follow", told, video=video, boxes=boxes, aspect=shape)


def _found(scene: Scene, options: Options, video: str | Ref) -> Ref:
    """Boxes of the thing that is named."""
    name = options.text("subject", 1) or PERSON
    colour = {"colour": options.text("subject")} if options.text("subject") else {}
    name = {"people": PERSON, "man": PERSON, "woman": PERSON, "speaker": PERSON}.get(name, name)
    return scene.add("find_things", f"find the {name}", video=video, name=name, **colour)


def bed(tool: str) -> Use:
    """Music that was given and not named, else music that is made."""

    def use(scene: Scene, options: Options, told: str) -> None:
        if any(asset.kind is MediaKind.SOUND for asset in scene.files(options.things)):
            raise NotPlanned("what is done with this sound is not clear", "write add it as music")
        video = scene.video(options.things)
        given = scene.given(MediaKind.SOUND)
        if len(given) > 1:
            raise NotPlanned("which sound is meant is not clear", "name one file of sound")
        sound: str | Ref
        if given and not options.text("mood"):
            sound, more = given[0].asset_id, {}
        else:
            sound, more = _played(scene, options, video)
        gain = {"gain_db": float(options.text("gain"))} if "gain" in options else {}
        scene.add(tool, told, video=video, sound=sound, **gain, **more)

    return use


def _played(scene: Scene, options: Options, video: str | Ref) -> tuple[Ref, dict[str, Any]]:
    """Music as long as the video."""
    length = scene.facts(video).seconds
    word = options.text("mood")
    mood = {"mood": MOODS.get(word, word)} if word else {}
    seconds = {"seconds": round(max(1.0, length), 3)} if length else {"seconds": BED}
    made = scene.add("music_bed", "make the music", **seconds, **mood)
    return made, ({} if length else {"loop": True})


def narrate(scene: Scene, options: Options, told: str) -> None:
    """A text spoken over the pictures, which must last as long."""
    text, video = quoted(scene, options), scene.video(options.things)
    takes = len(text) / A_SECOND + AROUND
    length = scene.facts(video).seconds
    if length and takes > length and not _lengthened(scene, video, takes):
        said = f"the words take about {takes:.0f} s, and the video lasts {length:.1f} s"
        raise NotPlanned(said, "say fewer words")
    sound = scene.add("speech", "speak the words", text=text)
    scene.add("mix", told, video=video, sound=sound)


def _lengthened(scene: Scene, video: str | Ref, seconds: float) -> bool:
    """Whether the pictures are a slideshow of this plan, which then lasts as long as is needed."""
    for number, step in enumerate(scene.steps):
        if isinstance(video, Ref) and step.step_id == video.step and step.tool == "slideshow":
            images = step.arguments["images"]
            count = len(images) if isinstance(images, tuple) else 1
            each = math.ceil(10 * (seconds + 0.5 * (count - 1)) / count) / 10
            longer = {**step.arguments, "seconds": each}
            scene.steps[number] = replace(step, arguments=longer)
            scene.notes.append(f"each picture is shown for {each:g} s, as long as the words take")
            return True
    return False
