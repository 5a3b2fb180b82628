"""The grammar of questions: the patterns by which `rules.py` takes them apart."""

from __future__ import annotations

import re

from agents.ask.plan import Asked, Relation
from agents.text.words import listed


def regex(pattern: str) -> re.Pattern[str]:
    """The pattern, whatever the case."""
    return re.compile(pattern, re.IGNORECASE)


MARK = "\ue000"
"""Stands for the first quoted phrase; the next characters stand for the next phrases."""
MAX_PHRASES = 200
MARKED = re.compile("[\ue000-\uf8ff]")
QUOTED = re.compile(r"\"([^\"]{1,300})\"|(?<!\w)'((?:[^']|(?<=\w)'(?=\w)){1,300})'(?!\w)")

MEDIUM = frozenset(listed("video clip film movie recording footage"))
"""Names for the video itself: they tell nothing of what is in it."""
SHOWN = frozenset(
    listed("show shows shown appear appears come comes happen happens happened see seen visible")
)
"""Verbs that only say that something is there."""
AUX = (
    "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must|"
    "isn't|aren't|wasn't|weren't|doesn't|don't|didn't|hasn't|haven't"
)
DETERMINERS = frozenset(listed("the a an his her its their this that these those"))
_COUNTED = listed("first second third fourth fifth sixth seventh eighth ninth tenth")
ORDINALS = {
    **{word: place for place, word in enumerate(_COUNTED, 1)},
    **dict.fromkeys(("last", "final"), -1),
    "last but one": -2,
    "penultimate": -2,
}
_ORDINAL = "|".join(sorted(ORDINALS, key=len, reverse=True))
POSITION = regex(rf"\b(?P<n>{_ORDINAL}|\d{{1,3}}(?:st|nd|rd|th))\b(?! (?:of all|floor|century))")

COURTESY = regex(
    r"^(?:(?:please|hi|hello|hey|so|and)[ ,]+)*(?:(?:can|could|would|will) you (?:please )?(?=tell|"
    r"show|give|find|explain|describe|summari[sz]e)|do you know |"
    r"i(?:'d| would)? (?:want|like) to know )?(?:please )?"
    r"(?:(?:tell|show|give)(?: me| us)\b[ ,:]*)?"
)
FIND = regex(
    r"^(?:(?:find|locate|(?:take me|jump|go|skip) to)(?: me| us)? )?(?:the )?(?:exact )?"
    r"(?:moment|time|part|point|place|scene)s? (?:(?:when|where|that|in which|at which|with|of)\b|"
    r"(?=the |an? ))"
)
"""A moment is asked for: the rest is when it is."""
TYPES = tuple(
    (asked, regex(pattern))
    for asked, pattern in (
        (Asked.COUNT, r"\bhow (?:many|often)\b(?! (?:second|minute|hour|day|week|year)s\b)|"
                      r"^count\b|\b(?:what|which|the) (?:total )?(?:number|count) of\b"),
        (Asked.WHEN, r"(?:^|[,;] |\b(?:at|in|by|from|until|to|and) )(?:when|(?:what|which) "
                     r"(?:time|moment|point|second|minute|timestamp|scene|shot|part))\b|"
                     r"\bhow (?:long|far|soon|late|early|many (?:seconds|minutes)) in(?:to)?\b|"
                     rf"\bwhen (?:{AUX})\b"),
        (Asked.ORDER, r"\bin (?:what|which) order\b|\bwhat (?:order|sequence)\b|^(?:which|what|who)"
                      r"(?: one)? (?:comes?|came|appear\w*|happen\w*) (?:first|last)$"),
        (Asked.WHERE, r"\bwhere\b|\b(?:which|what) (?:direction|side|place|room|location)\b"),
        (Asked.WHO, r"\b(?:who|whom|whose|who's)\b"),
        (Asked.WRITTEN, r"\b(?:written|typed|printed|spell\w*|reads?|labell?ed|on (?:the )?"
                        r"screen)\b|\b(?:sign|slide|screen|text|label|title|caption|page|note|"
                        r"card|poster|board|header|heading)\b.{0,40}\b(?:says?|said|states?)\b|"
                        r"\b(?:what|which) (?:\w+ )?(?:text|words?|title|heading|headline)\b"),
        (Asked.SAID, r"\b(?:he|she|they|you|i|(?:wo)?man|person|people|speaker|narrator|voice|"
                     r"some(?:one|body)|guy|girl|boy|lady|host|teacher|child(?:ren)?|kid|pupil)\b"
                     r".{0,60}\b(?:say|ask|mention|claim|sing)s?\b|\b(?:said|saying|spoken|speaks?|"
                     r"speaking|talks?|talking|tells?|told|asked|hear|heard|explain(?:s|ed))\b"),
        (Asked.WRITTEN, r"\bsays?\b"),
        (Asked.WHAT, r"\b(?:what|what's|which|why|how|describe|name|list|summari[sz]e)\b"),
    )
)  # fmt: skip
"""The first that fits says what is asked."""
ALSO_WHEN = regex(r",? and (?:at )?(?:when|what time)$")
YES_NO = regex(rf"^(?:{AUX})\b")
AUXILIARY = regex(AUX)
COMPARES = regex(r"\b(?:first|earlier|sooner|last|later)\b")
LATER = regex(r"\b(?:last|later)\b")
STARTS = regex(
    r"\b(?:appear\w*|begin\w*|began|start\w*|enter\w*|arriv\w+|comes?|came|opens?|cuts?|turns?|"
    r"becomes?|chang\w+|switch\w*|first|introduced|reach\w*|shows? up)\b"
)
ENDS = regex(
    r"\b(?:disappear\w*|leaves?|leaving|left|ends?|ended|stop\w*|finish\w*|vanish\w*|exits?|gone|"
    r"go(?:es)? away|out of (?:the )?(?:picture|frame|view|sight)|until when|last seen)\b"
)
NAMED = regex(
    r"\b(?P<wh>^(?:list|name)|(?:what|who)(?:'s| is| are| was| were)|(?:what|which)(?: (?:kind|"
    r"type|sort)s? of)?) (?P<np>.+)"
)
COUNTED = regex(r"\b(?P<wh>how many|number of|^count) (?P<np>.+)")
"""What follows holds the noun that types the answer."""
IRREGULAR_PLURALS = frozenset(listed("people men women children feet teeth mice geese"))
MEASURES = (
    ("price", regex(r"\bhow much\b.{0,200}\bcosts?\b|\bwhat do(?:es)? .{1,200} cost\b")),
    ("duration", regex(r"\bhow long\b|\bhow many (?:second|minute|hour|day|week|year)s\b")),
    ("reason", regex(r"\bwhy\b")),
    ("action", regex(r"\bwhat\b.{0,200}\bdoing\b|\bwhat (?:do|does|did) .{1,200} do$")),
    ("times", regex(r"\bhow often\b")),
    ("amount", regex(r"\bhow (?:much|far|fast|old|tall|high|heavy|big|large|hot|cold)\b")),
)
"""Types of answer that have no noun of their own in the question."""

_SOON = "(?:(?:right|directly|immediately|just|shortly|straight|soon|next) )?"
_X = r"(?P<x>.{1,300}?)(?=[,;?!] | and (?:before|after)\b|$)"
_LEAD = rf"(?P<x>[^,;?]{{1,300}}?)(?:[,;] ?| (?=(?:what|which|where|how|who|{AUX})\b))"
_BEFORE = f"{_SOON}(?:before|prior to|until|till)"
_AFTER = rf"{_SOON}(?:after|as soon as|once(?= the\b)|following)"
_WHILE = (
    r"(?:(?:at|in|during) the (?:moment|scene|shot|part) (?:when|where|in which|that)|while|"
    r"whilst|during|at the same time as|just as|as(?= (?:he|she|it|they|the)\b))"
)
_WH = r"(?:what|which|where|how|who)\b"
_NOT_A_PLACE = "(?<!is )(?<!are )(?<!stands )(?<!sits )(?<!lies )"
EVENTS = tuple(
    (relation, regex(pattern))
    for relation, pattern in (
        (Relation.BETWEEN, rf"{_NOT_A_PLACE}\b(?:in )?between (?P<x>.{{1,200}}?) and "
                           r"(?P<y>[^,;?]{1,200}?)(?=[,;]|$)"),
        (Relation.AFTER, rf"^(?P<verb>what )(?:{AUX}) (?P<x>.{{1,300}}?) followed by$"),
        (Relation.BEFORE, rf"^(?P<verb>(?:what|which)\b.{{0,80}}?) (?:{AUX}) followed by "
                          r"(?P<x>.{1,300})$"),
        (Relation.AFTER, r"^(?P<verb>(?:what|which)\b.{0,80}?) follow(?:s|ed)? (?P<x>.{1,300})$"),
        (Relation.BEFORE, r"^(?P<verb>(?:what|which)\b.{0,80}?) preced(?:es?|ed) (?P<x>.{1,300})$"),
        (Relation.AFTER, rf"^{_AFTER} {_LEAD}"),
        (Relation.BEFORE, rf"^{_BEFORE} {_LEAD}"),
        (Relation.WHILE, rf"^{_WHILE} {_LEAD}"),
        (Relation.WHILE, rf"^when(?! (?:{AUX})\b) (?P<x>[^,;?]{{1,300}}?)(?:, | (?={_WH}))"),
        (Relation.AFTER, rf"\b{_AFTER} {_X}"),
        (Relation.BEFORE, rf"\b{_BEFORE} {_X}"),
        (Relation.WHILE, rf"(?<!\ba )(?<!ed )\b{_WHILE} {_X}"),
        (Relation.WHILE, rf"(?<=[^\s,;:.] )when(?! (?:{AUX}|to)\b) {_X}"),
    )
)  # fmt: skip
DOES_PRECEDE = regex(
    rf"^(?:{AUX}) (?!there\b)(?P<a>.{{1,300}}?) (?:(?:come|appear|happen|occur|shown|seen|start|"
    r"mentioned|said)\w{0,3} )?(?P<r>(?:right |directly )?(?:before or after|before|after|precede|"
    r"follow)) (?P<b>.{1,300})$"
)
OR = regex(
    r"(?<!\S)(?P<list>(?:(?:the|an?) )?[^\s,;:]{1,60}(?: (?!or\b)[^\s,;:]{1,60}){0,5}"
    r"(?:, [^,;:]{1,60}){0,6},? or "
    r"[^,;:]{1,100}?)(?=$|[,;]| (?:come|appear|happen|shown|first|last|earlier|later|is|are|was)"
    r"\w*\b)"
)
BOTH = regex(
    r"^(?:which|what|who)(?: one)? of (?P<list>[^,]{1,200}? and [^,]{1,200}?) "
    r"(?=(?:is|was|comes?|came|appears?|happens?|starts?|first|last|earlier|later)\b)"
)
NAME = re.compile(
    r"(?<![\w'-])(?:[A-Z][\w-]*[^\W_]|[a-z]{1,3}[A-Z]\w+)(?: [A-Z][\w-]*[^\W_]| \d[\w.]*)*"
    r"|(?<![\w-])[#$€£]?\d[\w.,:/]*\b%?"
)
WHOLE = frozenset(
    listed(
        "about summary summarise summarize overview gist plot topic story theme describe going "
        "main short brief whole entire happen happens contain contains talk lecture presentation"
    )
)
"""Words of questions about all of a video; where only such words are left, one is asked."""
SUMMARY = "summary"
"""The target of a question about all of a video."""
