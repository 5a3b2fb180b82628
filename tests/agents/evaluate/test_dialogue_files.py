"""Other people's dialogue files: four formats are told apart, and what is missing is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agents.errors import UsageError
from agents.evaluate.sets.dialogue_files import Dialogue, read_dialogues
from agents.evaluate.sets.dialogues import load, scored

TALK: dict[str, Any] = {
    "session_1_date_time": "1:56 pm on 8 May, 2023",
    "session_1": [
        {"speaker": "Ann", "dia_id": "D1:1", "text": "I moved to Bonn."},
        {"speaker": "Ben", "dia_id": "D1:2", "text": "Look!", "blip_caption": "a photo of a dog"},
    ],
    "session_2_date_time": "2 pm on 9 May, 2023",
    "session_2": [{"speaker": "Ann", "dia_id": "D2:1", "text": "My dog is called Rex."}],
}
ASKED = [
    {"question": "Where?", "evidence": ["D1:1"], "category": 4, "answer": "Bonn"},
    {"question": "Which dog?", "evidence": ["D1:2; D2:1", "D9:9", "D"], "category": 1},
    {"question": "Nothing?", "evidence": [], "category": 5},
]


def written(path: Path, value: object) -> Dialogue:
    path.write_text(json.dumps(value), encoding="utf-8")
    (found,) = read_dialogues(path)
    return found


def test_locomo(tmp_path: Path) -> None:
    found = written(tmp_path / "l.json", [{"sample_id": "c1", "conversation": TALK, "qa": ASKED}])
    assert found.name == "c1" and found.skipped == 1
    assert [title for title, _ in found.sessions] == [
        "1:56 pm on 8 May, 2023", "2 pm on 9 May, 2023"
    ]  # fmt: skip
    assert found.sessions[0][1] == ("Ann: I moved to Bonn.", "Ben: Look! a photo of a dog")
    one, other = found.questions
    assert (one.group, one.gold, one.sessions) == ("single-hop", {0}, {0})
    assert (other.group, other.gold, other.sessions) == ("multi-hop", {1, 2}, {0, 1})


def test_realtalk(tmp_path: Path) -> None:
    talk = json.loads(json.dumps(TALK).replace('"text"', '"clean_text"'))
    name = {"speaker_1": "Ann", "speaker_2": "Ben"}
    found = written(tmp_path / "Chat_1.json", {"name": name, **talk, "qa": ASKED})
    assert found.sessions[1][1] == ("Ann: My dog is called Rex.",)
    assert [question.gold for question in found.questions] == [{0}, {1, 2}]


def longmemeval(key: str) -> dict[str, Any]:
    user = {"role": "user", "content": "My record is 25:50.", "has_answer": True}
    return {
        "question_id": key, "question_type": "knowledge-update", "question": "My record?",
        "answer": "25:50", "question_date": "2023/05/30", "haystack_session_ids": ["s1", "s2"],
        "haystack_dates": ["2023/05/25", "2023/05/27"], "answer_session_ids": ["s2"],
        "haystack_sessions": [[{"role": "user", "content": "Hi."}],
                              [{"role": "assistant", "content": "Well done."}, user]],
    }  # fmt: skip


def test_longmemeval(tmp_path: Path) -> None:
    found = written(tmp_path / "m.json", [longmemeval("q1")])
    (asked,) = found.questions
    assert (asked.group, asked.gold, asked.sessions) == ("knowledge-update", {2}, {1})
    assert found.sessions[1] == (
        "2023/05/27",
        ("assistant: Well done.", "user: My record is 25:50."),
    )
    lines = tmp_path / "m.jsonl"
    lines.write_text("\n".join(json.dumps(longmemeval(key)) for key in ("a", "b_abs")))
    kept, absent = read_dialogues(lines)
    assert len(kept.questions) == 1 and (absent.questions, absent.skipped) == ((), 1)


CHAT = [
    {"role": "user", "id": 0, "time_anchor": "March-15-2024", "content": "It takes 300 ms."},
    {"role": "assistant", "id": 1, "content": "Good."},
    {"role": "user", "id": 2, "content": "It takes 250 ms now."},
]
PROBING = {
    "abstention": [{"question": "My name?", "rubric": []}],
    "knowledge_update": [
        {"question": "How long?", "source_chat_ids": {"original_info": [0], "updated_info": [2]}}
    ],
    "event_ordering": [{"question": "In which order?", "source_chat_ids": [0, 2]}],
}


def check_beam(found: Dialogue) -> None:
    update, order = found.questions
    assert (update.gold, update.stale, update.group) == ({2}, {0}, "knowledge_update")
    assert (order.gold, order.stale) == ({0, 2}, set())
    assert found.skipped == 1
    assert found.sessions[0][0] == "March-15-2024"


def test_beam_as_rows_and_as_folders(tmp_path: Path) -> None:
    row = {"conversation_id": 7, "chat": [CHAT[:2], CHAT[2:]], "probing_questions": repr(PROBING)}
    check_beam(written(tmp_path / "b.json", [row]))
    folder = tmp_path / "7"
    (folder / "probing_questions").mkdir(parents=True)
    (folder / "chat.json").write_text(json.dumps([{"batch_number": 1, "turns": [CHAT]}]))
    with_questions = folder / "probing_questions" / "probing_questions.json"
    with_questions.write_text(json.dumps(PROBING))
    for path in (folder, folder / "chat.json"):
        (found,) = read_dialogues(path)
        check_beam(found)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ([{"conversation": TALK}], "lacks 'qa'"),
        ([{"qa": ASKED}], "lacks 'conversation'"),
        ([{k: v for k, v in longmemeval("q").items() if k != "haystack_sessions"}],
         "lacks 'haystack_sessions'"),
        (["text"], "as published"),
    ],
)  # fmt: skip
def test_a_refusal_names_what_is_missing(tmp_path: Path, value: object, hint: str) -> None:
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(value))
    with pytest.raises(UsageError) as refused:
        read_dialogues(path)
    assert hint in refused.value.hint


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file"):
        read_dialogues(tmp_path / "gone.json")
    (tmp_path / "broken.json").write_text("[{")
    with pytest.raises(UsageError, match="no JSON"):
        read_dialogues(tmp_path / "broken.json")
    with pytest.raises(UsageError) as refused:
        load(None)
    assert "locomo10.json" in refused.value.hint and "snap-research" in refused.value.hint


def test_measures_of_a_ranking(tmp_path: Path) -> None:
    found = written(tmp_path / "l.json", [{"sample_id": "c1", "conversation": TALK, "qa": ASKED}])
    edges = [0, 0, 1]
    assert scored(found.questions[1], [0, 2], edges) == {
        "R@1": 0.0, "R@5": 0.5, "R@10": 0.5, "all@10": 0.0, "session@5": 1.0
    }  # fmt: skip
    row = {"conversation_id": 7, "chat": [CHAT], "probing_questions": PROBING}
    beam = written(tmp_path / "b.json", [row])
    assert scored(beam.questions[0], [1, 0, 2], edges)["fresh"] == 0.0
    assert scored(beam.questions[0], [2, 0], edges)["fresh"] == 1.0
    assert scored(beam.questions[0], [1], edges)["fresh"] == 0.0
