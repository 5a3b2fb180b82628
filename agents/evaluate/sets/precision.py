"""`precisionmembench`: which notes a question calls up, through the store, and which not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from agents.errors import UsageError
from agents.evaluate.cases import OURS, Ask, Bench, Case, Evaluation, Told, Unit, Ways
from agents.evaluate.parts import NONE, Off, rules_without
from agents.evaluate.searching import BM25, VECTORS, Search, searches
from agents.evaluate.transcripts import Session, Transcript, place_of, remember_all, spoken
from agents.runtime import Runtime
from memory.organise.profiles import (
    ALL_RULES,
    EVERYWHERE,
    QUESTION,
    Recalled,
    recall_profiles,
)
from memory.organise.records import Profile

BELIEFS, CASES, DRIFT = (
    "beliefs.seed.json",
    "retrieval.cases.json",
    "session-retrieval.cases.json",
)
UNIVERSAL = "user:universal"
"""What the set calls the scope of what holds everywhere."""
USER = "test-user"
"""Whose cases they are that name nobody."""
EVERYTHING = "all notes"
MOST = 5
"""Notes that plain search calls up where a case names no budget."""
MEASURES = {
    "passed": "all that the case asserts holds",
    "precision": "share of the relevant notes that were called up that is right (none for none: 1)",
}

Belief = Mapping[str, Any]


def load(data: Path | None) -> Iterable[Unit[Belief]]:
    """One unit: the beliefs of all users, and the cases.

    Raises:
        UsageError: no folder is given, or it lacks a file.
    """
    hint = f"the folder with {BELIEFS} and {CASES} (github.com/tenurehq/precisionMemBench)"
    if data is None:
        raise UsageError("precisionmembench needs its data", f"give it with --data: {hint}")
    for name in (BELIEFS, CASES):
        if not (data / name).is_file():
            raise UsageError(f"{data / name} is missing", f"give {hint}")
    beliefs, cases = (_read(data / name) for name in (BELIEFS, CASES))
    asked = [*cases, *(_turns(data / DRIFT) if (data / DRIFT).is_file() else ())]
    return [_unit([profile_of(belief) for belief in beliefs], asked)]


def _turns(path: Path) -> Iterable[Belief]:
    """Turns of sessions that drift away from their topic and come back, each as a case."""
    for session in _read(path):
        for turn in session["turns"]:
            key = f"{session['caseId']}/{turn['turnIndex']}"
            expect = {k: v for k, v in turn["expect"].items() if k != "topicRetrieval"}
            if expect:
                yield {"caseId": key, "category": "Session drift", "scope": turn["scope"],
                       "query": turn["userMessage"], "expect": expect}  # fmt: skip


def _unit(beliefs: Sequence[Profile], asked: Sequence[Belief]) -> Unit[Belief]:
    users = sorted({belief.tenant for belief in beliefs})

    def build(runtime: Runtime) -> None:
        runtime.store.notebook.put(beliefs)
        for user in users:
            texts = tuple(_text(one) for one in beliefs if one.tenant == user)
            own = replace(runtime, spec=replace(runtime.spec, tenant=user))
            remember_all(own, [Transcript("notes", (Session("notes", texts),))])

    def open_(bench: Bench, off: Off) -> Ways[Belief]:
        runtime = bench.prepared("notes", NONE, build)
        held = {user: runtime.store.notebook.find(Profile, user) for user in users}
        told = {user: [one for one in beliefs if one.tenant == user] for user in users}
        found = searches(runtime, NONE)
        plainly = {way: _by_search(found[way], told) for way in (BM25, VECTORS)}
        return {OURS: _ours(held, off), **plainly, EVERYTHING: _everything(told)}

    cases = tuple(Case(str(case["caseId"]), str(case["category"]), case) for case in asked)
    return Unit("notes", cases, open_)


def _ours(held: Mapping[str, Sequence[Profile]], off: Off) -> Ask[Belief]:
    def ask(case: Case[Belief]) -> Told:
        asked = case.item
        own = held.get(user_of(asked), ())
        found = recall_profiles(
            own, asked["query"], asked["scope"], _budget(asked), rules_without(off)
        )
        return scored(asked["expect"], found)

    return ask


def _by_search(search: Search, told: Mapping[str, Sequence[Profile]]) -> Ask[Belief]:
    """The notes nearest to the question, as many as fit, each in the list of its sort."""

    def ask(case: Case[Belief]) -> Told:
        asked, user = case.item, user_of(case.item)
        own = told.get(user, ())
        rows = search(asked["query"], spoken(user))[: _budget(asked) or MOST] if own else []
        return scored(asked["expect"], sorted_out([own[place_of(row)] for row in rows]))

    return ask


def _everything(told: Mapping[str, Sequence[Profile]]) -> Ask[Belief]:
    def ask(case: Case[Belief]) -> Told:
        return scored(case.item["expect"], sorted_out(told.get(user_of(case.item), ())))

    return ask


def sorted_out(notes: Sequence[Profile]) -> Recalled:
    """Notes in the lists that they say they belong to."""
    always = [one for one in notes if EVERYWHERE in one.scopes]
    rest = [one for one in notes if one not in always]
    questions = [one for one in rest if one.sort == QUESTION]
    pinned = [one for one in rest if one.pinned and one not in questions]
    relevant = [one for one in rest if one not in questions and one not in pinned]
    return Recalled(always, pinned, relevant, questions)


def scored(expected: Mapping[str, Any], found: Recalled) -> Told:
    """Whether a case passes, and the precision of what is relevant."""
    ids = [note.profile_id for note in found.relevant]
    scores = {"passed": float(not failures(expected, found))}
    wanted = expected.get("relevantBeliefs", {}).get("shouldOnlyInclude")
    if wanted is not None:
        right = len(set(ids) & set(wanted))
        scores["precision"] = right / len(ids) if ids else float(not wanted)
    return Told(scores, tuple(ids))


def failures(expected: Mapping[str, Any], found: Recalled) -> list[str]:
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


def user_of(case: Belief) -> str:
    """Whose notes a case asks for."""
    return case.get("userId") or USER


def _budget(case: Belief) -> int | None:
    return case.get("budget", {}).get("maxBeliefs")


def _text(note: Profile) -> str:
    return f"{note.name.replace('_', ' ')} ({', '.join(note.aliases)}): {note.text}"


def profile_of(belief: Belief) -> Profile:
    """A belief of the set as a note."""
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
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}", "give the file as published") from error


PRECISION = Evaluation(
    "precisionmembench",
    "Notes about a user, and which of them a question calls up: every assertion of a case must "
    "hold. The rules were written after reading the 77 cases, so take their figure for a check "
    "that each rule does what it is for; the turns of *Session drift* were not read for it. Plain "
    "search calls up five notes, or the budget of a case, each in the list of its own sort.",
    MEASURES,
    tuple(sorted(ALL_RULES)),
    load,
    {
        BM25: "the notes that share words with the question",
        VECTORS: "the notes nearest to it in meaning",
        EVERYTHING: "every note, whatever is asked",
    },
)
