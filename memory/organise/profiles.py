"""Profiles: what is held about somebody or something, and which of it a question calls up.

Precision first: a profile is relevant when the question names it or one of its aliases, in a scope
of the question, and while it is in force; never because it is near in meaning. The rules are those
that PrecisionMemBench tests (scope, alias, type, fuzzy names, status, budget, relations).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from memory.organise.records import Profile, plain

EVERYWHERE = "*"
"""Scope of profiles that hold whatever is asked: they come with every answer."""
SUPERSEDED = "superseded"
QUESTION, RELATION = "open_question", "relation"

FUZZY_FROM = 4
"""Letters from which a word may be misspelt by one edit, after an equal two-letter beginning."""

Rules = frozenset[str]
ALL_RULES: Rules = frozenset(("scope", "alias", "sort", "fuzzy", "status", "budget", "relation"))
"""For ablations: a rule that is left out is not applied."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """Profiles that a question calls up, each in one list."""

    always: list[Profile] = field(default_factory=list[Profile])
    """Those that hold everywhere."""
    pinned: list[Profile] = field(default_factory=list[Profile])
    relevant: list[Profile] = field(default_factory=list[Profile])
    questions: list[Profile] = field(default_factory=list[Profile])
    """What is open in the scopes asked."""


def recall_profiles(
    profiles: Iterable[Profile],
    question: str,
    scopes: Sequence[str],
    most: int | None = None,
    rules: Rules = ALL_RULES,
) -> Recalled:
    """The profiles of a workspace that a question calls up, at most `most` pinned and relevant."""
    held = [one for one in profiles if _in_force(one, rules)]
    always = [one for one in held if EVERYWHERE in one.scopes]
    here = [one for one in held if _is_here(one, scopes, rules) and EVERYWHERE not in one.scopes]
    questions = [one for one in here if one.sort == QUESTION and "sort" in rules]
    rest = [one for one in here if one not in questions]
    pinned = [one for one in rest if one.pinned]
    words = plain(question).split()
    named = [one for one in rest if not one.pinned and is_named(one, words, rules)]
    if "relation" in rules:
        named += [one for one in _ends(named, rest) if one not in named and not one.pinned]
    pinned, named = (sorted(group, key=_first) for group in (pinned, named))
    if most is not None and "budget" in rules:
        pinned = pinned[:most]
        named = named[: most - len(pinned)]
    return Recalled(always, pinned, named, questions)


def is_named(profile: Profile, words: Sequence[str], rules: Rules = ALL_RULES) -> bool:
    """Whether words name a profile: its name or an alias stands among them, perhaps misspelt."""
    return any(_stands(name.split(), words, "fuzzy" in rules) for name in _names(profile, rules))


def alike(one: str, other: str) -> bool:
    """Whether two plain words may be one: equal, or an edit apart after two equal letters."""
    if one == other:
        return True
    if min(len(one), len(other)) < FUZZY_FROM or one[:2] != other[:2]:
        return False
    if any(c.isdigit() for c in one + other):
        return False
    from rapidfuzz.distance import OSA

    return OSA.distance(one, other, score_cutoff=1) <= 1


def _names(profile: Profile, rules: Rules) -> list[str]:
    given = (profile.name, *profile.aliases) if "alias" in rules else (profile.name,)
    return [plain(re.sub(r"[_\W]+", " ", name)) for name in given]


def _stands(name: Sequence[str], words: Sequence[str], fuzzy: bool) -> bool:
    same = alike if fuzzy else str.__eq__
    starts = range(len(words) - len(name) + 1)
    return any(all(map(same, name, words[at : at + len(name)])) for at in starts)


def _in_force(profile: Profile, rules: Rules) -> bool:
    gone = profile.status == SUPERSEDED or profile.superseded_by or profile.resolved_at
    return not gone or "status" not in rules


def _is_here(profile: Profile, scopes: Sequence[str], rules: Rules) -> bool:
    return "scope" not in rules or not set(scopes).isdisjoint(profile.scopes)


def _ends(named: Sequence[Profile], rest: Sequence[Profile]) -> list[Profile]:
    """What the relations among them relate: the profiles that their names name."""
    relations = [plain(one.name.replace("_", " ")).split() for one in named if one.sort == RELATION]
    others = [one for one in rest if one.sort != RELATION]
    return [one for one in others if any(is_named(one, words) for words in relations)]


def _first(profile: Profile) -> tuple[int, str, str]:
    """The most used in front, then the oldest."""
    return -profile.uses, profile.created_at, profile.profile_id
