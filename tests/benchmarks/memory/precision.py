"""PrecisionMemBench through the store: beliefs are notes, cases are questions about them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from memory.lance.store import LanceStore
from memory.organise.profiles import ALL_RULES, EVERYWHERE, Recalled, Rules, recall_profiles
from memory.organise.records import Profile
from memory.store import EncoderTag

UNIVERSAL = "user:universal"
"""What the set calls the scope of what holds everywhere."""
USER = "test-user"
"""Whose cases they are that name nobody."""


def passed(folder: Path, rules: Rules = ALL_RULES) -> tuple[int, int]:
    """How many cases pass, of how many."""
    with tempfile.TemporaryDirectory() as place:
        tag = EncoderTag("none", 8)
        book = LanceStore.open(str(Path(place) / "store"), text=tag, image=tag).notebook
        book.put([_profile(belief) for belief in _read(folder / "beliefs.seed.json")])
        cases = _read(folder / "retrieval.cases.json")
        held = {user: book.find(Profile, user) for user in {_user(case) for case in cases}}
    fine = [
        not failures(case["expect"], _recalled(case, held[_user(case)], rules)) for case in cases
    ]
    return sum(fine), len(fine)


def _recalled(case: dict[str, Any], held: Sequence[Profile], rules: Rules) -> Recalled:
    most = case.get("budget", {}).get("maxBeliefs")
    return recall_profiles(held, case["query"], case["scope"], most, rules)


def failures(expected: dict[str, Any], found: Recalled) -> list[str]:
    """Which assertions of a case do not hold."""
    groups = {
        "pinnedFacts": found.pinned,
        "relevantBeliefs": found.relevant,
        "openQuestions": found.questions,
    }
    wrong: list[str] = []
    for name, got in groups.items():
        wanted, ids = expected.get(name, {}), {profile.profile_id for profile in got}
        wrong += [f"{name} lacks {key}" for key in wanted.get("mustInclude", []) if key not in ids]
        wrong += [f"{name} has {key}" for key in wanted.get("mustExclude", []) if key in ids]
        if "shouldOnlyInclude" in wanted and ids != set(wanted["shouldOnlyInclude"]):
            wrong.append(f"{name} is {sorted(ids)}")
    prelude, said = expected.get("personaPrelude", {}), _said(found.always)
    wrong += ["the prelude is empty"] if prelude.get("nonEmpty") and not said else []
    wrong += ["there is a prelude"] if prelude.get("isNull") and said else []
    wrong += [word for word in prelude.get("contains", []) if word.lower() not in said]
    return wrong + [word for word in prelude.get("mustNotContain", []) if word.lower() in said]


def _said(profiles: Sequence[Profile]) -> str:
    return " ".join(profile.text for profile in profiles).lower()


def _user(case: dict[str, Any]) -> str:
    return case.get("userId") or USER


def _profile(belief: dict[str, Any]) -> Profile:
    scopes = tuple(EVERYWHERE if scope == UNIVERSAL else scope for scope in belief["scope"])
    return Profile(
        belief["_id"],
        belief["user_id"],
        "",
        belief["canonical_name"],
        tuple(belief["aliases"]),
        belief["type"],
        belief["content"],
        scopes,
        belief["epistemic_status"],
        belief["pinned"],
        belief["reinforcement_count"],
        belief["superseded_by"] or "",
        belief["resolved_at"] or "",
        belief["created_at"],
    )


def _read(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))
