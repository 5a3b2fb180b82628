"""The table of operations: read from the top, the first that takes the whole clause is meant."""

from __future__ import annotations

from agents.act.planner.grammar.generating import BY_MODEL
from agents.act.planner.grammar.making import (
    background,
    bed,
    describe,
    follow,
    hide_faces,
    narrate,
    remove_captions,
    remove_text,
    sheet,
    which_subtitles,
)
from agents.act.planner.grammar.operations import (
    TIMES,
    Operation,
    append,
    captions,
    change_speed,
    cross,
    fade,
    frame_shape,
    freeze,
    gif,
    join,
    loudness,
    lower_third,
    music,
    on_stretch,
    overlay_image,
    overlay_text,
    place_after,
    plain,
    resize,
    rotate,
    side_by_side,
    slideshow,
    sound_file,
    still,
    title,
    unclear,
    volume,
)
from agents.act.planner.grammar.pointing import POINTED

_PART = r"(?: only| just)?(?: the (?:part|piece|section|stretch|bit|segment))?"
_A = r"(?: a| an| the| its| all)?"
_MADE = r"(?:make|create|render|produce|build|export|generate|give me|i need|i want)"
_SOME = rf"(?:{_MADE}(?: a| an| the)?|a|an)"
"""Before the name of what is made; people leave the verb out."""
_ADD = (
    r"(?:add|put|insert|write|show|display|superimpose|print|stamp|place|overlay|draw|lay|play|"
    r"with)"
)
_GONE = (
    r"(?:remove|delete|drop|strip|erase|get rid of|take out|cut out|leave out|throw away|without)"
)
"""What is to be there no longer."""
_REPLACE = r"(?:replace|exchange|swap|overwrite|change)"
_RAISE, _LOWER = r"(?:raise|increase|boost|turn up)", r"(?:lower|decrease|reduce|turn down)"

_OBJECT = r"(?:\ue002\d+\ue003|it|this|that|(?:the|this|that|my) (?:video|clip|film|result))"
_SOUND = r"(?:sound|audio|soundtrack)(?: track)?"
_LEVEL = rf"(?:volume|loudness|level|{_SOUND})"
_MUSIC = rf"(?:{_ADD}|mix(?: in)?|use){_A}(?: background)? ?(?:music|song|sound|soundtrack)?"
_TEXTS = r"(?: text| words?| label| line| caption)"
_CUES = r"(?:captions|subtitles)"
_MAKE = rf"(?:{_MADE}|turn|convert|change)"
_FACES = r"(?: out)?(?: all| every| the)*(?: the)? faces?"
_BURNED = r"(?: burn(?:ed|t)[ -]in| hard-?coded| burned)"
_WRITING = r"(?: the| all| any)* (?:text|writing)"
_IN_PICTURE = rf"(?: the| all| any)*(?:{_BURNED}? captions|{_BURNED} subtitles)"

_SLOW = ("slow_motion", "rate", "factor", *TIMES)

_BED = rf"(?:{_ADD}|mix(?: in)?)"
_SHAKE = r"(?: camera)? (?:shakes?|shaking|shakiness)"
_SHEET = rf"(?:{_SOME} )?(?:contact sheet|overview(?: sheet)?|(?:sheet|grid) of thumbnails)"

AMBIGUOUS = (
    Operation(
        rf"(?:cut|snip)(?! {_OBJECT}(?: down)? to ){_PART}",
        unclear("it may mean keeping or removing", 'say "keep" or "remove", and the times'),
        TIMES,
    ),
    Operation(
        rf"trim(?! .*\bto\b){_PART}",
        unclear("it may mean keeping or removing that part", 'say "keep" or "remove"'),
        ("from_for", "ends", "lead", "rest", "half", "memory"),
    ),
    Operation(r"flip", unclear("which way is not said", "write horizontally or vertically")),
)
"""What may mean two things, one of which takes something away: asked about, before all others."""

TELLING = (
    Operation(
        r"describe(?: (?:what (?:happens|is (?:shown|seen|there|on show)|(?:you|we) see)|"
        r"the contents?))?",
        describe,
        TIMES,
    ),
)

TIME = (
    Operation(
        rf"(?:trim|keep|extract|take|use|get|shorten|cut|leave(?= only| just)){_PART}",
        on_stretch("trim", "is kept", "the first 10 s"),
        (*TIMES, "down"),
    ),
    Operation(
        rf"(?:{_GONE}|cut away|cut off|trim off|skip){_PART}",
        on_stretch("remove", "goes", "the last 10 s"),
        TIMES,
    ),
    Operation("", change_speed(is_slower=True), _SLOW, ("slow_motion",)),
    Operation(r"(?:play|show|run|put|with)", change_speed(is_slower=True), _SLOW, ("slow_motion",)),
    Operation(r"slow", change_speed(is_slower=True), ("down", "rate", "factor", *TIMES)),
    Operation(
        r"(?:speed|accelerate)", change_speed(is_slower=False), ("up", "rate", "factor", *TIMES)
    ),
    Operation(
        r"(?:play|run|show|at)", change_speed(is_slower=False), ("factor", *TIMES), ("factor",)
    ),
    Operation(r"make", change_speed(is_slower=False), ("as_fast", *TIMES), ("as_fast",)),
    Operation(
        r"(?:make|play|run|show|get)", change_speed(is_slower=False), ("rate", *TIMES), ("rate",)
    ),
    Operation(
        r"(?:reduce|lower)(?: the)? speed", change_speed(is_slower=True), ("factor",), ("factor",)
    ),
    Operation(r"double(?: the)? speed", plain("speed", factor=2.0)),
    Operation(r"(?:halve|half)(?: the)? speed", plain("speed", factor=0.5)),
    Operation(r"reverse", plain("reverse")),
    Operation(r"(?:play|run|show)", plain("reverse"), ("backwards",), ("backwards",)),
    Operation(r"(?:freeze|hold|stop|pause)(?: the (?:frame|picture))?", freeze, ("at", "length")),
)

SEVERAL = (
    Operation(
        r"(?:join|concatenate|merge|combine|connect|stitch|glue|put)",
        join,
        ("together", "transition"),
    ),
    Operation(
        rf"{_MADE} (?:one|a single) (?:video|clip|film|movie|file) (?:out )?(?:of|from)", join
    ),
    Operation(r"(?:add|put|insert)", join, ("transition",), ("transition",)),
    Operation(r"(?:cross-?fade|dissolve)", cross, ("becomes",)),
    Operation(r"(?:append|add)", append(is_first=False), ("at_end",)),
    Operation(r"(?:prepend|add)", append(is_first=True), ("at_start",), ("at_start",)),
    Operation(r"(?:put|show|place|play)", place_after, ("after",), ("after",)),
    Operation(rf"(?:{_SOME} )?slide ?show(?: out)?", slideshow, ("length",)),
    Operation(rf"{_SOME} (?:video|film)(?: out)?", slideshow, ("length",)),
    Operation(r"(?:put|show|place|play)", side_by_side, ("beside",), ("beside",)),
    Operation(r"(?:put|show|place|play)", side_by_side, ("next",), ("next",)),
    Operation(rf"(?:{_SOME} )?split ?screen", side_by_side),
)

OVER = (
    Operation(
        rf"(?:{_ADD}{_A} )?title(?: card| screen)?", title, ("quote", "colour", "length", "before")
    ),
    Operation(
        r"(?:begin|start|open)", title, ("title", "quote", "colour", "length"), ("title", "quote")
    ),
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
    Operation(
        rf"{_ADD}{_A} {_CUES}",
        captions(is_burned=True),
        ("burned", "speech", "colour"),
        ("burned",),
    ),
    Operation(rf"{_ADD}{_A}(?: soft)? {_CUES}", captions(is_burned=False), ("speech",)),
    Operation(_ADD, captions(is_burned=False), ("cues_word",), ("cues_word",)),
)

SOUND = (
    Operation(r"mute", plain("mute")),
    Operation(rf"{_GONE}(?: the| all| its)? {_SOUND}", plain("mute")),
    Operation(r"(?:show|play|keep)", plain("mute"), ("no_sound",), ("no_sound",)),
    Operation(_MUSIC, music("duck"), ("under", "gain"), ("under",)),
    Operation(_MUSIC, music("mix"), ("as_music", "gain")),
    Operation(r"(?:mix|play|lay|put)(?: in)?", music("mix"), ("gain",)),
    Operation(_BED, bed("duck"), ("mood", "music", "under", "gain"), ("music", "under")),
    Operation(_BED, bed("mix"), ("mood", "music", "gain"), ("music",)),
    Operation(rf"{_ADD}{_A} (?:narration|voice-?over)", narrate, ("quote",), ("quote",)),
    Operation(
        r"(?:narrate|speak|say|read(?: out| aloud)?)", narrate, ("quote", "aloud"), ("quote",)
    ),
    Operation(rf"{_REPLACE}(?: the| its)? (?:music|{_SOUND})", music("replace_sound")),
    Operation(
        rf"make (?:it |the sound )?louder|{_RAISE}(?: the)? {_LEVEL}|boost",
        volume(1),
        ("gain",),
    ),
    Operation(r"make", volume(1), ("of_sound", "louder", "gain"), ("louder",)),
    Operation(r"turn", volume(1), ("of_sound", "up", "gain"), ("up",)),
    Operation(
        rf"make (?:it |the sound )?quieter|{_LOWER}(?: the)? {_LEVEL}",
        volume(-1),
        ("gain",),
    ),
    Operation(r"make", volume(-1), ("of_sound", "quieter", "gain"), ("quieter",)),
    Operation(r"turn", volume(-1), ("of_sound", "down", "gain"), ("down",)),
    Operation(
        rf"(?:normali[sz]e|level|set)(?: the| its)? (?:loudness|volume|{_SOUND})",
        loudness,
        ("lufs",),
    ),
    Operation(r"(?:normali[sz]e|level|set|bring|master|make)", loudness, ("lufs",), ("lufs",)),
    Operation(_ADD, fade, ("fade", "way", "length"), ("fade",)),
    Operation(r"fade", fade, ("way", "length")),
    Operation(
        rf"(?:{_GONE}|(?:jump[ -]?)?cut|skip)(?: the| all)*(?: the)? "
        r"(?:silences?|pauses|(?:silent|quiet) (?:parts?|passages?|stretches))(?: out)?",
        plain("remove_silence"),
    ),
    Operation(
        rf"(?:extract|save|get|export|rip)(?: the| its)? {_SOUND}",
        sound_file,
        ("as_file",),
    ),
)

PICTURE = (
    Operation(
        r"(?:resize|(?:down|up)?scale|shrink|enlarge|make|(?:set|change) the (?:size|resolution))",
        resize,
        ("size", "columns", "lines", "smaller"),
    ),
    Operation(rf"(?:crop|reframe|{_MAKE})", follow, ("follows", "aspect", "subject"), ("follows",)),
    Operation(r"(?:follow|track)", follow, ("aspect", "subject"), ("subject",)),
    Operation(rf"(?:crop|reframe|{_MAKE})", frame_shape("crop_aspect"), ("aspect",)),
    Operation(r"(?:pad|letterbox)", frame_shape("pad"), ("aspect",)),
    Operation(rf"{_ADD}(?: black)? bars", frame_shape("pad"), ("aspect",)),
    Operation(r"(?:rotate|turn)", rotate, ("degrees",)),
    Operation(
        r"(?:flip|mirror)", plain("flip", direction="vertical"), ("vertical",), ("vertical",)
    ),
    Operation(r"(?:flip)", plain("flip", direction="horizontal"), ("horizontal",), ("horizontal",)),
    Operation(r"mirror", plain("flip", direction="horizontal"), ("horizontal",)),
    Operation(
        rf"{_SOME} mirror(?:ed)? (?:image|picture|version)", plain("flip", direction="horizontal")
    ),
    Operation("", plain("grey"), ("grey",), ("grey",)),
    Operation(_MAKE, plain("grey"), ("grey",), ("grey",)),
    Operation(rf"stabili[sz]e|(?:{_GONE}|smooth out|reduce)(?: the)?{_SHAKE}", plain("stabilise")),
    Operation(
        rf"denoise|(?:{_GONE}|reduce)(?: the)?(?: picture)? (?:noise|grain)", plain("denoise")
    ),
    Operation(rf"(?:blur|hide|anonymi[sz]e){_FACES}", hide_faces("blur")),
    Operation(rf"pixelate{_FACES}", hide_faces("pixelate")),
    Operation(rf"black out{_FACES}", hide_faces("black")),
    Operation(rf"(?:{_GONE}|paint out){_WRITING}", remove_text),
    Operation(rf"(?:{_GONE}|paint out){_IN_PICTURE}|paint out(?: the)? subtitles", remove_captions),
    Operation(rf"{_GONE}(?: the| all)? subtitles", which_subtitles),
    Operation(rf"{_REPLACE}(?: the| its)? background", background, ("this_picture",)),
    Operation(
        r"(?:put|show|place|use)",
        background,
        ("in_front", "subject", "this_picture"),
        ("in_front", "subject"),
    ),
    Operation(
        r"(?:put|show|place|use)", background, ("behind", "subject", "this_picture"), ("behind",)
    ),
    Operation(_MAKE, gif, ("gif", *TIMES), ("gif",)),
    Operation(_SHEET, sheet, ("shots",)),
    Operation(r"(?:show|put|lay out|turn)", sheet, ("as_sheet", "shots"), ("as_sheet",)),
    Operation(
        rf"(?:extract|take|get|save|{_MADE}){_A} "
        r"(?:frame|still|picture|screenshot|snapshot|thumbnail)",
        still,
        ("at",),
    ),
)

OPERATIONS: tuple[Operation, ...] = (
    *AMBIGUOUS,
    *BY_MODEL,
    *TELLING,
    *TIME,
    *SEVERAL,
    *OVER,
    *SOUND,
    *POINTED,
    *PICTURE,
)
