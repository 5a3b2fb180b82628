"""Hearing windows of a longer sound."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import agents.perception.speech as speech
from agents.models.embedded.whisper import WhisperTranscriber
from agents.models.ports import SAMPLE_RATE, HeardSound, Sound, Transcript, Utterance
from agents.models.scripted import ScriptedTagger
from agents.perception.media.probe import probe
from agents.perception.media.sound import audio
from agents.perception.records import Percept
from agents.perception.speech import hear, sounds_in
from memory.records import SECOND, Kind, Level, Span
from tests.voice import lay_out, silence, speak

LINES = ("Please remember to close the window.", "Nobody expected the bridge to open today.")


@cache
def transcriber() -> WhisperTranscriber:
    return WhisperTranscriber()


@dataclass
class Counting:
    """Hears one utterance, and counts how often it is asked."""

    name: str = "counting"
    calls: int = 0

    def transcribe(self, sound: Sound) -> Transcript:
        self.calls += 1
        return Transcript((Utterance(Span(0, SECOND), "something", 0.9),), "en")


def test_times_are_those_of_the_video() -> None:
    sound = lay_out([(2.0, speak(LINES[0]))], 6)
    percepts, notes = hear(sound, 60 * SECOND, transcriber())
    [percept] = percepts
    assert abs(percept.span.start - 62 * SECOND) < SECOND // 3
    assert (percept.kind, percept.level) == (Kind.SPEECH, Level.SHOT)
    assert percept.model == transcriber().name
    assert percept.details == {"language": "en"}
    assert notes == ()


def test_silence_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    counting = Counting()
    assert hear(silence(60), 0, counting) == ([], ("the sound is silent",))
    assert hear(silence(0), 0, counting) == ([], ())
    assert counting.calls == 0
    monkeypatch.setattr(speech, "SILENT", -1.0)
    hear(silence(60), 0, counting)
    assert counting.calls == 1


def test_speech_across_a_window_edge_is_heard_once_and_whole() -> None:
    sound = lay_out([(3.0, speak(LINES[0])), (9.0, speak(LINES[1]))], 20)
    edge, margin = 10, 5
    first, _ = hear(
        sound[: (edge + margin) * SAMPLE_RATE], 0, transcriber(), keep=Span(0, edge * SECOND)
    )
    second, _ = hear(
        sound[(edge - margin) * SAMPLE_RATE :],
        (edge - margin) * SECOND,
        transcriber(),
        keep=Span(edge * SECOND, 20 * SECOND),
    )
    assert len(first) == 2
    assert "bridge" in (first[1].text or "")
    assert "today" in (first[1].text or "")
    assert second == []
    both, _ = hear(sound[(edge - margin) * SAMPLE_RATE :], (edge - margin) * SECOND, transcriber())
    assert len(both) == 1


def test_the_reason_for_hearing_nothing_is_handed_on() -> None:
    @dataclass
    class Mute:
        name: str = "mute"

        def transcribe(self, sound: Sound) -> Transcript:
            return Transcript((), "", "only music")

    assert hear(speak(LINES[0]), 0, Mute()) == ([], ("only music",))


@pytest.mark.shared
def test_tracks_of_pure_silence_are_silent(shared: Path) -> None:
    entries = json.loads((shared / "INDEX.json").read_text(encoding="utf-8"))["entries"]
    silent = [entry for entry in entries if "silent-audio" in entry.get("tags", ())]
    assert silent
    for entry in silent:
        facts = probe(shared / entry["file"])
        counting = Counting()
        percepts, _ = hear(audio(facts, Span(0, facts.duration)), 0, counting)
        assert percepts == []
        assert counting.calls == 0


def tagged(*stretches: tuple[str, float, float]) -> ScriptedTagger:
    return ScriptedTagger(
        tuple(HeardSound(Span.of_seconds(a, b), name) for name, a, b in stretches)
    )


def words(start: float, end: float) -> Percept:
    span = Span.of_seconds(start, end)
    return Percept(Kind.SPEECH, Level.SHOT, span, "Mind the gap.", "test")


def sounds(
    tagger: ScriptedTagger, *said: Percept, quiet: tuple[int, int] = (0, 0)
) -> list[tuple[str, float, float]]:
    """What is told of 20 seconds of noise that begin at 60 s, with a silence in them."""
    sound = np.random.default_rng(0).normal(0, 0.1, 20 * SAMPLE_RATE).astype(np.float32)
    sound[quiet[0] * SAMPLE_RATE : quiet[1] * SAMPLE_RATE] = 0
    found = sounds_in(sound, Span.of_seconds(60, 80), tagger, said)
    assert all(percept.kind is Kind.AUDIO for percept in found)
    return [(percept.text or "", *percept.span.seconds) for percept in found]


def test_music_goes_on_over_a_pause_and_what_is_short_is_not_told() -> None:
    tagger = tagged(("music", 1, 5), ("music", 6, 9), ("music", 13, 14), ("singing", 2, 6))
    assert sounds(tagger) == [("somebody sings", 62, 66), ("music plays", 61, 69)]


def test_speech_gets_a_row_where_no_words_of_it_are_known() -> None:
    tagger = tagged(("speech", 1, 5), ("speech", 10, 15))
    assert sounds(tagger, words(61, 64)) == [("somebody speaks", 70, 75)]


def test_silence_within_sound_is_told_and_silence_throughout_is_not() -> None:
    assert sounds(tagged(), quiet=(5, 9)) == [("silence", 65, 69)]
    assert sounds(tagged(), quiet=(0, 20)) == []
