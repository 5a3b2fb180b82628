"""What may follow an operation: things, times, colours, places, in any order.

Everything that is written must be taken by one of them; what is left over is not understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from agents.act.plan import Recall, Ref
from agents.act.planner.reading import MEDIA, QUOTE, NotPlanned, Read
from agents.act.planner.times import FACTOR, LENGTH, TIME, factor_of, seconds_of, span_of

COLOURS = (
    "red green blue yellow white black orange purple pink grey gray cyan magenta brown gold"
).split()
KINDS = r"fade(?: to (?:black|white))?|crossfade|wipe|slide|circle|dissolve"
"""Transitions, as people call them."""
_THING = (
    r"(?:it|this|that|them|these|those|(?:all|both) of (?:it|them)|everything|"
    r"(?:the|my|this|that|these|both|all)(?: the)? "
    r"(?:whole |entire |full |complete |original |shaky |two |three |resulting )?"
    r"(?:videos?|clips?|films?|movies?|results?|recordings?|footage|files?|pictures?|images?|"
    r"photos?|parts?|pieces?|things?|takes?|shots?))"
)
_MOMENT = r"(?:the moment (?:when |where |that |in which )?|when |where )(.+?)"
_FADED = r"(?: (?:from|to) (?:black|dark))?(?: at (?:the |its )?(?:start|beginning|end))?"
_END = r"the (?:very )?end"
_MEMORY = rf"\$memory\({QUOTE}\)"
_TO = r"(?:\s?[-–—]\s?| to | until | till | through | and )"
_SPAN = rf"(?:(?:down )?to |of |from |between )?({TIME}){_TO}({TIME})"

PATTERNS: dict[str, str] = {
    "span": _SPAN,
    "open": rf"from ({TIME}) (?:to {_END}|on|onwards?)",
    "ends": (
        r"(?:to |down to |only |just )*(?:the|its) (?:very )?(first|opening|last|final|closing) "
        rf"({LENGTH})"
    ),
    "from_for": (
        rf"(?:(?:starting )?(?:at|from) ({TIME}) for ({LENGTH})|"
        rf"(?:for )?({LENGTH}) (?:starting )?(?:at|from) ({TIME}))"
    ),
    "lead": (
        r"(?:(?:everything|what (?:is|comes)) )?(?:before|until|till|up to|up until) "
        rf"({TIME})"
    ),
    "rest": (
        r"(?:(?:everything|what (?:is|comes)|the rest)(?: that comes)? "
        r"(?:after|past|beyond|following)|(?:the rest|everything) from) "
        rf"({TIME})(?: on(?:wards?)?)?"
    ),
    "half": r"(?:down to |to |only |just )*(?:the|its) (first|second|last) half",
    "memories": (
        rf"(?:from )?(?:{_MOMENT}|{_MEMORY}) (?:to|until|till) "
        rf"(?:{_MOMENT}|{_MEMORY}|({TIME})|({_END}))$"
    ),
    "memory": rf"(?:from )?(?:{_MOMENT}|{_MEMORY})(?= (?:in|of|from) {MEDIA}$|$)",
    "at": rf"at ({TIME})",
    "length": rf"(?:for |of |over |lasting |with )?({LENGTH})(?: long| each)?",
    "factor": (
        rf"(?:to |by |at |with )?({FACTOR})"
        r"(?: (?:the |its |of its )?(?:normal |original |usual )?speed| as fast)?"
    ),
    "rate": (
        rf"(?:by )?(?:(\d+(?:\.\d+)?) ?(?:x|times)|({FACTOR})) (?:as )?"
        r"(faster|slower|slow|quick|quickly)"
    ),
    "as_fast": rf"({FACTOR}) (?:as fast|(?:the |its )(?:normal |original |usual )?speed)",
    "slow_motion": r"(?:in |into )?slow ?motion",
    "colour": rf"(?:in |with |coloured )?({'|'.join(COLOURS)}|#[0-9a-f]{{6}})(?: letters| text)?",
    "position": (
        r"(?:at |in |on |to )?(?:the )?(top|bottom|upper|lower|centre|center|middle|left|right)"
        r"(?:[ -](left|right))?(?: corner| edge| side)?"
        r"(?: of the (?:screen|picture|frame|image|video))?"
    ),
    "lufs": r"(?:to |at )?(-?\d+(?:\.\d+)?) ?lufs",
    "gain": r"(?:by |to )?([+-]?\d+(?:\.\d+)?) ?db",
    "size": r"(?:to )?(\d{2,4}) ?(?:x|by|×) ?(\d{2,4})",
    "lines": (
        r"(?:to )?(?:be )?(?:(?:a )?height of (\d{2,4})(?: pixels| px)?|(\d{2,4})"
        r"(?:p|(?: pixels| ?px)(?: high| tall| in height)?))"
    ),
    "columns": (
        r"(?:to )?(?:be )?(?:(?:a )?width of (\d{2,4})(?: pixels| px)?|(\d{2,4})"
        r"(?: pixels| ?px)(?: wide| in width| across))"
    ),
    "smaller": r"(?:smaller|larger|bigger)(?:,? so that it is)?",
    "aspect": (
        r"(?:to |into |in |for |as )?(?:an? )?(?:(\d{1,2}:\d{1,2})|(square|vertical|portrait))"
        r"(?: (?:video|clip|film|frame|format|shape|version))?"
    ),
    "degrees": (
        r"(?:by )?(90|180|270|a quarter(?: turn)?|half a turn)(?: degrees|°)?"
        r"(?:(?: to the)? (clockwise|(?:counter-?|anti-?)clockwise|left|right))?"
    ),
    "quote": (
        rf"(?:saying |that says |reading |with the (?:text|words?) |called |of |with )?{QUOTE}"
    ),
    "look": rf"(?:as|into|like|(?:to )?look like|in the style of)(?: an?)? {QUOTE}",
    "to_life": r"to life",
    "transition": (
        rf"(?:with |using |by )?(?:a |an )?({KINDS})(?: transition)?(?: of ({LENGTH}))?"
        r"(?: in)?(?: between(?: (?:them|each))?)?"
    ),
    "becomes": r"into",
    "way": (rf"(in{_FADED} and (?:then )?(?:a fade )?out|in|out|(?:at )?both ends){_FADED}"),
    "at_end": r"(?:to |at )?the end",
    "at_start": r"(?:to |at )?the (?:start|beginning)|in front|before it",
    "speech": r"(?:from|of) (?:the |its |what is )?(?:speech|said|sound|voice)",
    "burned": r"(?:burn(?:ed|t)|hard)[ -]?(?:in|coded)?",
    "under": r"(?:under|behind) (?:the |its )?(?:speech|voices?|talk|narration)",
    "as_music": r"(?:as|for) (?:the |its )?(?:background )?(?:music|soundtrack|sound)",
    "beside": r"(side by side|next to each other|above each other|one above the other)",
    "next": r"(?:beside|next to|alongside)",
    "after": r"(?:after|behind)",
    "before": r"(?:before|in front of|at the (?:start|beginning) of)",
    "title": r"(?:with )?(?:a |an |the )?title(?: card| screen)?",
    "fade": rf"(?:an? |the )?(?:({LENGTH}) )?fades?",
    "as_sheet": r"(?:as|in|into) (?:an? )?(?:contact sheet|overview|(?:sheet|grid) of thumbnails)",
    "shots": (
        r"(?:of|with|for) (?:all |every |each |the |its |one picture per )*"
        r"(?:cuts?|shots?|scenes?|slide changes?|slides?)"
    ),
    "cues_word": r"(?:as )?(?:soft )?(?:captions|subtitles)",
    "mood": r"(calm|quiet|soft|bright|happy|dark|sad|lively|fast)",
    "music": r"(?:some |a )?(?:background )?(?:music|music bed|soundtrack)",
    "subject": (
        rf"(?:the |a |an )?(?:({'|'.join(COLOURS)}) )?"
        r"(?!(?:it|this|that|them|in|of|on|from|to|with|for|and|by|before|behind|videos?|clips?|"
        r"films?|frame|pictures?|background|music|sound|text)\b)([a-z]+)"
    ),
    "behind": r"(?:behind|as (?:the |a |its )?(?:new )?background(?: of| behind)?)",
    "in_front": r"(?:before|in front of)",
    "follows": (
        r"(?:and |that |which |so that it )?(?:(?:let )?the (?:frame|picture|camera) )?"
        r"(?:follow|track)(?:s|ing)?"
    ),
    "louder": r"louder",
    "quieter": r"quieter",
    "aloud": r"aloud|out loud",
    "as_file": (
        r"(?:as|to|into) (?:an? |its own )?(?:sound |separate )?"
        r"(?:file|(wav|flac|mp3|m4a)(?: file)?)"
    ),
    "of_sound": r"(?:the )?(?:sound|audio|volume)(?: track)?",
    "no_sound": r"without (?:any |the |its )?(?:sound|audio)",
    "grey": r"(?:in |into |to )?(?:black and white|grey|gray|greyscale|grayscale|monochrome)",
    "gif": r"(?:into |as )?(?:an? )?(?:animated )?gif",
    "vertical": r"(?:vertically|vertical|upside down)",
    "horizontal": r"(?:horizontally|horizontal|sideways)",
    "backwards": r"backwards|in reverse",
    "this_picture": (
        r"(?:with |by |of |on |to |from |in )?(?:this|that|the given) "
        r"(?:new )?(?:background|picture|image|photo|photograph|one)"
    ),
    "the_one": (
        r"(the|this|that)(?: same| very)? (?!(?:background|ground|videos?|clips?|films?|movies?|"
        r"pictures?|images?|photos?|photographs?|frames?|sounds?|music|texts?|results?|one|box|"
        r"rectangle|region|faces?|moments?|parts?|whole|end)\b)([a-z]+)"
    ),
    "box": (
        r"(?:in(?:side)? )?(?:(?:the|this|that) )?(?:box |rectangle |region |area )?(?:of )?"
        r"(\d{1,4})x(\d{1,4})\+(\d{1,4})\+(\d{1,4})"
    ),
    "into": r"in(?:to it)?",
    "together": (
        r"together|one after (?:the other|another)|after (?:each other|one another)|"
        r"back to back|in (?:a row|sequence|this order|that order)|end to end|"
        r"(?:into|to|as|in) (?:one|a single|one single)(?: (?:video|clip|film|movie|file))?"
    ),
    "down": r"down",
    "up": r"up",
    "things": (
        r"(?:of |from |in |into |to |on |onto |for |with |by |over |under )?(?:all of )?"
        rf"((?:{MEDIA})(?: & {MEDIA})*|{_THING})"
    ),
}
"""Each option by name; an operation says which may follow it."""


WHEN = ("memories", "open", "from_for", "span", "ends", "lead", "rest", "half", "memory")
"""Options that say which stretch is meant."""


@dataclass(slots=True)
class Options:
    """What followed an operation."""

    found: dict[str, tuple[str | None, ...]] = field(
        default_factory=dict[str, tuple[str | None, ...]]
    )
    things: list[str] = field(default_factory=list[str])
    """Marks of files, or words for what is there already."""

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def text(self, name: str, group: int = 0) -> str:
        """What an option said; empty for nothing."""
        return (self.found.get(name) or ("",) * 9)[group] or ""


def taken(rest: str, allowed: tuple[str, ...]) -> Options | None:
    """The options that a text is made of; None where something of it is left over."""
    options, rest = Options(), rest.strip()
    while rest:
        for name in (*allowed, "things"):
            found = re.match(rf"(?:{PATTERNS[name]})(?=\s|$)", rest)
            if found is None or (name in options and name != "things"):
                continue
            if name == "things":
                options.things.append(found[1])
            else:
                options.found[name] = found.groups()
            rest = rest[found.end() :].strip()
            break
        else:
            return None
    return options


def start_and_end(
    options: Options, reading: Read, video: str | Ref, length: float
) -> dict[str, Any]:
    """The arguments `start` and `end` that options say; empty where they say none.

    `length` is that of the video, 0 where it is not known. Memory is of videos as they were given.

    Raises:
        NotPlanned: a time has no unit, or lies after another, or the length is needed and unknown;
            or a moment is remembered of what is only made by the plan.
    """
    if len(said := [name for name in WHEN if name in options]) > 1:
        told = "the times and a moment" if "memory" in said else "two stretches of time"
        raise NotPlanned(f"{told} are said, and may not be the same", "say one of them")
    if "span" in options:
        first, last = options.text("span"), options.text("span", 1)
        span = span_of(first, last)
        if span is None:
            raise NotPlanned(f"{first} and {last} have no unit", "write 0:05-0:12, or 5-12 s")
        if span[1] <= span[0]:
            raise NotPlanned(f"{last} is not after {first}", "write the earlier time first")
        return {"start": span[0], "end": span[1]}
    if "from_for" in options:
        first, length_of, other, begin = (options.text("from_for", n) for n in range(4))
        start, lasts = seconds_of(first or begin, "s"), seconds_of(length_of or other)
        return {"start": start, "end": round((start or 0.0) + (lasts or 0.0), 3)}
    if {"open", "rest", "lead", "half"} & set(options.found):
        return _one_side(options, length)
    if "ends" in options:
        part = seconds_of(options.text("ends", 1)) or 0.0
        if options.text("ends") in ("first", "opening"):
            return {"start": 0.0, "end": part}
        return {"start": round(max(0.0, _known(length) - part), 3), "end": _known(length)}
    if "memory" not in options and "memories" not in options:
        return {}
    if isinstance(video, Ref):
        said = "memory knows the videos that were given, not what was made of them"
        raise NotPlanned(said, "put this first, or give the times")
    return _remembered(options, reading, video, length)


def _one_side(options: Options, length: float) -> dict[str, Any]:
    """What lies before a time, or after it, or on one side of the middle."""
    if "half" in options:
        middle, is_first = round(_known(length) / 2, 3), options.text("half") == "first"
        return {"start": 0.0 if is_first else middle, "end": middle if is_first else _known(length)}
    said = options.text("open") or options.text("rest") or options.text("lead")
    time = seconds_of(said, "s" if ":" in said else "")
    if time is None:
        raise NotPlanned(f"{said} has no unit", "write 0:05, or 5 s")
    if "lead" in options:
        return {"start": 0.0, "end": time}
    return {"start": time, "end": _known(length)}


def _remembered(options: Options, reading: Read, video: str, length: float) -> dict[str, Any]:
    """Times that memory is asked for."""
    if "memory" in options:
        query = _query(options.text("memory"), options.text("memory", 1), reading)
        return {"start": Recall(query, "start", video), "end": Recall(query, "end", video)}
    words, quoted, last, last_quoted, time, end = (options.text("memories", n) for n in range(6))
    start = Recall(_query(words, quoted, reading), "start", video)
    if end:
        return {"start": start, "end": _known(length)}
    if time:
        return {"start": start, "end": seconds_of(time, "s") or 0.0}
    return {"start": start, "end": Recall(_query(last, last_quoted, reading), "start", video)}


def _query(words: str, quoted: str, reading: Read) -> str:
    return reading.quotes[int(quoted)] if quoted else reading.shown(words).strip()


def _known(length: float) -> float:
    if not length:
        raise NotPlanned("how long the video is there is not known", "write both times")
    return round(length, 3)


def rate_of(options: Options) -> float:
    """What "twice as slow", "3 times faster" and "50 % slower" multiply the speed by."""
    number, said, way = (options.text("rate", n) for n in range(3))
    is_slow, factor = way.startswith("slow"), float(number) if number else factor_of(said)
    if "%" in said or "cent" in said:
        return 1 - factor if is_slow else 1 + factor
    return 1 / factor if is_slow else factor


def speed_of(options: Options, is_slower: bool) -> float:
    """The factor of speed that options say.

    "Slow by 2x" is half the speed, "by 30 %" seven tenths; "to 50 %" is half either way.
    """
    text = options.text("factor")
    factor = factor_of(text)
    if "%" in text or "cent" in text:
        return factor
    return 1 / factor if is_slower and factor > 1 else factor
