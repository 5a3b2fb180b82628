"""The words by which the rule-based planner reads a question; constants only."""

from __future__ import annotations

import re

from agents.text.words import listed


def regex(pattern: str) -> re.Pattern[str]:
    """Compile a pattern that ignores case.

    Repeats over free text must be bounded, so that matching stays linear in the length.
    """
    return re.compile(pattern, re.IGNORECASE)


def _set(words: str) -> frozenset[str]:
    return frozenset(listed(words))


MARK = 0xE000
"""First of the private characters that stand for quoted strings while a question is read."""
MAX_PHRASES = 500
MARKS = "\ue000-\uf8ff"
MARKED = re.compile("[\ue000-\uf8ff]")

MEDIUM = _set("video videos clip film movie recording footage")
"""Words for the whole that is asked about; they find nothing."""

GENERIC = MEDIUM | _set(
    """one ones scene scenes screen on-screen onscreen picture pictures image images frame frames
    camera moment point show shows shown showing see sees seen saw visible display
    displays displayed appear appears appeared appearing disappear disappears disappeared
    happen happens happened happening occur occurs occurred begin begins began start
    starts started starting end ends ended ending stop stops stopped finish finishes
    finished stay stays remain remains place takes take come comes came coming going goes
    go gone look looks follow follows following followed time-stamp timestamp speaker
    narrator presenter voice say says said saying speak speaks spoken speaking talk talks
    talked talking mention mentions mentioned tell tells told written writing text texts
    word words describe called named mean means during after before while between order
    earlier later sooner according next find there's what's who's where's it's that's
    let's contain contains include includes read reads made give gives gave given carry
    carries carried kind kinds type types sort sorts"""
)
"""Words that every video question may use; they hint at kinds but do not find a moment."""

SHOWN = _set(
    """shown visible displayed seen appear appears appeared show shows screen happen happens
    happened occur occurs take takes place playing"""
)
"""What is said of any event; an anchor is found by its other words."""

QUOTING = _set(
    "slide page title heading headline text word words sign screen caption sentence line "
    "titled called named labelled labeled"
)
"""What a quotation stands on: beside its words these find nothing more."""

WRITTEN_NOUNS = _set(
    """total sum year point points text texts word words title titles heading headline caption
    captions subtitle subtitles label letter letters digit digits number numbers name
    names url website link address email price cost percentage percent date value score
    query message code command slide bullet bullets button menu formula equation phrase
    sentence line file filename version inscription lettering reading option brand make maker
    manufacturer time"""
)
"""Types of answer that stand on the screen."""

TIME_WORDS = _set("time second seconds minute minutes")
"""Words for a time, which a question after one need not find."""

TYPE_NOUNS = _set(
    """text texts word words letter letters digit digits number numbers animal animals colour
    colours color colors object objects person thing name names title kind type sort
    direction value inscription lettering"""
)
"""Types of answer that the evidence shows but does not name."""

ABSTRACT = _set(
    "price duration age distance speed height weight size temperature percentage amount"
)
"""Measures: they are said or written, not seen."""

GLOBAL_WORDS = _set(
    "summary summarise summarize overview gist plot topic subject story main idea theme describe "
    "content contents whole short brief general overall depict depicts depicted"
)

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

AUX = (
    "is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|may|might|must|"
    "isn't|aren't|wasn't|weren't|doesn't|don't|didn't|hasn't|haven't|can't|won't"
)

WH = "what|which|who|whom|whose|where|how|why"

SHOWN_VERBS = (
    "appears?|appeared|comes?|came|happens?|happened|occurs?|stays?|remains?|follows?|shows?|shown|"
    "seen|displayed|visible|mentioned|said|spoken|says|asked|written|used|starts?|begins?"
)

DETERMINERS = "the|an?|his|her|its|their|this|that|these|those|our|my|your"

FUNCTION_WORDS = (
    rf"{AUX}|{WH}|{SHOWN_VERBS}|{DETERMINERS}|of|on|in|at|to|from|with|by|for|about|"
    "behind|beside|between|under|over|above|below|near|next|into|through|inside|outside|against|past|off|up|down|out|"
    "and|or|but|if|that|he|she|it|they|we|you|i|there|when|while|after|before|during|as|not|"
    "so|then|do|like|around|along|across|towards?|without|upon|beneath|among|amid|opposite"
)

YES_NO = regex(rf"^(?:{AUX})(?=[ {MARKS}])")

COMPARES = regex(r"\b(?:first|earlier|sooner|last|later)\b")
