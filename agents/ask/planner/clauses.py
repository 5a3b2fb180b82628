"""Taking a question apart: quotations, courtesy, times, events and alternatives come out of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.ask.plan import Anchor, Asked, Relation
from agents.ask.planner import vocabulary as v
from agents.ask.planner.times import find_time, unread_time
from agents.ask.planner.vocabulary import AUX, DETERMINERS, MARKS, WH, regex
from agents.text.words import STOP_WORDS, words

_MARKED_OR_NOT = re.compile("[\ue000-\uf8ff]|[^\ue000-\uf8ff]+")
_QUOTED = re.compile(r"\"([^\"]{1,300})\"|(?<!\w)'((?:[^']|(?<=\w)'(?=\w)){1,300})'(?!\w)")
_COURTESY = regex(
    r"^(?:(?:hi|hello|hey|ok|okay|so|and|now|well)[ ,]+)?(?:(?:please|kindly)[ ,]+)?"
    r"(?:(?:can|could|would|will) you (?:please |kindly )?(?=(?:tell|show|find|give|explain|"
    r"describe|summar|list|name|count|"
    r"identify|locate|let)\w*\b)|do you know |"
    r"i(?:'d| would)? (?:want|like|need) to (?:know|see) |i wonder )?"
    r"(?:(?:please )?(?:tell (?:me|us)|let me know|explain|work out|find out|identify|determine)\b"
    r"(?: please)?[ ,:]*)?"
)
_PART_OF = "moment|time|timestamp|part|scene|point|place|spot|second|section|minute|shot|frame|bit"
_MOMENT = regex(
    r"(?:(?:(?:find|show|locate|get|give|return|search for|look for)(?: (?:me|us))? (?:the |a |"
    r"any )?"
    rf"(?:exact )?(?:{_PART_OF})s?\b|(?:the )?(?:{_PART_OF}) (?=when|where|in which|at which)|"
    r"the (?:exact )?moment(?= ))"
    r"(?: (?:when|where|that|in which|at which|with|of|showing|at|in the \w+ when))?"
    r"|(?:jump|go|skip|seek|take (?:me|us)) to(?: (?:where|when|the (?:moment|part|point|scene)"
    r"(?: (?:when|where|that))?))?) ?\b"
)
_SHOW = regex(
    r"(?:(?:show|give) (?:me|us)|find|locate|(?:i am |i'm )?(?:search|look)(?:ing)? for|display)"
    r"(?: all)?(?: of)?\b ?"
)
_READ_OUT = regex(r"read (?:out |aloud |me )?(?:what is (?:written )?on )?(?=(?:the|this|that)\b)")
_BEFORE_AFTER = "before or after|after or before|before|after|earlier than|sooner than|later than"
_DOES_PRECEDE = regex(
    r"^(?:does|do|did|is|are|was|were|has|have) (?!there\b)(?P<a>.{1,300}?) "
    r"(?:(?:come|appear|happen|occur|shown|seen|displayed|start|begin|enter|arrive|mentioned|said|"
    r"introduced|take place|play|visible)\w{0,3} (?:up |on (?:the )?screen )?|"
    r"(?=precede|follow|before or|after or|earlier than|later than))"
    rf"(?P<relation>(?:(?:right|directly|immediately|shortly|just) )?(?:{_BEFORE_AFTER}|"
    rf"precede|follow))"
    r" (?P<b>.{1,300})$"
)
_BEFORE_OR_AFTER = regex(r"before or after|after or before")
_IS_AFTER = regex(r"after|later|follow")
_X = (
    rf"(?P<x>.{{1,300}}?)(?=[,;?!] (?:and |but )?(?:{WH}|when)\b|[;?!]|\. |$| (?:and|but) "
    rf"(?:before|after)\b)"
)
_LEAD_X = rf"(?P<x>[^,;?]{{1,300}}?)(?:[,;] ?| (?=(?:what|which|where|how|{AUX})\b))"
_HOW_SOON = "(?:(?:right|directly|immediately|just|shortly|straight|soon|next|only|even|and) )?"
_THING = rf"(?= (?:{DETERMINERS}|he|she|it|they|[{MARKS}]))"
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
_EVENTS = tuple(
    (relation, regex(pattern))
    for relation, pattern in (
        (Relation.AFTER, rf"^(?P<verb>what )(?:{AUX}) (?P<x>.{{1,300}}?) followed by$"),
        (Relation.BEFORE, rf"{_BEFORE_WORD}(?:{AUX}) followed by (?P<x>.{{1,300}})$"),
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
            rf"^when (?!(?:{AUX})\b)(?P<x>[^,;?]{{1,300}}?)(?:, | (?=(?:what|"
            rf"which|where|how)\b))",
        ),
        (Relation.AFTER, rf"\b{_AFTER_KEY} {_X}"),
        (Relation.BEFORE, rf"\b{_BEFORE_KEY} {_X}"),
        (Relation.WHILE, rf"\b{_WHILE_KEY} {_X}"),
        (Relation.WHILE, rf"(?<=[^\s,;:.] )(?<!and )when (?!(?:{AUX})\b){_X}"),
    )
)
_SPATIAL = regex(
    r"\b(?:who|where|stands?|standing|sits?|sitting|lies|lying|located|placed|distance|difference|"
    r"gap|relation\w*|(?:is|are|was|were) (?:in )?between)\b"
)
_W = rf"(?!(?:the|an?|or|first|last|earlier|later|sooner)\b)[\w{MARKS}][\w'-]{{0,60}}"
_ITEM = rf"(?:the|an?) (?:{_W} ){{0,3}}?{_W}"
_TAIL = (
    r"(?=$| (?:come|appear|happen|shown|is|are|was|were|that|first|last|start|arrive|of|"
    r"enter)\w{0,2}\b)"
)
_LISTED = regex(
    rf"[,:;] (?!(?:{AUX}|{WH})\b)(?P<list>(?:[^,;:]{{1,200}}, ){{0,8}}[^,;:]{{1,200}},? or "
    rf"[^,;:]{{1,200}})$"
)
_EITHER = (
    regex(rf"\b(?P<list>{_ITEM}(?:, {_ITEM}){{0,6}},? or {_ITEM}){_TAIL}"),
    regex(rf"(?P<list>(?<![\w'-]){_W}(?:, {_W}){{0,6}},? or {_W}(?: {_W}){{0,3}}?){_TAIL}"),
)
_OF_BOTH = regex(
    rf"^(?:which|what|who)(?: one)? of (?P<list>[^,]{{1,200}}? and [^,]{{1,200}}?)"
    rf"(?= (?:is |are |was |were )?(?:{v.SHOWN_VERBS}|first|last|earlier|later)\b)"
)
_LIST_GAP = regex(r",? or |, (?:and )?|,? and (?=.{0,200} or )")


@dataclass(slots=True)
class Reading:
    """A question while it is being read; `text` shrinks as its parts are understood."""

    question: str
    text: str
    choices: tuple[str, ...]
    phrases: list[str] = field(default_factory=list[str])
    anchor: Anchor | None = None
    asked: Asked = Asked.KEYWORDS
    target: str = ""
    position: int | None = None
    boundary: str = ""
    notes: list[str] = field(default_factory=list[str])


def take_phrases(reading: Reading) -> None:
    """Put one private character in the place of each quoted string."""

    def mark(match: re.Match[str]) -> str:
        phrase = (match[1] or match[2]).strip()
        if not phrase:
            return " "
        reading.phrases.append(phrase)
        return chr(v.MARK + len(reading.phrases) - 1)

    reading.text = _QUOTED.sub(mark, reading.text, count=v.MAX_PHRASES)


def unmarked(reading: Reading, text: str) -> str:
    """`text` with its quoted strings back in place."""
    return v.MARKED.sub(lambda match: reading.phrases[ord(match[0]) - v.MARK], text)


def take_courtesy(reading: Reading) -> None:
    """Drop "please tell me"; "find the moment" is a when-question."""
    text = _COURTESY.sub("", reading.text)
    if match := _MOMENT.match(text):
        text = f"when {text[match.end() :]}"
    elif match := _READ_OUT.match(text):
        text = f"what is written on {text[match.end() :]}"
    elif match := _SHOW.match(text):
        text = text[match.end() :]
    reading.text = text.strip()


def take_order(reading: Reading) -> None:
    """Read "does A come before B" as a comparison of two events."""
    match = _DOES_PRECEDE.match(reading.text)
    if match is None or find_time(f"{match['relation']} {match['b']}"):
        return
    first, second = (_bare(unmarked(reading, match[side])) for side in ("a", "b"))
    reading.asked, reading.choices = Asked.ORDER, reading.choices or (first, second)
    reading.text = match["a"]
    if _BEFORE_OR_AFTER.search(match["relation"]):
        reading.position = 1
        return
    relation = Relation.AFTER if _IS_AFTER.search(match["relation"]) else Relation.BEFORE
    reading.anchor = Anchor(relation, _event_words(reading, match["b"]))


def take_time(reading: Reading) -> None:
    """Take the time that the question names, if any."""
    reading.text, unread = unread_time(reading.text)
    if unread:
        reading.notes.append(f"'{unread}' is not used: it names no time that is known beforehand")
    found = find_time(reading.text)
    if found is None:
        return
    reading.text = " ".join(found.rest.split())
    text = reading.anchor.text if reading.anchor else ""
    reading.anchor = Anchor(found.relation, text, found.span, from_end=found.from_end)
    if find_time(found.rest):
        reading.notes.append("only the first of several times is used")


def take_event(reading: Reading) -> None:
    """Take the event that a clause with "after", "before", "while", "when" or "between" names."""
    if reading.asked is Asked.ORDER:
        return
    for relation, pattern in _EVENTS:
        if relation is Relation.BETWEEN and _SPATIAL.search(reading.text):
            continue
        match = pattern.search(reading.text)
        text = _event_words(reading, match["x"]) if match else ""
        if match is None or not text:
            continue
        rest = f"{reading.text[: match.start()]} {match.groupdict().get('verb') or ''} "
        reading.text = (rest + reading.text[match.end() :]).strip(" ,;")
        until = _event_words(reading, match.groupdict().get("y") or "")
        _add_event(reading, relation, text, until)


def _add_event(reading: Reading, relation: Relation, text: str, until: str) -> None:
    """Join an event with the time or event found before it."""
    known = reading.anchor
    if known is None:
        reading.anchor = Anchor(relation, text, until=until)
    elif not known.text:
        kept = relation if known.relation is Relation.AT else known.relation
        reading.anchor = Anchor(kept, text, known.span, until, known.from_end)
    elif {known.relation, relation} == {Relation.AFTER, Relation.BEFORE}:
        ends = (known.text, text) if known.relation is Relation.AFTER else (text, known.text)
        reading.anchor = Anchor(Relation.BETWEEN, ends[0], known.span, ends[1], known.from_end)
    else:
        reading.notes.append(f"'{relation} {text}' is not used: one event at a time")


def _event_words(reading: Reading, text: str) -> str:
    """The telling words of an event, quoted ones verbatim; empty for "the video"."""
    found: list[str] = []
    for piece in _MARKED_OR_NOT.findall(text):
        found += [unmarked(reading, piece)] if v.MARKED.match(piece) else words(piece)
    content = [word for word in found if word not in STOP_WORDS]
    quotes = bool(v.MARKED.search(text))
    telling = [w for w in content if w not in v.SHOWN and not (quotes and w in v.QUOTING)]
    is_whole = set(content) <= v.MEDIUM and not quotes
    return "" if is_whole else " ".join(telling or content or found)


def take_choices(reading: Reading) -> None:
    """Alternatives in the question itself: "which comes first, A or B", "is it red or blue"."""
    if _take_both(reading):
        return
    text = reading.text
    is_choice = v.YES_NO.match(text) or v.COMPARES.search(text)
    patterns = (_LISTED, *_EITHER) if is_choice else (_LISTED,)
    matches = [found for pattern in patterns if (found := pattern.search(text))]
    if not matches:
        return
    match = min(matches, key=lambda found: found.start())
    parts = _LIST_GAP.split(match["list"])
    found = _alternatives(reading, parts)
    if len(found) > 1:
        reading.choices = reading.choices or found
        reading.text = f"{text[: match.start()]} {text[match.end() :]}"


def _take_both(reading: Reading) -> bool:
    """Alternatives that are all named before what is asked of them: "which of A and B is first"."""
    match = _OF_BOTH.match(reading.text)
    if match is None or not v.COMPARES.search(reading.text):
        return False
    parts = re.split(r",? and |, ", match["list"])
    reading.choices = reading.choices or _alternatives(reading, parts)
    reading.text = f"which {reading.text[match.end() :].strip()}"
    return True


def _alternatives(reading: Reading, parts: Sequence[str]) -> tuple[str, ...]:
    return tuple(_bare(unmarked(reading, part)) for part in parts if part.strip())


def _bare(text: str) -> str:
    return re.sub(r"^(?:the|an?|either) ", "", text.strip(" ,"), flags=re.IGNORECASE)
