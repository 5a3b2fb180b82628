"""Whisper base from its two halves: joined once, checked, refused when it is not whole."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

from agents.errors import ModelMissing
from agents.models.build import build_models, describe_models
from agents.models.embedded import whisper_base
from agents.models.embedded.whisper import WhisperTranscriber
from agents.models.embedded.whisper_base import MULTILINGUAL, PACKAGES, joined
from agents.models.ports import ModelSpec
from tests.voice import lay_out, speak, speak_sounds

GERMAN = "ɡˈuːtən mˈɔɾɡən, ɪç mˈœçtə ˈaɪnən tˈɪʃ fʏɾ tsvˈaɪ pɛɾzˈoːnən bəʃtˈɛlən."
ASKED = (ModelSpec("transcriber", "embedded", MULTILINGUAL),)


@cache
def is_installed() -> bool:
    try:
        return all(distribution(name) for name in PACKAGES)
    except PackageNotFoundError:
        return False


needs_extra = pytest.mark.skipif(
    not is_installed(), reason="the extra `languages` is not installed (make setup-all)"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return joined(tmp_path_factory.mktemp("models"))


@needs_extra
def test_german_is_heard_as_german_where_english_alone_hears_nothing(folder: Path) -> None:
    sound = lay_out([(1.0, speak_sounds(GERMAN))], 8)
    heard = WhisperTranscriber(str(folder)).transcribe(sound)
    assert heard.language == "de"
    assert "guten morgen" in heard.utterances[0].text.casefold()
    assert WhisperTranscriber().transcribe(sound).utterances == ()


@needs_extra
def test_english_stays_english(folder: Path) -> None:
    sound = lay_out([(1.0, speak("Please close the window before you leave."))], 6)
    heard = WhisperTranscriber(str(folder)).transcribe(sound)
    assert heard.language == "en"
    assert "close the window" in heard.utterances[0].text


@needs_extra
def test_it_is_joined_once_and_named_in_the_list_of_models(folder: Path) -> None:
    before = (folder / "model.bin").stat().st_mtime_ns
    assert joined(folder.parents[1]) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == before
    assert sorted(path.name for path in folder.parent.iterdir()) == ["base"]
    assert WhisperTranscriber(str(folder)).name.startswith("whisper-base-int8/")


def test_without_the_extra_it_is_told_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper_base, "PACKAGES", ("no-such-package-1", "no-such-package-2"))
    with pytest.raises(ModelMissing, match="no-such-package-1 is not installed") as caught:
        joined(tmp_path)
    assert "languages" in caught.value.hint
    (told,) = [each for each in describe_models(ASKED, tmp_path) if each.role == "transcriber"]
    assert not told.ready and "languages" in told.fix


def test_halves_of_something_else_are_refused_and_leave_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        data = tmp_path / "site" / f"half{number}"
        data.mkdir(parents=True)
        (data / f"model.bin.part{number}").write_bytes(b"no weights")
    monkeypatch.setattr(whisper_base, "PACKAGES", ("half1", "half2"))
    monkeypatch.setattr(whisper_base, "_data", lambda name: tmp_path / "site" / name)
    with pytest.raises(ModelMissing, match="not the expected ones"):
        joined(tmp_path / "cache")
    assert list((tmp_path / "cache" / "whisper").iterdir()) == []


@needs_extra
def test_the_setting_chooses_it(tmp_path: Path, models_cache: Path) -> None:
    (tmp_path / "graphs").symlink_to(models_cache / "graphs")
    chosen = build_models(ASKED, tmp_path, 1).transcriber
    assert chosen.name.startswith("whisper-base-int8/")
    default = build_models((), models_cache, 1).transcriber
    assert default.name.startswith("whisper-tiny.en")
