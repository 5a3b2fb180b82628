"""Other people's dialogue files: LoCoMo, REALTALK, BEAM and LongMemEval, told apart by their keys.

Each becomes dialogues of sessions of turns, with questions whose evidence is turns or sessions.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from agents.errors import UsageError

Entry = Mapping[str, Any]
"""An object of a file."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the turns that answer it, by their places in the dialogue, from 0."""

    question_id: str
    text: str
    group: str
    gold: frozenset[int]
    """Turns; empty where only sessions are known."""
    sessions: frozenset[int]
    stale: frozenset[int] = frozenset()
    """Turns that tell what no longer holds."""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Sessions with a title and turns, and the questions about them."""

    name: str
    sessions: tuple[tuple[str, tuple[str, ...]], ...]
    questions: tuple[Question, ...]
    skipped: int = 0
    """Questions without evidence: nothing to score by."""


def read_dialogues(path: Path) -> list[Dialogue]:
    """The dialogues of a file, or of all JSON files in a folder.

    Raises:
        UsageError: nothing is there, it is no JSON, or of none of the four formats; what is
            missing is named.
    """
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    if path.is_dir() and (path / "chat.json").is_file():
        return [_beam_folder(path)]
    found: list[Dialogue] = []
    for file in files:
        if file.name not in ("probing_questions.json",):
            found += _of_file(file)
    if not found:
        raise UsageError(f"no dialogues in {path}", "name a file of one of the four formats")
    return found


def _of_file(path: Path) -> Iterable[Dialogue]:
    if not path.is_file():
        raise UsageError(f"there is no file {path}", "name the file with --data")
    try:
        text = path.read_text(encoding="utf-8")
        parts = text.splitlines() if path.suffix == ".jsonl" else [text]
        loaded = [json.loads(part) for part in parts if part.strip()]
    except ValueError as error:
        raise UsageError(f"{path} is no JSON: {error}", "give the file as published") from error
    if path.name == "chat.json":
        return [_beam_folder(path.parent)]
    whole = loaded[0] if len(loaded) == 1 else loaded
    entries = cast("list[Any]", whole) if isinstance(whole, list) else [whole]
    return [_dialogue(entry, f"{path.stem}-{at}") for at, entry in enumerate(entries)]


def _dialogue(entry: Any, name: str) -> Dialogue:  # noqa: ANN401
    """One entry by the format whose keys it has."""
    if not isinstance(entry, dict):
        raise UsageError(f"{name} is no object", _lacks(name, ()))
    found = cast("dict[str, Any]", entry)
    for keys, read in _FORMATS:
        if all(key in found for key in keys):
            return read(found, name)
    raise UsageError(*_refusal(found, name))


def _refusal(entry: Entry, name: str) -> tuple[str, str]:
    """What the nearest format lacks."""
    nearest = max(_FORMATS, key=lambda form: sum(key in entry for key in form[0]))
    missing = [key for key in nearest[0] if key not in entry]
    said = f"{name} is no dialogue of LoCoMo, REALTALK, BEAM or LongMemEval"
    return said, _lacks(name, missing)


def _lacks(name: str, missing: Sequence[str]) -> str:
    if not missing:
        return f"give {name} as published: a list of objects"
    return f"of the nearest format it lacks {', '.join(map(repr, missing))}"


def _locomo(entry: Entry, name: str) -> Dialogue:
    """`conversation` with `session_N` of `{speaker, dia_id, text}`, and `qa`."""
    sessions = _numbered(entry["conversation"])
    return _by_turn_names(str(entry.get("sample_id", name)), sessions, entry["qa"])


def _realtalk(entry: Entry, name: str) -> Dialogue:
    """The same with the sessions at the top, and `clean_text`."""
    return _by_turn_names(name, _numbered(entry), entry["qa"])


def _numbered(talk: Entry) -> list[tuple[str, list[Entry]]]:
    numbers = sorted(int(key[8:]) for key in talk if re.fullmatch(r"session_\d+", key))
    return [
        (str(talk.get(f"session_{n}_date_time", f"session {n}")), talk[f"session_{n}"])
        for n in numbers
    ]


def _by_turn_names(
    name: str, sessions: Sequence[tuple[str, Sequence[Entry]]], asked: Sequence[Entry]
) -> Dialogue:
    """Evidence is ids of turns; some of LoCoMo's are malformed, and dropped."""
    turns = [turn for _, own in sessions for turn in own]
    places = {str(turn.get("dia_id")): at for at, turn in enumerate(turns)}
    edges = _edges([len(own) for _, own in sessions])
    made: list[Question] = []
    for at, entry in enumerate(asked):
        ids = re.findall(r"D\d+:\d+", " ".join(map(str, entry.get("evidence") or [])))
        gold = frozenset(places[each] for each in ids if each in places)
        group = _CATEGORIES.get(str(entry.get("category")), f"category {entry.get('category')}")
        made.append(_question(f"{name}/{at}", str(entry["question"]), group, gold, edges))
    told = tuple((title, tuple(_said(turn) for turn in own)) for title, own in sessions)
    return _dialogue_of(name, told, made)


_CATEGORIES = {"1": "multi-hop", "2": "temporal", "3": "open-domain", "4": "single-hop",
               "5": "adversarial"}  # fmt: skip


def _said(turn: Entry) -> str:
    """What was said, and the caption of the picture that was shown, if any."""
    text = f"{turn.get('speaker', '')}: {turn.get('clean_text') or turn.get('text') or ''}"
    return f"{text} {turn['blip_caption']}" if turn.get("blip_caption") else text


def _longmemeval(entry: Entry, name: str) -> Dialogue:
    """One question with its own haystack of sessions; turns with `has_answer` are the evidence."""
    del name
    key = str(entry["question_id"])
    told: list[tuple[str, tuple[str, ...]]] = []
    gold: list[int] = []
    wanted = set(map(str, entry["answer_session_ids"]))
    sessions: list[int] = []
    dates = entry.get("haystack_dates") or [""] * len(entry["haystack_sessions"])
    ids = entry.get("haystack_session_ids") or [str(n) for n, _ in enumerate(dates)]
    count = 0
    for number, (when, own, turns) in enumerate(
        zip(dates, ids, entry["haystack_sessions"], strict=True)
    ):
        told.append((str(when), tuple(f"{t['role']}: {t['content']}" for t in turns)))
        gold += [count + at for at, turn in enumerate(turns) if turn.get("has_answer")]
        sessions += [number] if str(own) in wanted else []
        count += len(turns)
    group = "abstention" if key.endswith("_abs") else str(entry["question_type"])
    is_absent = group == "abstention"
    asked = Question(
        f"{key}/0", str(entry["question"]), group,
        frozenset() if is_absent else frozenset(gold),
        frozenset() if is_absent else frozenset(sessions),
    )  # fmt: skip
    return _dialogue_of(key, tuple(told), [asked])


def _beam_row(entry: Entry, name: str) -> Dialogue:
    """A row of the data set: `chat` of batches of messages, `probing_questions` as text."""
    probing = entry["probing_questions"]
    if isinstance(probing, str):
        try:
            probing = ast.literal_eval(probing)
        except (ValueError, SyntaxError):
            probing = json.loads(probing)
    return _beam(str(entry.get("conversation_id", name)), entry["chat"], probing)


def _beam_folder(folder: Path) -> Dialogue:
    """A conversation of the repository: `chat.json` beside `probing_questions/`."""
    asked = folder / "probing_questions" / "probing_questions.json"
    if not asked.is_file():
        said = f"{folder} has no questions"
        raise UsageError(said, f"BEAM keeps them in {asked.relative_to(folder)}")
    chat, probing = (
        json.loads(path.read_text(encoding="utf-8")) for path in (folder / "chat.json", asked)
    )
    return _beam(folder.name, chat, probing)


def _beam(name: str, chat: Sequence[Any], probing: Mapping[str, Sequence[Entry]]) -> Dialogue:
    batches = [list(_messages(batch)) for batch in chat]
    messages = [message for batch in batches for message in batch]
    places = {int(message["id"]): at for at, message in enumerate(messages)}
    edges = _edges([len(batch) for batch in batches])
    made: list[Question] = []
    for group, entries in probing.items():
        for at, entry in enumerate(entries):
            new, old = _sources(entry.get("source_chat_ids"))
            gold, stale = ({places[n] for n in ids if n in places} for ids in (new, old))
            text = str(entry["question"])
            made.append(_question(f"{name}/{group}/{at}", text, group, frozenset(gold), edges,
                                  frozenset(stale - gold)))  # fmt: skip
    told = tuple(
        (str(next((m["time_anchor"] for m in batch if m.get("time_anchor")), f"batch {n}")),
         tuple(f"{m['role']}: {m['content']}" for m in batch))
        for n, batch in enumerate(batches, start=1)
    )  # fmt: skip
    return _dialogue_of(name, told, made)


def _sources(source: Any) -> tuple[set[int], set[int]]:  # noqa: ANN401
    """Ids of the messages that answer, and of those that they replaced."""
    if isinstance(source, dict) and "updated_info" in source:
        told = cast("Entry", source)
        return _numbers(told["updated_info"]), _numbers(told.get("original_info"))
    return _numbers(source), set()


def _messages(batch: Any) -> Iterator[Entry]:  # noqa: ANN401
    """The messages of a batch, however deep its turns lie."""
    if isinstance(batch, dict) and "content" in batch:
        yield cast("Entry", batch)
    elif isinstance(batch, dict):
        yield from _messages(cast("Entry", batch).get("turns", []))
    elif isinstance(batch, list):
        for each in cast("list[Any]", batch):
            yield from _messages(each)


def _numbers(source: Any) -> set[int]:  # noqa: ANN401
    if isinstance(source, dict):
        source = list(cast("Entry", source).values())
    if isinstance(source, list):
        return {n for each in cast("list[Any]", source) for n in _numbers(each)}
    return {int(source)} if isinstance(source, int) else set()


def _edges(lengths: Sequence[int]) -> list[int]:
    """The session of each turn."""
    return [number for number, length in enumerate(lengths) for _ in range(length)]


def _question(
    key: str,
    text: str,
    group: str,
    gold: frozenset[int],
    edges: Sequence[int],
    stale: frozenset[int] = frozenset(),
) -> Question:
    return Question(key, text, group, gold, frozenset(edges[at] for at in gold), stale)


def _dialogue_of(
    name: str, told: tuple[tuple[str, tuple[str, ...]], ...], asked: Sequence[Question]
) -> Dialogue:
    kept = tuple(question for question in asked if question.sessions)
    return Dialogue(name, told, kept, len(asked) - len(kept))


_FORMATS = (
    (("conversation", "qa"), _locomo),
    (("haystack_sessions", "answer_session_ids", "question", "question_id", "question_type"),
     _longmemeval),
    (("chat", "probing_questions"), _beam_row),
    (("session_1", "qa"), _realtalk),
)  # fmt: skip
"""Keys that tell a format, and its reader."""
