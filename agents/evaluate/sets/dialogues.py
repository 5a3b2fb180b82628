"""`locomo`: which turns of a long dialogue answer a question. Also REALTALK, BEAM, LongMemEval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from agents.errors import UsageError
from agents.evaluate.cases import Ask, Bench, Case, Evaluation, Told, Unit, Ways
from agents.evaluate.parts import RETRIEVAL, Off
from agents.evaluate.searching import RIVALS, Search, searches
from agents.evaluate.sets.dialogue_files import Dialogue, Question, read_dialogues
from agents.evaluate.transcripts import Session, Transcript, place_of, remember_all, spoken
from agents.runtime import Runtime

MEASURES = {
    "R@1": "share of the answering turns among the first",
    "R@5": "among the first five",
    "R@10": "among the first ten",
    "all@10": "whether all of them are among the first ten",
    "session@5": "share of the answering sessions among those of the first five different ones",
    "fresh": "whether the turn that tells what holds now comes before the one it replaces",
}
WANTED = (
    "LoCoMo's locomo10.json (github.com/snap-research/locomo, data/); also read: the chats of "
    "REALTALK (github.com/danny911kr/REALTALK), BEAM (huggingface.co/datasets/Mohammadta/BEAM "
    "as JSON, or a folder of its repository) and LongMemEval (xiaowu0162/longmemeval-cleaned)"
)


def load(data: Path | None) -> Iterable[Unit[Question]]:
    """A unit per dialogue.

    Raises:
        UsageError: no file is given, or it is of no known format.
    """
    if data is None:
        raise UsageError("locomo needs a file of dialogues", f"give it with --data: {WANTED}")
    found = read_dialogues(data)
    if not any(dialogue.questions for dialogue in found):
        raise UsageError(f"no question of {data} names its evidence", f"give one of {WANTED}")
    return [_unit(dialogue) for dialogue in found]


def _unit(dialogue: Dialogue) -> Unit[Question]:
    sessions = tuple(Session(title, turns) for title, turns in dialogue.sessions)
    transcript = Transcript(dialogue.name, sessions)
    edges = [n for n, session in enumerate(sessions) for _ in session.turns]

    def build(runtime: Runtime) -> None:
        remember_all(runtime, [transcript])

    def open_(bench: Bench, off: Off) -> Ways[Question]:
        runtime = bench.prepared(dialogue.name, off, build)
        ways = searches(runtime, off)
        return {name: _asking(runtime, search, edges) for name, search in ways.items()}

    cases = tuple(Case(asked.question_id, asked.group, asked) for asked in dialogue.questions)
    return Unit(dialogue.name, cases, open_)


def _asking(runtime: Runtime, search: Search, edges: Sequence[int]) -> Ask[Question]:
    scope = spoken(runtime.spec.tenant)

    def ask(case: Case[Question]) -> Told:
        ranked = [place_of(row) for row in search(case.item.text, scope)]
        return Told(scored(case.item, ranked, edges), tuple(map(str, ranked[:10])))

    return ask


def scored(asked: Question, ranked: Sequence[int], edges: Sequence[int]) -> dict[str, float]:
    """The measures of a ranking of turns; `edges` are the sessions of all turns."""
    made: dict[str, float] = {}
    if gold := asked.gold:
        for most in (1, 5, 10):
            made[f"R@{most}"] = len(gold.intersection(ranked[:most])) / len(gold)
        made["all@10"] = float(gold <= set(ranked[:10]))
    first = list(dict.fromkeys(edges[place] for place in ranked))[:5]
    made["session@5"] = len(asked.sessions.intersection(first)) / len(asked.sessions)
    if asked.stale:
        made["fresh"] = float(_first(asked.gold, ranked) < _first(asked.stale, ranked))
    return made


def _first(wanted: frozenset[int], ranked: Sequence[int]) -> int:
    """The rank of the first turn that is wanted; behind all where none is found."""
    return next((at for at, place in enumerate(ranked) if place in wanted), len(ranked))


LOCOMO = Evaluation(
    "locomo",
    "Which turns of a long dialogue answer a question. A dialogue is a video without pictures, a "
    "session a chapter, a turn a spoken row; questions whose evidence is not named are left out. "
    "Retrieval alone, no answer is written. Dialogues are among what the weights of retrieval were "
    "fitted on (recall.md has figures of weights that were not).",
    MEASURES,
    (*RETRIEVAL, "consolidate"),
    load,
    RIVALS,
)
