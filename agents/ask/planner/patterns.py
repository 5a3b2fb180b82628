"""Patterns that tell what a question asks: its kind, its target, positions, boundaries, names."""

from __future__ import annotations

import re

from agents.ask.plan import Asked
from agents.ask.planner import vocabulary as v
from agents.ask.planner.vocabulary import AUX, DETERMINERS, FUNCTION_WORDS, SHOWN_VERBS, regex

_ORDINAL = "|".join(sorted(v.ORDINALS, key=len, reverse=True)).replace(" ", "[ -]")
POSITION = regex(
    r"(?<!per )(?<!half )(?<!each )(?<!every )(?<!for a )(?<!in a )(?<!split )(?<!of a )"
    rf"\b(?:{_ORDINAL})\b"
    r"(?!-| (?:of an?|names?|person view|aid|class|of all|floor|week|year|century|hand\b)\b)"
)
EARLIER, LATER = regex(r"\b(?:earlier|sooner)\b"), regex(r"\blater\b")
_N = rf"(?!(?:{FUNCTION_WORDS})\b)[\w%][\w'%-]{{0,60}}"
_NP = rf"(?P<np>{_N}(?: {_N}){{0,5}})"
_STOP = rf"(?P<stop> (?:{AUX}|{SHOWN_VERBS})\b|$)?"
BARE_COMPARISON = regex(
    r"^(?:which|what|who)(?: one)?(?: of \w+(?: \w+)?)? (?:comes?|came|appears?|appeared|"
    r"happens?|happened|"
    r"(?:is|was) (?:shown|seen|mentioned|said)|starts?|started|begins?|began) (?:first|last|"
    r"earlier|later|sooner)\b"
)
LIMIT_WHEN = re.compile(
    r"^(?:(?:from|between) when (?:to|until|till|and) when|(?:until|till|since|by|from) when)\b",
    re.IGNORECASE,
)
"""A limit in time is asked for like any time."""
ALSO_WHEN = regex(r",? and (?:at )?(?:when|what time)$")
NOUN_OF = regex(rf"^(?:the )?{_NP} of (?:the|an?|his|her|its)\b")
_AT_START = (
    r"(?:^|[,.;:!?] (?:and |so |then )?)(?:(?:in|at|on|to|from|by|with|of|about|for|"
    r"under) )?"
)
_PAGE = (
    "sign|slide|screen|text|label|caption|title|subtitle|button|page|banner|display|clock|dialog|"
    "window|roles|menu|headline|heading|bullet|overlay|chart|graph|website|header|footer"
)
_SURFACE = (
    rf"{_PAGE}|board|dashboard|scoreboard|whiteboard|blackboard|card|poster|t-?shirt|jersey|shirt|cap|"
    r"sticker|badge|message|note|box|bag|bottle|can|cup|mug|jar|plate|logo|book|cover|letter|envelope|"
    r"email|tweet|post|billboard|packag\w+|table|form|list|map|ticket|receipt|invoice|bill|tag|plaque|"
    r"stamp|meter|gauge|dial|watch|counter|timer|thermometer|phone|tablet|monitor|terminal|editor|"
    r"newspaper|magazine|leaflet|flyer|brochure|notice|placard|graffiti|inscription|watermark"
)
SCREEN = regex(
    rf"\b(?:{_PAGE}|dashboard|tab|terminal|editor|timer|column|row|axis|legend|credits|list|words?|"
    rf"number|"
    r"digit|query|typed|written|underlined)s?\b"
)
IN_SUBTITLES = regex(
    r"\b(?:(?:according to|in|from|by) the )?(?:sub-?titles?|captions|transcript)\b"
)
SUBTITLES = regex(r"\b(?:sub-?titles?|captions?|transcript)\b")
_SPEECH = (
    "say|says|said|saying|spoken|spoke|speaks?|speaking (?:about|of)|talks? (?:about|of)|"
    "talking|talked|"
    "mention(?:s|ed)?|narrat\\w+|announc\\w+|explain(?:s|ed)?|lyrics?|sung|sings?|sang|heard|hear|"
    "discuss(?:es|ed)?|tells?|told|asks?|asked|asking|wonder(?:s|ed|ing)?|replie[sd]|voice-?over|"
    "claims?|argues?|shouts?|shouted|whispers?"
)
SPEECH = regex(rf"\b(?:{_SPEECH}|speaking|speaker|narrator|lecturer)\b")
SAYS = regex(rf"\b(?:{_SPEECH})\b")
_UNITS = (
    "seconds|minutes|hours|days|weeks|months|years|metres|meters|percent|dollars|euros|"
    "pounds|degrees|miles|kilometers|kilometres"
)
RULES = tuple(
    (asked, regex(pattern))
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
            rf"(?:what|which) time(?: (?:in|into|of) (?:the|this) \w+)?(?= (?:{AUX})\b)"
            rf"(?! (?:is|was) (?:it|shown|on|displayed)\b)|"
            r"how (?:many (?:seconds|minutes) (?:in|into|before|until)|(?:far|soon|early|"
            r"late)\b(?= in)|"
            r"long (?:in|into|before|until)|soon)\b|(?:since|until|from) when)",
        ),
        (Asked.WHAT, rf"{_AT_START}how many (?:{_UNITS})\b"),
        (
            Asked.COUNT,
            rf"{_AT_START}(?:how many|how often|count|(?:what|which) (?:total )?number of)\b|"
            rf"\bthe (?:total )?(?:number|count) of\b",
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
            r"(?:say|says|said|reads?|tells?|asks?)\b|"
            r"\b(?:written|typed|printed|spell|spells|spelled|spelt|labell?ed|underlined|"
            r"highlighted|inscribed|engraved)\b|\b(?:do|does|did) .{1,60} type\b|\breads?$|"
            r"\bdoes (?:it|that|this) say\b)|^what(?:'s| is)(?: \w+)? on (?:the )?screen$",
        ),
        (
            Asked.WRITTEN,
            rf"\b(?:what|which)\b.{{0,100}}?\b(?:said|stated|mentioned|claimed|promised)\b"
            rf".{{0,60}}? (?:on|in) (?:the|an?|this|that) (?:\w+ )?(?:{_PAGE})\b",
        ),
        (Asked.SAID, rf"\b(?:what|which|how)\b.{{0,200}}?\b(?:{_SPEECH})\b"),
        (
            Asked.WHAT,
            rf"{_AT_START}(?:what|what's|which|why|how|describe|name|list|"
            rf"summari[sz]e)\b",
        ),
        (Asked.WHEN, rf"\bwhen(?: (?:{AUX})\b|$)"),
        (Asked.WHERE, rf"\bwhere(?: (?:{AUX})\b|$)"),
        (Asked.COUNT, r"\bhow many\b"),
        (Asked.WHO, r"\bwho$"),
        (Asked.WHAT, r"\b(?:what|which)\b"),
    )
)
MEASURES = tuple(
    (target, regex(pattern))
    for target, pattern in (
        (
            "price",
            r"\bhow much (?:money\b|.{0,200}\bcosts?\b)|\bwhat (?:does|do|did) .{1,200} cost\b",
        ),
        ("place", r"\bwhere\b.{0,200}\b(?:take place|happen|set|filmed|recorded)$"),
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
        ("name", rf"\bwhat (?:{AUX}) .{{1,200}} (?:called|named)$"),
    )
)
MANNER = regex(r"^how\b")
IMPERATIVE = regex(r"^(?:name|list|describe|count|summari[sz]e)\b")
HOW = regex(r"\bhow \w+")
TARGETS = tuple(
    regex(pattern)
    for pattern in (
        rf"(?P<wh>\bhow many) {_NP}{_STOP}",
        rf"(?P<wh>\b(?:what|which) (?:kind|type|sort)s? of) {_NP}{_STOP}",
        rf"(?P<wh>\bwhich) {_NP}{_STOP}",
        rf"\bwhat (?P<np>{_N}(?: {_N}){{0,3}} and {_N})(?P<stop> (?:{AUX})\b)",
        rf"(?P<wh>\bwhat) {_NP}(?P<stop> (?:{AUX}|{SHOWN_VERBS})\b|$)",
        rf"(?P<wh>\bwhat) (?P<np>{_N}(?: {_N}){{1,5}}){_STOP}",
        rf"\b(?:number|count) of (?:the )?{_NP}",
        rf"(?P<is>\b(?:what|which|who)(?:'s| is| are| was| were)) (?:{DETERMINERS}) {_NP}",
        rf"^(?:name|list|count)(?: (?:all|{DETERMINERS}))* {_NP}",
        rf"^(?:the )?{_NP} of (?:the|an?|his|her|its)\b",
    )
)
OWNER = re.compile(r"^.*'s? ")
_ING_NOUNS = (
    "building|ceiling|painting|drawing|king|ring|thing|string|wing|meeting|heading|"
    "morning|evening|reading|meaning|setting|ranking|rating|warning|greeting|clothing|"
    "lettering|beginning|ending|opening|spring"
)
DOING = regex(
    rf"\b(?!(?:{_ING_NOUNS})\b)\w{{2,40}}ing(?: (?:on|in|at|to|with|for|through|"
    rf"from|about|up|down|towards?|over))?$"
)
STARTS = regex(
    r"\b(?:appear\w*|begin\w*|began|start\w*|enter\w*|arriv\w+|comes?|came|shows? up|fade[sd]? "
    r"in|opens?|"
    r"opened|cuts?|turns?|becomes?|chang\w+|switch\w*|first|pop[sp]?\w* up|introduced|"
    r"reach(?:es|ed)?)\b"
)
ENDS = regex(
    r"\b(?:disappear\w*|leaves?|leaving|ends?|ended|stop\w*|finish\w*|vanish\w*|exits?|gone|"
    r"goes away|go(?:es)? out|"
    r"fade[sd]? (?:out|away)|closes|closed|last seen|out of (?:the )?(?:picture|frame|view|"
    r"sight|shot|screen)|until when)\b|"
    r"\b(?:has|have|had)\b.{0,100}\bleft\b|\bleft$"
)
COMES_OR_GOES = regex(r"enter\w*|arriv\w+|reach\w*|leav\w+|left|exit\w*|vanish\w*")
"""Verbs that no row tells: rows tell what was there, not that it came."""
STATE = regex(
    r"\b(?:is|are|was|were)\b.{0,80}?\b(?:there|on|in)\b|\b(?:reads?|says?|shows?|displays?)\b"
)
"""What holds at a time, as opposed to what happens then."""
LABEL = re.compile(r"\b([a-z]\w{1,30}) ([A-HJ-Z])\b")
PROPER = re.compile(
    r"(?<![\w'-])(?:[A-Z][\w-]*[^\W_]|[a-z]{1,3}[A-Z]\w+)(?: (?:[A-Z][\w-]*[^\W_]|\d[\w.]*))*"
    r"|(?<![\w-])[#$€£]?\d[\w.,:/]*\b%?"
)
GLOBAL = regex(
    r"\b(?:about|summar\w+|overview|gist|plot|topic|subject|story|main (?:idea|point)|theme|"
    r"describe|"
    r"happen\w*|going on|takes? place|shown?|shows?|seen|visible|see|depict\w*)\b"
)
