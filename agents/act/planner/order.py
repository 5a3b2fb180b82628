"""The order of words: "I'd like it to play backwards" is "play it backwards".

What belongs to no operation goes: "the video" before a file's name, reasons, and where the result
will be shown. Like `wording.py`, nothing here guesses: what is not in a list stays as it is.
"""

from __future__ import annotations

import re

FILE = "\ue002\\d+\ue003"
"""The mark of a file (`reading.py`)."""

_NOUN = (
    r"(?:videos?|clips?|films?|movies?|files?|footage|recordings?|pictures?|images?|photos?|"
    r"logo|song|soundtrack|tune)"
)
_OF_FILE = re.compile(
    r"(?:\b(?:the|my|our|your|this|that|these|those|both|all)(?: the)? |"
    r"(?<=[a-z&] )(?<!\ba )(?<!\ban )(?<!\bone ))"
    rf"(?:(?:two|three|four|five) )?{_NOUN}(?: files?)?(?: called| named)? (?={FILE})"
)
"""A noun that only says what kind of file the name after it is."""
_MINE = re.compile(rf"\b(?:the|my|our|your|this) (?={FILE})")
_OWNED = re.compile(rf"({FILE})(?:'s|’s) ((?:own )?[a-z]+)\b")
_PURPOSE = re.compile(
    r" (?:so (?:that )?(?:i|we|you|they|people|everyone|it) can (?!be\b).*|"
    r"so (?:that )?(?:it|they) (?:looks?|feels?|seems?|appears?)\b.*|because .*|"
    r"(?:(?:suitable|ready|fit) )?(?:for|to use on|to post on|to put on|to upload to) "
    r"(?:my |our |the |an? )?(?:tik ?tok|instagram|insta|youtube|facebook|twitter|reels?|stories|"
    r"story|shorts|social media|website|blog|presentation|phone|mobile|whatsapp|e-?mail)"
    r"(?: (?:reels?|stories|story|shorts|video|post|page))?)$"
)
_REASON = re.compile(r"(?:because|since|as) (?:it|the|there|this|that|i|we)\b.*")
_EASY = re.compile(
    r" (?:a (?:little )?bit|a little|slightly|somewhat|completely|entirely|totally|fully|properly|"
    r"nicely|gently|smoothly|automatically|quickly|again|altogether)(?= |$)"
)
"""Manners that no operation has. How much is still asked for, where it must be said."""

_OBJECT = rf"({FILE}(?: & {FILE})*|it|this|that|them|(?:the|my|our|this|that) [a-z]+)"
_VERBS = (
    r"(mute|reverse|rotate|turn|flip|mirror|crop|resize|scale|trim|shorten|keep|remove|delete|join|"
    r"merge|blur|pixelate|stabili[sz]e|denoise|slow|speed|fade|normali[sz]e|play|run|start|begin|"
    r"open|show|follow|track|appear|shown|freeze|loop)"
)
_WISH = r"(?:i (?:want|need)|i(?:'d| would) (?:like|love)|have|let|make|get)"
_DOING = re.compile(rf"^(?:{_WISH}|make it so(?: that)?) {_OBJECT} (?:to )?{_VERBS}s?\b(.*)$")
_BEFORE = re.compile(rf"^(?:in|for|from|on|with|using) ({FILE}) ([a-z].*)$")
_WANTED = re.compile(
    rf"^(?:i (?:want|need)|i(?:'d| would) (?:like|love)|give me|get me|show me|produce|output|"
    rf"deliver|return) {_OBJECT} (.+)$"
)
AS_VERBS = ("make", "show", "keep")
"""Verbs that a wish without one may have: "give me it in black and white", "... without sound"."""


def ordered(clause: str) -> str:
    """A clause, in small letters and without courtesies, with the verb first and nothing idle."""
    if _REASON.fullmatch(clause):
        return ""
    clause = _PURPOSE.sub("", clause)
    clause = _EASY.sub("", clause)
    clause = _MINE.sub("", _OF_FILE.sub("", clause))
    clause = _OWNED.sub(r"the \2 of \1", clause)
    clause = _BEFORE.sub(r"\2 in \1", clause)
    return _DOING.sub(r"\2 \1\3", clause)


def with_verbs(clause: str) -> tuple[str, ...]:
    """A clause that names a thing and how it is wanted, with each verb that it may lack."""
    found = _WANTED.match(clause)
    if found is None:
        return (clause,)
    return (clause, *(f"{verb} {found[1]} {found[2]}" for verb in AS_VERBS))
