"""The table of operations: read from the top, the first that takes the whole clause is meant."""

from __future__ import annotations

from agents.act.planner.operations import (
    TIMES,
    Operation,
    append,
    captions,
    change_speed,
    fade,
    frame_shape,
    freeze,
    gif,
    join,
    keep,
    loudness,
    lower_third,
    music,
    overlay_image,
    overlay_text,
    plain,
    remove,
    resize,
    rotate,
    side_by_side,
    slideshow,
    still,
    title,
    unclear,
    volume,
)

_PART = r"(?: only| just)?(?: the (?:part|piece|section|stretch|bit|segment))?"
_A = r"(?: a| an| the| its| all)?"
_MADE = r"(?:make|create|render|produce|build|export)"
_ADD = r"(?:add|put|insert|write|show|place|overlay|draw|lay|with)"

_OBJECT = r"(?:\ue002\d+\ue003|it|this|that|(?:the|this|that|my) (?:video|clip|film|result))"
_SOUND = r"(?:sound|audio|soundtrack)"
_MUSIC = rf"(?:{_ADD}|mix(?: in)?){_A}(?: background)? ?(?:music|song|sound|soundtrack)?"
_TEXTS = r"(?: text| words?| label| line| caption)"
_CUES = r"(?:captions|subtitles)"
_MAKE = rf"(?:{_MADE}|turn|convert)"

AMBIGUOUS = (
    Operation(
        rf"(?:cut|snip)(?! {_OBJECT}(?: down)? to ){_PART}",
        unclear("it may mean keeping or removing", 'say "keep" or "remove", and the times'),
        ("open", "span", "ends"),
    ),
    Operation(
        r"trim(?! .*\bto\b)",
        unclear("it may mean keeping or removing that part", 'say "keep" or "remove"'),
        ("ends",),
    ),
    Operation(r"flip", unclear("which way is not said", "write horizontally or vertically")),
)
"""What may mean two things, one of which takes something away: asked about, before all others."""

TIME = (
    Operation(rf"(?:trim|keep|extract|take|use|get|shorten|cut){_PART}", keep, (*TIMES, "down")),
    Operation(
        rf"(?:remove|delete|drop|cut out|cut away|cut off|trim off|take out|leave out|skip){_PART}",
        remove,
        TIMES,
    ),
    Operation("", change_speed(is_slower=True), ("slow_motion", *TIMES), ("slow_motion",)),
    Operation(
        r"(?:play|show|run|put|with)",
        change_speed(is_slower=True),
        ("slow_motion", *TIMES),
        ("slow_motion",),
    ),
    Operation(r"slow", change_speed(is_slower=True), ("down", "factor", *TIMES)),
    Operation(r"(?:speed|accelerate)", change_speed(is_slower=False), ("up", "factor", *TIMES)),
    Operation(
        r"(?:play|run|show|at)", change_speed(is_slower=False), ("factor", *TIMES), ("factor",)
    ),
    Operation(r"reverse", plain("reverse")),
    Operation(r"play", plain("reverse"), ("backwards",), ("backwards",)),
    Operation(r"(?:freeze|hold)(?: the (?:frame|picture))?", freeze, ("at", "length")),
)

SEVERAL = (
    Operation(
        r"(?:join|concatenate|merge|combine|connect|stitch|glue|put)",
        join,
        ("together", "transition"),
    ),
    Operation(r"(?:append|add)", append(is_first=False), ("at_end",)),
    Operation(r"(?:prepend|add)", append(is_first=True), ("at_start",), ("at_start",)),
    Operation(rf"{_MADE}{_A} slide ?show", slideshow, ("length",)),
    Operation(r"(?:put|show|place|play)", side_by_side, ("beside",), ("beside",)),
    Operation(rf"{_MADE}{_A} split ?screen", side_by_side),
)

OVER = (
    Operation(rf"(?:{_ADD}{_A} )?title(?: card| screen)?", title, ("quote", "colour", "length")),
    Operation(rf"{_ADD}{_A} lower third", lower_third, ("quote", "colour", "at", "length")),
    Operation(
        rf"{_ADD}{_A}(?: big| small)?{_TEXTS}?",
        overlay_text,
        ("quote", "colour", "position", *TIMES),
        ("quote",),
    ),
    Operation(
        rf"{_ADD}{_A}(?: logo| picture| image| watermark)?", overlay_image, ("position", *TIMES)
    ),
    Operation(rf"burn(?: in)?{_A} {_CUES}", captions(is_burned=True), ("speech", "colour", "into")),
    Operation(
        rf"{_ADD}{_A} burned(?:[ -]in)? {_CUES}", captions(is_burned=True), ("speech", "colour")
    ),
    Operation(rf"{_ADD}{_A}(?: soft)? {_CUES}", captions(is_burned=False), ("speech",)),
)

SOUND = (
    Operation(r"mute", plain("mute")),
    Operation(
        rf"(?:remove|delete|drop|without|take out|strip)(?: the| all| its)? {_SOUND}", plain("mute")
    ),
    Operation(_MUSIC, music("duck"), ("under", "gain"), ("under",)),
    Operation(_MUSIC, music("mix"), ("as_music", "gain")),
    Operation(rf"replace(?: the| its)? (?:music|{_SOUND})", music("replace_sound")),
    Operation(r"make (?:it |the sound )?louder|turn (?:it |the sound )?up", volume(1), ("gain",)),
    Operation(
        r"make (?:it |the sound )?quieter|turn (?:it |the sound )?down", volume(-1), ("gain",)
    ),
    Operation(
        rf"(?:normali[sz]e|level|set)(?: the| its)? (?:loudness|volume|{_SOUND})",
        loudness,
        ("lufs",),
    ),
    Operation(r"fade", fade, ("way", "length")),
    Operation(
        r"(?:remove|cut out|cut|drop|skip|without)(?: the| all)? (?:silences?|pauses)",
        plain("remove_silence"),
    ),
    Operation(rf"(?:extract|save|get)(?: the| its)? {_SOUND}", plain("extract_sound")),
)

PICTURE = (
    Operation(r"(?:resize|scale|make)", resize, ("size", "lines")),
    Operation(r"(?:crop|make|reframe)", frame_shape("crop_aspect"), ("aspect",)),
    Operation(r"(?:pad|letterbox)", frame_shape("pad"), ("aspect",)),
    Operation(r"(?:rotate|turn)", rotate, ("degrees",)),
    Operation(
        r"(?:flip|mirror)", plain("flip", direction="vertical"), ("vertical",), ("vertical",)
    ),
    Operation(r"(?:flip)", plain("flip", direction="horizontal"), ("horizontal",), ("horizontal",)),
    Operation(r"mirror", plain("flip", direction="horizontal"), ("horizontal",)),
    Operation("", plain("grey"), ("grey",), ("grey",)),
    Operation(_MAKE, plain("grey"), ("grey",), ("grey",)),
    Operation(r"stabili[sz]e|remove the shake", plain("stabilise")),
    Operation(r"denoise|remove the noise", plain("denoise")),
    Operation(r"blur(?: out)?(?: all| every| the)?(?: the)? faces?", plain("blur_faces")),
    Operation(_MAKE, gif, ("gif", *TIMES), ("gif",)),
    Operation(rf"{_MADE}{_A} (?:contact sheet|overview)", plain("contact_sheet")),
    Operation(
        rf"(?:extract|take|get|save|{_MADE}){_A} (?:frame|still|picture|screenshot|thumbnail)",
        still,
        ("at",),
    ),
)

OPERATIONS: tuple[Operation, ...] = (*AMBIGUOUS, *TIME, *SEVERAL, *OVER, *SOUND, *PICTURE)
