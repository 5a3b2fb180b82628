"""Voices that questions name: by letter, or by the order in which they first speak."""

from __future__ import annotations

import pytest

from agents.ask.plan import Asked
from agents.ask.planner.rules import plan


@pytest.mark.parametrize(
    ("question", "voice"),
    [
        ("What does the second speaker say about the budget?", 2),
        ("When does the other voice mention the ferry?", 0),
        ("What does the last speaker talk about?", -1),
        ("What does the 3rd person speaking say?", 3),
        ("Does speaker 2 mention the cat?", 2),
        ("What does voice B think of the harbour?", 2),
        ("voice c budget", 3),
        ("What is the second speaker's opinion on trains?", 2),
        ("What does the speaker say about the budget?", None),
        ("What did the speaker I saw say?", None),
        ("What does the voice a man hears say?", None),
        ("What does the third speaker wear?", None),
        ("What colour is the second speaker on the shelf?", None),
    ],
)
def test_a_voice_is_taken_where_something_is_said(question: str, voice: int | None) -> None:
    found = plan(question)
    assert found.voice == voice
    if voice is not None:
        assert found.position is None
        assert not {"speaker", "voice", "second", "other", "somebody"} & set(found.terms)


def test_what_is_asked_stays_and_the_event_keeps_its_own_voice() -> None:
    assert plan("What does the second speaker say about the budget?").asked is Asked.SAID
    found = plan("What does the other speaker say after voice A asks for the key?")
    assert found.voice == 0 and found.anchor is not None
    assert found.anchor.text == "voice asks key"


def test_a_voice_alone_is_something_to_ask_for() -> None:
    assert not plan("voice B").is_empty
