"""The words and patterns by which the rule-based planner reads a question; constants only.

All repeats over free text are bounded, so matching stays linear in the length of a question.
"""

from __future__ import annotations

import re

from agents.language import listed
from agents.plan import Asked, Relation


def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _set(words: str) -> frozenset[str]:
    return frozenset(listed(words))


MARK = 0xE000
"""First of the private characters that stand for quoted strings while a question is read."""
MAX_PHRASES = 500
MARKED = re.compile("[\ue000-\uf8ff]")
MARKED_OR_NOT = re.compile("[\ue000-\uf8ff]|[^\ue000-\uf8ff]+")
_M = "\ue000-\uf8ff"

QUOTED = re.compile(r"\"([^\"]{1,300})\"|(?<!\w)'((?:[^']|(?<=\w)'(?=\w)){1,300})'(?!\w)")

MEDIUM = _set("""video videos clip film movie recording footage""")
"""Words for the whole that is asked about; they find nothing."""

GENERIC = MEDIUM | _set(
    """scene scenes screen on-screen onscreen picture pictures image images frame frames camera
    moment point show shows shown showing see sees seen saw visible display displays displayed
    appear appears appeared appearing disappear disappears disappeared happen happens happened
    happening occur occurs occurred begin begins began start starts started starting end ends
    ended ending stop stops stopped finish finishes finished stay stays remain remains place
    takes take come comes came coming going goes go gone look looks follow follows following
    followed time-stamp timestamp speaker narrator presenter voice say says said saying speak
    speaks spoken speaking talk talks talked talking mention mentions mentioned tell tells
    told written writing text texts word words describe called named mean means during after
    before while between order earlier later sooner according next find there's what's who's where's
    it's that's let's contain contains include includes read reads"""
)
"""Words that every video question may use; they hint at kinds but do not find a moment."""

SHOWN = _set(
    """shown visible displayed seen appear appears appeared show shows screen happen happens
    happened occur occurs take takes place playing"""
)
"""What is said of any event; an anchor is found by its other words."""

WRITTEN_NOUNS = _set(
    """text texts word words title titles heading headline caption captions subtitle subtitles label
    letter letters digit digits number numbers name names url website link address email price
    cost percentage percent date value score query message code command slide bullet bullets
    button menu formula equation phrase sentence line file filename version inscription
    lettering reading option brand time"""
)
"""Types of answer that stand on the screen."""

TYPE_NOUNS = _set(
    """text texts word words letter letters digit digits number numbers animal animals colour
    colours color colors object objects person thing name names title kind type sort direction value
    inscription lettering"""
)
"""Types of answer that the evidence shows but does not name."""

_COUNTED = listed("first second third fourth fifth sixth seventh eighth ninth tenth")
_WRITTEN_OUT = listed("1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th")
ORDINALS: dict[str, int] = {
    **{word: place + 1 for place, word in enumerate(_COUNTED)},
    **{word: place + 1 for place, word in enumerate(_WRITTEN_OUT)},
    "initial": 1,
    "opening": 1,
    "last": -1,
    "final": -1,
    "closing": -1,
    "last but one": -2,
    "next to last": -2,
    "second to last": -2,
    "second last": -2,
    "penultimate": -2,
    "third to last": -3,
    "third last": -3,
    "last but two": -3,
}
_ORDINAL = "|".join(sorted(ORDINALS, key=len, reverse=True)).replace(" ", "[ -]")
POSITION = _regex(
    rf"(?<!per )(?<!half )(?<!each )(?<!every )(?<!for a )(?<!in a )(?<!split )(?<!of a "
    rf")\b(?:{_ORDINAL})\b"
    r"(?!-| (?:of an?|names?|person view|aid|class|of all|floor|week|year|century|hand\b)\b)"
)
EARLIER, LATER = _regex(r"\b(?:earlier|sooner)\b"), _regex(r"\blater\b")

_AUX = (
    "is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|may|might|must|"
    "isn't|aren't|wasn't|weren't|doesn't|don't|didn't|hasn't|haven't|can't|won't"
)
_WH = "what|which|who|whom|whose|where|how|why"
_SHOWN = (
    "appears?|appeared|comes?|came|happens?|happened|occurs?|stays?|remains?|follows?|shows?|shown|"
    "seen|displayed|visible|mentioned|said|says|asked|written|used|starts?|begins?"
)
_DET = "the|an?|his|her|its|their|this|that|these|those|our|my|your"
_FUNCTION = (
    rf"{_AUX}|{_WH}|{_SHOWN}|{_DET}|of|on|in|at|to|from|with|by|for|about|behind|beside|between|"
    "under|over|above|below|near|next|into|through|inside|outside|against|past|off|up|down|out|"
    "and|or|but|if|that|he|she|it|they|we|you|i|there|when|while|after|before|during|as|not|"
    "so|then|do|like|around|along|across|towards?|without|upon"
)
_N = rf"(?!(?:{_FUNCTION})\b)[\w%][\w'%-]{{0,60}}"
_NP = rf"(?P<np>{_N}(?: {_N}){{0,5}})"
_STOP = rf"(?P<stop> (?:{_AUX}|{_SHOWN})\b|$)?"

COURTESY = _regex(
    r"^(?:(?:hi|hello|hey|ok|okay|so|and|now|well)[ ,]+)?(?:(?:please|kindly)[ ,]+)?"
    r"(?:(?:can|could|would|will) you (?:please |kindly )?(?=\w)|do you know |"
    r"i(?:'d| would)? (?:want|like|need) to (?:know|see) |i wonder )?"
    r"(?:(?:please )?(?:tell (?:me|us)|let me know|explain|work out|find out|identify|determine)\b"
    r"(?: please)?[ ,:]*)?"
)
_PART_OF = "moment|time|timestamp|part|scene|point|place|spot|second|section|minute|shot|frame|bit"
MOMENT = _regex(
    r"(?:(?:(?:find|show|locate|get|give|return|search for|look for)(?: (?:me|us))? (?:the |a |"
    r"any )?"
    rf"(?:exact )?(?:{_PART_OF})s?\b|(?:the )?(?:{_PART_OF}) (?=when|where|in which|at which))"
    r"(?: (?:when|where|that|in which|at which|with|of|showing|at|in the \w+ when))?"
    r"|(?:jump|go|skip|seek|take (?:me|us)) to(?: (?:where|when|the (?:moment|part|point|scene)"
    r"(?: (?:when|where|that))?))?) ?\b"
)
SHOW = _regex(
    r"(?:(?:show|give) (?:me|us)|find|locate|(?:i am |i'm )?(?:search|look)(?:ing)? for|display)"
    r"(?: all)?(?: of)?\b ?"
)
_BEFORE_AFTER = "before or after|after or before|before|after|earlier than|sooner than|later than"
DOES_PRECEDE = _regex(
    r"^(?:does|do|did|is|are|was|were|has|have) (?!there\b)(?P<a>.{1,300}?) "
    r"(?:(?:come|appear|happen|occur|shown|seen|displayed|start|begin|enter|arrive|mentioned|said|"
    r"introduced|take place|play|visible)\w{0,3} (?:up |on (?:the )?screen )?|"
    r"(?=precede|follow|before or|after or|earlier than|later than))"
    rf"(?P<relation>(?:(?:right|directly|immediately|shortly|just) )?(?:{_BEFORE_AFTER}|"
    rf"precede|follow))"
    r" (?P<b>.{1,300})$"
)
BEFORE_OR_AFTER = _regex(r"before or after|after or before")
IS_AFTER = _regex(r"after|later|follow")

_X = (
    rf"(?P<x>.{{1,300}}?)(?=[,;?!] (?:and |but )?(?:{_WH}|when)\b|[;?!]|\. |$| (?:and|but) "
    rf"(?:before|after)\b)"
)
_LEAD_X = rf"(?P<x>[^,;?]{{1,300}}?)(?:[,;] ?| (?=(?:what|which|where|how|{_AUX})\b))"
_HOW_SOON = "(?:(?:right|directly|immediately|just|shortly|straight|soon|next|only|even|and) )?"
_THING = rf"(?= (?:{_DET}|he|she|it|they|[{_M}]))"
_AFTER_KEY = rf"{_HOW_SOON}(?:after|as soon as|once{_THING})"
_BEFORE_KEY = rf"{_HOW_SOON}(?:before|prior to|leading up to|until|till)"
_MOMENT_KEY = (
    r"(?:at|in|during) the (?:moment|scene|shot|part|instant) (?:when|where|in which|"
    r"that)"
)
_WHILE_KEY = (
    rf"(?:{_MOMENT_KEY}|(?<!\ba )while|whilst|during|at the same time as|just as|"
    r"as(?= (?:he|she|it|they|we|you)\b)|"
    r"(?<!ed )(?<!same )(?<!such )(?<!well )(?<!known )(?<!shown )(?<!seen )(?<!is )as(?= the\b))"
)
_BEFORE_WORD = r"^(?P<verb>(?:what|which)\b.{0,200}?) (?:(?:directly|immediately|right) )?"

EVENTS = tuple(
    (relation, _regex(pattern))
    for relation, pattern in (
        (Relation.AFTER, rf"^(?P<verb>what )(?:{_AUX}) (?P<x>.{{1,300}}?) followed by$"),
        (Relation.BEFORE, rf"{_BEFORE_WORD}(?:{_AUX}) followed by (?P<x>.{{1,300}})$"),
        (Relation.AFTER, rf"{_BEFORE_WORD}follow(?:s|ed)? (?P<x>.{{1,300}})$"),
        (Relation.BEFORE, rf"{_BEFORE_WORD}preced(?:es?|ed) (?P<x>.{{1,300}})$"),
        (
            Relation.BETWEEN,
            r"\b(?:in )?between (?P<x>.{1,200}?) and "
            r"(?P<y>[^,;?]{1,200}?)(?=[,;]|$)",
        ),
        (Relation.AFTER, rf"^(?:{_AFTER_KEY}|following) {_LEAD_X}"),
        (Relation.BEFORE, rf"^{_BEFORE_KEY} {_LEAD_X}"),
        (Relation.WHILE, rf"^{_WHILE_KEY} {_LEAD_X}"),
        (
            Relation.WHILE,
            rf"^when (?!(?:{_AUX})\b)(?P<x>[^,;?]{{1,300}}?)(?:, | (?=(?:what|"
            rf"which|where|how)\b))",
        ),
        (Relation.AFTER, rf"\b{_AFTER_KEY} {_X}"),
        (Relation.BEFORE, rf"\b{_BEFORE_KEY} {_X}"),
        (Relation.WHILE, rf"\b{_WHILE_KEY} {_X}"),
        (Relation.WHILE, rf"(?<=[^\s,;:.] )(?<!and )when (?!(?:{_AUX})\b){_X}"),
    )
)
SPATIAL = _regex(
    r"\b(?:who|where|stands?|standing|sits?|sitting|lies|lying|located|placed|distance|difference|"
    r"gap|relation\w*)\b"
)

_W = rf"(?!(?:the|an?|or|first|last|earlier|later|sooner)\b)[\w{_M}][\w'-]{{0,60}}"
_ITEM = rf"(?:the|an?) (?:{_W} ){{0,3}}?{_W}"
_TAIL = (
    r"(?=$| (?:come|appear|happen|shown|is|are|was|were|that|first|last|start|arrive|of|"
    r"enter)\w{0,2}\b)"
)
LISTED = _regex(
    rf"[,:;] (?!(?:{_AUX}|{_WH})\b)(?P<list>(?:[^,;:]{{1,200}}, ){{0,8}}[^,;:]{{1,200}},? or "
    rf"[^,;:]{{1,200}})$"
)
EITHER = (
    _regex(rf"\b(?P<list>{_ITEM}(?:, {_ITEM}){{0,6}},? or {_ITEM}){_TAIL}"),
    _regex(rf"(?P<list>(?<![\w'-]){_W}(?:, {_W}){{0,6}},? or {_W}(?: {_W}){{0,3}}?){_TAIL}"),
)
LIST_GAP = _regex(r",? or |, (?:and )?|,? and (?=.{0,200} or )")
COMPARES = _regex(r"\b(?:first|earlier|sooner|last|later)\b")
BARE_COMPARISON = _regex(
    r"^(?:which|what|who)(?: one)?(?: of \w+(?: \w+)?)? (?:comes?|came|appears?|appeared|"
    r"happens?|happened|"
    r"(?:is|was) (?:shown|seen|mentioned|said)|starts?|started|begins?|began) (?:first|last|"
    r"earlier|later|sooner)\b"
)

YES_NO = _regex(rf"^(?:{_AUX})(?=[ {_M}])")
ALSO_WHEN = _regex(r",? and (?:at )?(?:when|what time)$")
NOUN_OF = _regex(rf"^(?:the )?{_NP} of (?:the|an?|his|her|its)\b")

_AT_START = (
    r"(?:^|[,.;:!?] (?:and |so |then )?)(?:(?:in|at|on|to|from|by|with|of|about|for|"
    r"under) )?"
)
_PAGE = (
    "sign|slide|screen|text|label|caption|title|subtitle|button|page|banner|display|clock|dialog|"
    "window|panel|menu|headline|heading|bullet|overlay|chart|graph|website|header|footer"
)
_SURFACE = (
    rf"{_PAGE}|board|card|poster|shirt|sticker|badge|message|note|box|plate|logo|book|letter|email|"
    r"tweet|post|billboard|packag\w+"
)
SCREEN = _regex(
    rf"\b(?:{_PAGE}|dashboard|tab|terminal|editor|timer|column|row|axis|legend|credits|words?|number|"
    r"digit|query|typed|written|underlined)s?\b"
)
IN_SUBTITLES = _regex(
    r"\b(?:(?:according to|in|from|by) the )?(?:sub-?titles?|captions|transcript)\b"
)
SUBTITLES = _regex(r"\b(?:sub-?titles?|captions?|transcript)\b")
_SPEECH = (
    "say|says|said|saying|spoken|spoke|speaks?|speaking (?:about|of)|talks? (?:about|of)|"
    "talking|talked|"
    "mention(?:s|ed)?|narrat\\w+|announc\\w+|explain(?:s|ed)?|lyrics?|sung|sings?|sang|heard|hear|"
    "discuss(?:es|ed)?|tells?|told|asked|asks|voice-?over|claims?|argues?|shouts?|shouted|whispers?"
)
SPEECH = _regex(rf"\b(?:{_SPEECH}|speaking|speaker|narrator|lecturer)\b")
_UNITS = (
    "seconds|minutes|hours|days|weeks|months|years|metres|meters|percent|dollars|euros|"
    "pounds|degrees|miles|kilometers|kilometres"
)

RULES = tuple(
    (asked, _regex(pattern))
    for asked, pattern in (
        (
            Asked.ORDER,
            rf"{_AT_START}(?:what|which) (?:order|sequence)\b|\bthe (?:order|"
            rf"sequence) (?:of|in)\b",
        ),
        (
            Asked.WHEN,
            rf"{_AT_START}(?:when\b|(?:what|which) (?:point|moment|timestamp|second|minute|"
            rf"scene|shot|part)\b|"
            rf"what time(?= (?:{_AUX})\b)(?! (?:is|was) (?:it|shown|on|displayed)\b)|"
            r"how (?:many (?:seconds|minutes) (?:in|into|before|until)|(?:far|soon|early|"
            r"late)\b(?= in)|"
            r"long (?:in|into|before|until)|soon)\b|(?:since|until|from) when)",
        ),
        (Asked.WHAT, rf"{_AT_START}how many (?:{_UNITS})\b"),
        (
            Asked.COUNT,
            rf"{_AT_START}(?:how many|how often|count)\b|\bthe (?:total )?(?:number|"
            rf"count) of\b",
        ),
        (
            Asked.WHERE,
            rf"{_AT_START}(?:where|(?:which|what) (?:direction|side|way|place|room|"
            rf"city|country|location))\b",
        ),
        (Asked.WHO, rf"{_AT_START}(?:who|whom|whose|who's)\b"),
        (
            Asked.WRITTEN,
            rf"\b(?:what|which)\b.{{0,200}}?(?:\b(?:{_SURFACE})s?(?: [^\s,]{{1,30}}){{0,6}}? "
            r"(?:say|says|said|reads?|tells?)\b|"
            r"\b(?:written|typed|printed|spell|spells|spelled|spelt|labell?ed|underlined|"
            r"highlighted|"
            r"inscribed|engraved)\b|\breads?$)|^what(?:'s| is)(?: \w+)? on (?:the )?screen$",
        ),
        (Asked.SAID, rf"\b(?:what|which|how)\b.{{0,200}}?\b(?:{_SPEECH})\b"),
        (
            Asked.WHAT,
            rf"{_AT_START}(?:what|what's|which|why|how|describe|name|list|"
            rf"summari[sz]e)\b",
        ),
        (Asked.WHEN, rf"\bwhen(?: (?:{_AUX})\b|$)"),
        (Asked.WHERE, rf"\bwhere(?: (?:{_AUX})\b|$)"),
        (Asked.COUNT, r"\bhow many\b"),
        (Asked.WHO, r"\bwho$"),
        (Asked.WHAT, r"\b(?:what|which)\b"),
    )
)

MEASURES = tuple(
    (target, _regex(pattern))
    for target, pattern in (
        (
            "price",
            r"\bhow much (?:money\b|.{0,200}\bcosts?\b)|\bwhat (?:does|do|did) .{1,200} cost\b",
        ),
        ("duration", r"\bhow long\b|\bhow many (?:second|minute|hour|day|week|month|year)s\b"),
        ("age", r"\bhow old\b"),
        ("distance", r"\bhow (?:far|many (?:met(?:er|re)s|miles|kilomet(?:er|re)s))\b"),
        ("speed", r"\bhow fast\b"),
        ("height", r"\bhow (?:tall|high)\b"),
        ("weight", r"\bhow heavy\b"),
        ("size", r"\bhow (?:big|large|wide|deep|small)\b"),
        ("temperature", r"\bhow (?:hot|cold|warm|many degrees)\b"),
        ("percentage", r"\b(?:how many|what) percent\b"),
        ("amount", r"\bhow (?:much|many (?:dollars|euros|pounds))\b"),
        ("times", r"\bhow often\b"),
        ("action", r"\bwhat\b.{0,200}\bdoing\b|\bwhat (?:do|does|did) .{1,200} do$"),
        ("reason", r"\bwhy\b"),
        ("name", rf"\bwhat (?:{_AUX}) .{{1,200}} (?:called|named)$"),
    )
)
MANNER = _regex(r"^how\b")
HOW = _regex(r"\bhow \w+")

ABSTRACT = _set(
    """price duration age distance speed height weight size temperature percentage amount"""
)

TARGETS = tuple(
    _regex(pattern)
    for pattern in (
        rf"(?P<wh>\bhow many) {_NP}{_STOP}",
        rf"(?P<wh>\b(?:what|which) (?:kind|type|sort)s? of) {_NP}{_STOP}",
        rf"(?P<wh>\bwhich) {_NP}{_STOP}",
        rf"\bwhat (?P<np>{_N}(?: {_N}){{0,3}} and {_N})(?P<stop> (?:{_AUX})\b)",
        rf"\bwhat {_NP}(?P<stop> (?:{_AUX}|{_SHOWN})\b|$)",
        rf"(?P<wh>\bwhat) (?P<np>{_N}(?: {_N}){{1,5}})",
        rf"\b(?:number|count) of (?:the )?{_NP}",
        rf"(?P<is>\b(?:what|which|who)(?:'s| is| are| was| were)) (?:{_DET}) {_NP}",
        rf"^(?:name|list|count)(?: (?:all|{_DET}))* {_NP}",
        rf"^(?:the )?{_NP} of (?:the|an?|his|her|its)\b",
    )
)
OWNER = re.compile(r"^.*'s? ")
_ING_NOUNS = (
    "building|ceiling|painting|drawing|king|ring|thing|string|wing|meeting|heading|"
    "morning|evening|reading|meaning|setting|ranking|rating|warning|greeting|clothing|"
    "lettering|beginning|ending|opening|spring"
)
DOING = _regex(
    rf"\b(?!(?:{_ING_NOUNS})\b)\w{{2,40}}ing(?: (?:on|in|at|to|with|for|through|"
    rf"from|about|up|down|towards?|over))?$"
)

STARTS = _regex(
    r"\b(?:appear\w*|begin\w*|began|start\w*|enter\w*|arriv\w+|comes?|came|shows? up|fade[sd]? "
    r"in|opens?|"
    r"opened|cuts?|turns?|becomes?|chang\w+|switch\w*|first|pop[sp]?\w* up|introduced)\b"
)
ENDS = _regex(
    r"\b(?:disappear\w*|leaves?|leaving|ends?|ended|stop\w*|finish\w*|vanish\w*|exits?|gone|"
    r"goes away|"
    r"fade[sd]? (?:out|away)|closes|closed|last seen|out of (?:the )?(?:picture|frame|view|"
    r"sight|shot|screen)|until when)\b|"
    r"\b(?:has|have|had)\b.{0,100}\bleft\b|\bleft$"
)
LABEL = re.compile(r"\b([a-z]\w{1,30}) ([A-HJ-Z])\b")
PROPER = re.compile(
    r"(?<![\w'-])(?:[A-Z][\w-]*[^\W_]|[a-z]{1,3}[A-Z]\w+)(?: (?:[A-Z][\w-]*[^\W_]|\d[\w.]*))*"
    r"|(?<![\w-])[#$€£]?\d[\w.,:/]*\b%?"
)
GLOBAL = _regex(
    r"\b(?:about|summar\w+|overview|gist|plot|topic|subject|story|main (?:idea|point)|theme|"
    r"describe|"
    r"happen\w*|going on|takes? place|shown?|shows?|seen|visible|see|depict\w*)\b"
)
GLOBAL_WORDS = _set(
    "summary summarise summarize overview gist plot topic subject story main idea theme describe "
    "content contents whole short brief general overall depict depicts depicted"
)
