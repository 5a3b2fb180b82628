"""The planner that needs no model: rules that turn an English question into a `Plan`.

The question goes through one pipeline, in this order: normalise, take out quoted phrases, the
time, the anchoring event; see what is asked, of what type the answer is, which position and
boundary it names; keep the content words that remain; choose kinds and level to start from.
Each step takes its own words away, so that a later one cannot read them twice.
"""

from __future__ import annotations

import re
from dataclasses import replace

from agents.ask.plan import Asked, Plan, Relation
from agents.ask.planner import patterns as p
from agents.ask.planner import vocabulary as v
from agents.ask.planner.clauses import (
    Reading,
    take_choices,
    take_courtesy,
    take_event,
    take_order,
    take_phrases,
    take_time,
    unmarked,
)
from agents.text.words import NUMBER_WORDS, STOP_WORDS, normalised, words
from memory.records import Kind, Level

DESCRIPTIONS = tuple(kind for kind in Kind if kind.is_description)
VERBATIM = tuple(kind for kind in Kind if kind.is_verbatim)
"""What is said before what is written."""
PICTURES = tuple(kind for kind in Kind if kind.is_picture)
THINGS = tuple(kind for kind in Kind if kind.is_thing and not kind.is_picture)


def plan(question: str, *, choices: tuple[str, ...] = ()) -> Plan:
    """Understand an English question about video, without a model.

    Args:
        question: any text; what is not understood is searched as plain words.
        choices: the options of a multiple-choice question, in their order.

    Returns:
        The plan. Its `terms` hold the target's words too, unless the target is a bare type
        ("animal", "text", "number"). An instant is a span of one microsecond. For "does A come
        before B" the choices are A and B and the anchor says `before` B.
    """
    text = p.LIMIT_WHEN.sub("at what time", normalised(question).strip(" ?!.,;:"))
    reading = Reading(question, text, choices)
    take_phrases(reading)
    take_courtesy(reading)
    take_order(reading)
    take_time(reading)
    take_event(reading)
    take_choices(reading)
    _classify(reading, has_options=bool(choices))
    _settle_time(reading)
    _find_target(reading)
    _find_position(reading)
    terms = _terms(reading)
    _widen_if_global(reading, terms)
    return Plan(
        question=question,
        asked=reading.asked,
        terms=terms,
        phrases=tuple(reading.phrases),
        names=_names(reading),
        target=reading.target,
        anchor=reading.anchor,
        position=reading.position,
        boundary=reading.boundary,
        choices=reading.choices,
        kinds=_kinds(reading),
        level=_level(reading),
        notes=tuple(reading.notes),
    )


# --- what is asked -----------------------------------------------------------------------------


def _classify(reading: Reading, *, has_options: bool) -> None:
    """Set `asked` by the first rule that fits, from the most to the least specific."""
    text = reading.text
    if reading.asked is Asked.ORDER:
        return
    if p.ALSO_WHEN.search(text):
        reading.notes.append("it also asks when: the evidence's time is the answer to that")
        reading.text = text = p.ALSO_WHEN.sub("", text)
    from_question = reading.choices and not has_options
    if (v.COMPARES.search(text) and from_question) or p.BARE_COMPARISON.match(text):
        reading.asked = Asked.ORDER
        return
    if v.YES_NO.match(text):
        reading.asked = Asked.WHAT if len(reading.choices) > 1 else Asked.YES_NO
        return
    for asked, pattern in p.RULES:
        if pattern.search(text):
            reading.asked = asked
            return
    if reading.choices or ("?" in reading.question and p.NOUN_OF.search(text)):
        reading.asked = Asked.WHAT


def _settle_time(reading: Reading) -> None:
    """What is there "after 5 seconds" is there at 5 seconds; what comes then comes after them."""
    anchor = reading.anchor
    passed = anchor is not None and anchor.relation is Relation.AFTER and anchor.span is not None
    if anchor and passed and not (anchor.text or anchor.from_end) and p.STATE.search(reading.text):
        reading.anchor = replace(anchor, relation=Relation.AT)


def _find_target(reading: Reading) -> None:
    """Find the noun that types the answer, and for when-questions the boundary."""
    text = reading.text
    if reading.asked is Asked.WHEN:
        ends = p.ENDS.search(text)
        reading.boundary = "end" if ends else "start" if p.STARTS.search(text) else ""
        return
    if reading.asked in (Asked.YES_NO, Asked.KEYWORDS):
        return
    for target, pattern in p.MEASURES:
        if pattern.search(text):
            reading.target = target
            return
    match = next((m for pattern in p.TARGETS if (m := pattern.search(text))), None)
    if match is not None and match.groupdict().get("np"):
        reading.target = _head(match["np"], text, match)
    if reading.asked in (Asked.WHAT, Asked.WHO) and _is_written_noun(reading.target):
        reading.asked = Asked.WRITTEN


def _head(phrase: str, text: str, match: re.Match[str]) -> str:
    """The noun at the head of a noun phrase: without owner, names, ordinals and verb."""
    found = [word for word in re.split(r" |'s? ", p.OWNER.sub("", phrase)) if word]
    plain = [word for word in found if not word[0].isupper()] or found
    counted = NUMBER_WORDS | v.ORDINALS.keys()
    found = [word.lower() for word in plain if word.lower() not in counted]
    if match.groupdict().get("wh") and _ends_in_verb(found, match):
        found = found[:-1]  # "which animal sits on": what stands before no auxiliary is the verb
    is_object = bool(match.groupdict().get("is")) and bool(found)
    if is_object and (p.DOING.search(text) or p.DOING.search(found[-1])):
        return ""  # "what is the man riding": the man is not the answer
    return "" if set(found) <= v.MEDIUM else " ".join(found)


def _ends_in_verb(found: list[str], match: re.Match[str]) -> bool:
    """Whether the last word is a verb: "which animal sits on", "what changes"."""
    if match["stop"] is None:
        return len(found) > 1
    if match["stop"] or match["wh"].lower() == "how many" or not found:
        return False
    is_noun = found[-1] in v.WRITTEN_NOUNS or (len(found) == 1 and match["wh"].lower() != "what")
    return not is_noun and found[-1].endswith(("s", "ed"))


def _is_written_noun(target: str) -> bool:
    return bool(target) and target.split()[-1] in v.WRITTEN_NOUNS


def _find_position(reading: Reading) -> None:
    if reading.asked is Asked.ORDER and reading.position is None:
        earlier, later = p.EARLIER.search(reading.text), p.LATER.search(reading.text)
        reading.position = 1 if earlier else -1 if later else None
    if match := p.POSITION.search(reading.text):
        reading.position = v.ORDINALS[match[0].lower().replace("-", " ")]
        reading.text = f"{reading.text[: match.start()]} {reading.text[match.end() :]}"


# --- what remains ------------------------------------------------------------------------------


def _terms(reading: Reading) -> tuple[str, ...]:
    """Content words of what remains; a letter label stays with its noun ("job a")."""
    text = p.IN_SUBTITLES.sub(" ", p.HOW.sub(" ", p.IMPERATIVE.sub(" ", reading.text)))
    if not _is_title_case(reading.question):
        text = p.LABEL.sub(lambda match: f"{match[1]}_{match[2]}", text)
    dropped = STOP_WORDS | v.GENERIC
    type_word = reading.target.split()[-1:] if reading.asked is not Asked.COUNT else []
    dropped |= v.TIME_WORDS if reading.asked is Asked.WHEN else set(type_word) & v.TYPE_NOUNS
    labels = re.split(r"(\w+_[A-Z]\b)", unmarked(reading, text))
    found: list[str] = []
    for piece in labels:
        is_label = re.fullmatch(r"\w+_[A-Z]", piece)
        found += [piece.replace("_", " ").lower()] if is_label else words(piece)
    return tuple(dict.fromkeys(word for word in found if word not in dropped))


def _is_title_case(question: str) -> bool:
    """Whether capitals say nothing here: all words, or all but small ones, have them."""
    found = [word for word in re.findall(r"[^\W\d_]+", question) if word.lower() not in STOP_WORDS]
    return len(found) > 1 and all(word[0].isupper() for word in found)


def _names(reading: Reading) -> tuple[str, ...]:
    """Numbers in digits and proper names of what is asked, as written."""
    title_case = _is_title_case(v.MARKED.sub("", reading.text))
    opening = normalised(reading.question).split(" ", 1)[0]
    found: list[str] = []
    for match in p.PROPER.finditer(v.MARKED.sub(" ", reading.text)):
        parts = match.group().split(" ")
        starts = match.start() == 0 or reading.text[: match.start()].rstrip()[-1:] in ".!?:"
        if parts[0].lower() in STOP_WORDS or (starts and parts[0] == opening and len(parts) == 1):
            parts = parts[1:]
        name = " ".join(parts).removesuffix("'s").lstrip("#")
        if name and (name[0].isdigit() or not title_case or not name[0].isalpha()):
            found.append(name)
    return tuple(dict.fromkeys(found))


def _widen_if_global(reading: Reading, terms: tuple[str, ...]) -> None:
    """A question about the whole video asks for its summary."""
    bound = (
        reading.notes
        or reading.anchor
        or reading.phrases
        or reading.choices
        or reading.position is not None
    )
    asks_what = reading.asked in (Asked.WHAT, Asked.KEYWORDS)
    if bound or not asks_what or not set(terms) <= v.GLOBAL_WORDS:
        return
    if p.GLOBAL.search(reading.question) and set(reading.target.split()) <= v.GLOBAL_WORDS:
        reading.asked, reading.target = Asked.WHAT, "summary"


def _kinds(reading: Reading) -> tuple[Kind, ...]:
    """Kinds of memory that hold such an answer, best first; empty where any may."""
    is_written = reading.asked is Asked.WRITTEN or bool(p.SCREEN.search(reading.text))
    is_said = reading.asked is Asked.SAID or bool(p.SAYS.search(reading.text))
    if reading.target == "summary":
        return Kind.SUMMARY, Kind.CAPTION, *VERBATIM
    if is_said and reading.asked is not Asked.WRITTEN:
        return VERBATIM
    if p.SUBTITLES.search(reading.question):
        return VERBATIM[::-1] if reading.asked is Asked.WRITTEN else VERBATIM
    if is_written or (reading.phrases and reading.asked is not Asked.WHAT):
        return Kind.SCREEN_TEXT, Kind.CAPTION, *PICTURES
    if p.SPEECH.search(reading.text):
        return VERBATIM
    if reading.target in v.ABSTRACT:
        return VERBATIM[::-1]
    if reading.target == "reason":
        return Kind.SPEECH, *DESCRIPTIONS
    is_seen = reading.asked in (Asked.WHAT, Asked.WHERE) and not p.MANNER.match(reading.text)
    return (*THINGS, Kind.CAPTION, *PICTURES) if is_seen else ()


def _level(reading: Reading) -> Level:
    """A frame for an instant, a shot for a stretch of time, the video for a summary."""
    if reading.target == "summary":
        return Level.VIDEO
    if reading.anchor is None or reading.anchor.span is None:
        return Level.SCENE
    span = reading.anchor.span
    is_instant = span.length <= 1 and reading.anchor.relation is Relation.AT
    return Level.FRAME if is_instant else Level.SHOT
