"""Usual ways to say the same: numbers in words, "I want it muted", "would you mind muting it".

A clause is brought to the form that operations are written in. Nothing is guessed: what is not in
the lists stays as it is, and a clause that no operation takes whole is refused as before.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agents.act.planner.order import FILE

_NUMBERS = {
    word: number
    for number, word in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen twenty".split(),
        1,
    )
} | {"thirty": 30, "forty": 40, "forty-five": 45, "fifty": 50, "sixty": 60, "ninety": 90}
_WORD = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_UNITS = r"(?:seconds?|secs?|minutes?|mins?|times|decibels?|db|degrees|percent|per cent|frames)"
_SECOND, _MINUTE = r"(?:seconds?|secs?|s)", r"(?:minutes?|mins?|m)"
_LINK = r"(?: ?[-–—] ?| to | until | till | through | and )"

_VERBS = """
mute muted muting, reverse reversed reversing, rotate rotated rotating, turn turned turning,
flip flipped flipping, mirror mirrored mirroring, crop cropped cropping, resize resized resizing,
scale scaled scaling, trim trimmed trimming, shorten shortened shortening, keep kept keeping,
remove removed removing, delete deleted deleting, join joined joining, merge merged merging,
combine combined combining, blur blurred blurring, pixelate pixelated pixelating,
stabilise stabilised stabilising, stabilize stabilized stabilizing, denoise denoised denoising,
slow slowed slowing, speed sped speeding, speed speeded speeding, fade faded fading,
normalise normalised normalising, normalize normalized normalizing, set set setting,
replace replaced replacing, cut cut cutting, pad padded padding, freeze frozen freezing,
convert converted converting, play played playing, make made making, put put putting,
add added adding, show shown showing, burn burned burning, mix mixed mixing,
level levelled levelling, overlay overlaid overlaying, describe described describing,
follow followed following, extract extracted extracting, silence silenced silencing,
letterbox letterboxed letterboxing, anonymise anonymised anonymising,
anonymize anonymized anonymizing, hide hidden hiding
"""
"""Infinitive, participle and gerund of verbs that begin operations."""
_FORMS = [forms.split() for forms in _VERBS.replace("\n", " ").split(",")]
_DONE = {done: verb for verb, done, _ in _FORMS}
_DOING = {doing: verb for verb, _, doing in _FORMS}
_OBJECT = (
    rf"({FILE}|it|this|that|them|both|(?:the|its|my|our|this|that|all|both|every)"
    r"(?: [a-z][a-z-]*){1,3}?)"
)

Change = str | Callable[[re.Match[str]], str]


def _seconds(found: re.Match[str]) -> str:
    return f"{60 * int(found[1]) + int(found[2])} seconds"


def _active(found: re.Match[str]) -> str:
    return f"{_DONE[found[2]]} {found[1]}{found[3]}"


_RULES: tuple[tuple[str, Change], ...] = (
    # numbers, where a unit says that they are some
    (rf"\b({_WORD}) and a half(?= {_UNITS}\b)", lambda m: f"{_NUMBERS[m[1]]}.5"),
    (rf"\ba ({_SECOND}|{_MINUTE}) and a half\b", r"1.5 \1s"),
    (r"\bhalf a minute\b", "30 seconds"),
    (rf"\b({_WORD})(?=[ -]{_UNITS}\b)", lambda m: str(_NUMBERS[m[1]])),
    (rf"\b(\d+) ?{_MINUTE}(?:,? and | )?(\d+) ?{_SECOND}\b", _seconds),
    (r" ?\bdecibels?\b", " db"),
    # times
    (r"\b(?:the )?(\d+(?:\.\d+)?)[ -]?(?:second|sec|s) mark\b", r"\1 seconds"),
    (
        rf"\bseconds? (\d+(?:\.\d+)?)({_LINK})(?:second )?(\d+(?:\.\d+)?)\b(?! ?(?:s|sec))",
        r"\1\2\3 seconds",
    ),
    # wishes
    (rf"^(?:i (?:only|just) (?:want|need)|only keep|just keep) (?=the |{FILE}|\d)", "keep "),
    (
        rf"^(?:i (?:want|need)|i(?:'d| would) like|i(?:'d| would) love|have|get) {_OBJECT}"
        rf"(?: to be)? ({'|'.join(_DONE)})\b(.*)$",
        _active,
    ),
    (
        rf"^{_OBJECT} (?:should|must|shall|(?:needs?|has|have|ought) to) be ({'|'.join(_DONE)})\b"
        r"(.*)$",
        _active,
    ),
    (
        r"^(?:(?:(?:would|do) you )?mind|(?:start|begin|finish|end)(?: off)? (?:by|with)|"
        rf"how about|try|consider) ({'|'.join(_DOING)})\b",
        lambda m: _DOING[m[1]],
    ),
    # other words for the same operation
    (
        r"^(?:omit|discard|ditch|do away with|take away|(?:chop|snip|clip|strip) (?:out|away)|"
        r"(?:chop|lop|shave|snip) off)\b",
        "remove",
    ),
    (r"^(?:retain|preserve)\b", "keep"),
    (r"^(?:splice|string|tie|link)\b", "join"),
    (r"^silence(?! between| s)\b", "mute"),
    (r"^(?:turn|switch|shut) off (?:the |its |all )?(?:sound|audio)\b", "mute"),
    (r"^(?:turn|switch|shut) (?:the |its |all )?(?:sound|audio)(.*?) off\b", r"mute\1"),
    (r"^no (?:sound|audio)(?: in| on| for)?\b", "mute"),
    (r"^(?:appear|have it appear)\b", "put"),
    (rf"^(?:caption|subtitle) (?:what is said in )?{_OBJECT}(?= |$)", r"add captions to \1"),
    (r"^mux\b", "add"),
    (r"^decelerate\b", "slow"),
    (r"^quicken\b", "speed up"),
    (rf"^desaturate {_OBJECT}$", r"make \1 black and white"),
    (
        rf"^(?:remove|drain|take)(?: out)? (?:all )?(?:the |its )?colou?rs?(?: out of| from| of)"
        rf" {_OBJECT}$",
        r"make \1 black and white",
    ),
    (rf"^steady(?= {_OBJECT}$)", "stabilise"),
    (r"^(?:censor|obscure)(?=(?: out)?(?: all| every| the)* faces?)", "blur"),
    (r"^(?:grab|capture|pull)(?= (?:a|an|the|one) (?:frame|still|picture|screenshot))", "take"),
    (r"^downsize\b", "resize"),
    (r"^hard-?code\b", "burn"),
    (r"^(?:stick|pin|slap)\b", "put"),
    (rf"^watermark {_OBJECT} with ({FILE})", r"overlay \2 on \1"),
)
_COMPILED = [(re.compile(pattern), change) for pattern, change in _RULES]


def usual(clause: str) -> str:
    """A clause, in small letters and without courtesies, in the form that operations have."""
    for pattern, change in _COMPILED:
        clause = pattern.sub(change, clause)
    return clause
