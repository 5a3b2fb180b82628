"""The grammar of questions: the patterns by which `rules.py` takes them apart."""

from __future__ import annotations

import re
from functools import partial

from agents.ask.plan import Asked, Relation
from agents.text.stop_words import STOP_WORDS, listed

regex = partial(re.compile, flags=re.IGNORECASE)
MARK = "\ue000"  # stands for the first quoted phrase, the next characters for the next ones
MARKED = re.compile("[\ue000-\uf8ff]")
QUOTED = re.compile(
    r"\"\s*([^\"\s][^\"]{0,299})\"|(?<!\w)'\s*([^'\s](?:[^']|(?<=\w)'(?=\w)){0,299})'(?!\w)"
)
MEDIUM = frozenset(listed("video clip film movie recording footage"))
"""Names for the video itself: they tell nothing of what is in it."""
EMPTY = STOP_WORDS.union(MEDIUM, listed(
    "show shows shown appear appears come comes happen happens happened see seen visible"
))  # fmt: skip
"""Words that tell nothing: with them verbs that only say that something is there."""
WHOLE = frozenset(listed(
    "about summary summarise summarize overview gist plot topic story theme describe going main "
    "short brief whole entire happen happens happening contain contains talk lecture presentation"
))  # fmt: skip
"""Words of questions about all of a video; where only such words are left, one is asked."""
DETERMINERS = frozenset(listed("the a an his her its their this that these those"))
AUX = "is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|might|must"
YES_NO = regex(rf"^(?:{AUX})(?:n't)?\b")
_WH = "what|which|where|how|who"
_NAMES = listed("first second third fourth fifth sixth seventh eighth ninth tenth last final")
_PLACES = dict(zip(_NAMES, (*range(1, 11), -1, -1), strict=True))
ORDINALS = _PLACES | {"last but one": -2, "penultimate": -2}
_ORDINAL = "|".join(sorted(ORDINALS, key=len, reverse=True))
POSITION = regex(rf"\b(?P<n>{_ORDINAL}|\d{{1,3}}(?:st|nd|rd|th))\b(?! (?:of all|floor|century))")
_SPEAKS = (r"(?:sa(?:y|id)|talk|mention|ask|answer|repl[iy]|tell|told|explain|speak(?!er)|spoke|"
           r"claim|suggest|propose|think|thought|opinion|argue|call|promise|object)")  # fmt: skip
VOICE = re.compile(
    rf"\b(?i:(?:the )?(?P<n>other|{_ORDINAL}|\d+(?:st|nd|rd|th)) (?:speaker|voice|person (?:"
    rf"speaking|talking|to speak|who (?:speaks|talks))))\b(?='s\b|.{{1,300}}\b(?i:{_SPEAKS}))|"
    r"\b(?i:voice|speaker) (?P<letter>[A-HJ-Z]|[b-h]|\d)\b(?! (?:of|in)\b)"
)
"""A voice, by its letter or, where it says something, by the order in which voices first speak."""
COMPARES = regex(r"\b(?:first|earlier|sooner|(?P<later>last|later))\b")
REWRITTEN = (
    # what is polite, and what only says that something is looked for
    (regex(r"^(?:(?:please|hi|hello|hey|so|and)[ ,]+)*(?:(?:(?:can|could|would|will|do|you|please|"
           r"i|i'd|want|like|to) )*(?:(?:(?:tell|show|give)(?: me| us)|find(?: me)?|know|locate|"
           r"look for|(?:take me|jump|go|skip) to)\b[ ,:]*|(?=explain|describe|summari)))?"), ""),
    # a moment: the rest is when it is
    (regex(r"^(?:the )?(?:exact )?(?:moment|time|part|point|place|scene)s? "
           r"(?:(?:when|where|that|in which|at which|with|of)\b|(?=the |an? ))"), "when "),
    # of two events the first or the last
    (regex(rf"^(?:{AUX}) (?!there\b)(.{{1,300}}?) (?:(?:come|appear|happen|occur|shown|seen|start|"
           r"mentioned|said)\w{0,3} )?(?:(?:right |directly )?(?:before or after|before|after|"
           r"precede|follow)) (.{1,300})$"), r"which comes first: \1 or \2"),
    (regex(r"^((?:which|what|who)(?: one)?) of ([^,]{1,200}?) and "), r"\1: \2 or "),
)  # fmt: skip
"""Wordings, and plainer ones that ask the same."""
TYPES = (
    (Asked.YES_NO, YES_NO),
    (Asked.COUNT, regex(r"\bhow (?:many|often)\b(?! (?:second|minute|hour|day|week|year)s\b)|"
                        r"^(?:count|number of)\b|\b(?:what|which|the) (?:total )?(?:number|count) "
                        r"of\b")),
    (Asked.WHEN, regex(r"(?:^|[,;] |\b(?:at|in|by|from|until|to|and) )(?:when|(?:what|which) (?:"
                       r"time|moment|point|second|minute|timestamp|scene|shot|part))\b|\bhow (?:"
                       r"long|far|soon|late|early|many (?:seconds|minutes)) in(?:to)?\b|"
                       rf"\bwhen (?:{AUX})\b")),
    (Asked.ORDER, regex(r"\b(?:what|which) (?:order|sequence)\b|^(?:which|what|who)(?: one)? "
                        r"(?:comes?|came|appear\w*|happen\w*) (?:first|last)$")),
    (Asked.WHERE, regex(r"\bwhere\b|\b(?:which|what) (?:direction|side|place|room|location)\b")),
    (Asked.SAID, regex(r"\b(?:said|saying|spoken|speak(?:s|ing)?|talking|talks? about|tells?|told|"
                       r"asked|heard?|explain(?:s|ed)|(?:he|she|they|man|woman|people|speaker|"
                       r"narrator|voice|somebody|host|teacher)\b.{0,60}\b(?:say|ask|mention)s?)\b")),
    (Asked.WRITTEN, regex(r"\b(?:written|typed|printed|spell\w*|reads?|labell?ed|says?|on (?:the )?"
                          r"screen|(?:what|which) (?:\w+ )?(?:text|words?|title|head\w+))\b")),
    (Asked.WHAT, regex(rf"\b(?:{_WH}|what's|why|who\w{{1,3}}|describe|name|list|summari[sz]e)\b")),
)  # fmt: skip
"""The first that fits says what is asked."""
BOUNDARIES = (
    ("end", regex(r"\b(?:disappear|leav|left|end|stop|finish|vanish|exit|gone|go(?:es)? away|until "
                  r"when|last seen|out of (?:the )?(?:picture|frame|view|sight))\w*")),
    ("start", regex(r"\b(?:appear|beg[ia]n|start|enter|arriv|becom|chang|switch|first|introduced|"
                    r"reach|shows? up|(?:comes?|came|opens?|cuts?|turns?)\b)\w*")),
)  # fmt: skip
"""What tells that a question for a time is about an end, or a beginning."""
MEASURES = (
    ("price", regex(r"\bhow much\b.{0,200}\bcosts?\b|\bwhat do(?:es)? .{1,200} cost\b")),
    ("duration", regex(r"\bhow long\b|\bhow many (?:second|minute|hour|day|week|year)s\b")),
    ("reason", regex(r"\bwhy\b")),
    ("action", regex(r"\bwhat\b.{0,200}\bdoing\b|\bwhat (?:do|does|did) .{1,200} do$")),
    ("amount", regex(r"\bhow (?:much|far|fast|old|tall|high|heavy|big|large|hot|cold)\b")),
)
"""Types of answer that have no noun of their own in the question."""
NAMED = regex(r"\b(?:^(?:list|name)|(?:what|who)(?P<be>'s| is| are| was| were)|"
              r"(?:which|(?P<what>what))(?: (?:kind|type|sort)s? of)?) (?P<np>.+)")  # fmt: skip
COUNTED = regex(r"\b(?:how many|number of|^count) (?P<np>.+)")
"""What follows holds the noun that types the answer."""
OWNED = regex(r"^(?:the )?(?P<np>[\w'-]+(?: [\w'-]+){0,2})(?<!shot)(?<!view)(?<!close-up)"
              r"(?<!picture)(?<!photo)(?<!image) of\b")  # fmt: skip
"""In few words it stands first: "brand of the printer"; a picture of something is none."""
VERB = re.compile(r"(?:ing|ed|[^s']s)$")  # how a word ends that may be a verb: "sits", "changed"
PLURAL = re.compile(r"people|(?:wo)?men|children|.*[^s]s")

_SOON = "(?:(?:right|directly|immediately|just|shortly|straight|soon|next) )?"
_X = r"(?P<x>.{1,300}?)(?=[,;?!] | and (?:before|after)\b|$)"
_LEAD = rf"(?P<x>[^,;?]{{1,300}}?)(?:[,;] ?| (?=(?:{_WH}|{AUX})\b))"
_BESIDE = (
    (Relation.AFTER, rf"{_SOON}(?:after|as soon as|once(?= the\b)|following)"),
    (Relation.BEFORE, rf"{_SOON}(?:before|prior to|until|till)"),
    (Relation.WHILE, r"(?:(?:at|in|during) the (?:moment|scene|shot|part) (?:when|where|that)|"
                     r"while|whilst|during|(?:just )?as(?= (?:he|she|it|they|the)\b))"),
)  # fmt: skip
_OBJECT = r"^(?P<verb>(?:what|which)\b.{0,80}?)"
EVENTS = (
    (Relation.AFTER, regex(rf"{_OBJECT} follow(?:s|ed)? (?!by\b)(?P<x>.{{1,300}})$")),
    (Relation.BEFORE, regex(rf"{_OBJECT} (?:preced(?:es?|ed)|(?:{AUX}) followed by) (?P<x>.+)$")),
    (Relation.WHILE, regex(rf"^when(?! (?:{AUX})\b) (?P<x>[^,;?]+?)(?:, | (?=(?:{_WH})\b))")),
    *((relation, regex(rf"^{word} {_LEAD}")) for relation, word in _BESIDE),
    *((relation, regex(rf"(?<!\ba )(?<!ed )\b{word} {_X}")) for relation, word in _BESIDE),
    (Relation.WHILE, regex(rf"(?<=[^\s,;:.] )when(?! (?:{AUX}|to)\b) {_X}")),
)
"""Clauses that name an event, and how what is asked for lies to it."""
OR = regex(
    r"(?<!\S)(?P<list>(?:(?:the|an?) )?[^\s,;:]{1,60}(?: (?!or\b)[^\s,;:]{1,60}){0,9}(?:, "
    r"[^,;:]{1,60}){0,6},? or [^,;:]{1,100}?)(?=$|[,;]| (?:come|appear|happen|shown|first|last|"
    r"earlier|later|is|are|was)\w*\b)"
)
