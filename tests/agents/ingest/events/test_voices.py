"""Voices of a whole video: letters by first appearance, whatever the windows."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.ingest.events import voices
from agents.ingest.events.voices import letters_of, voice_values, with_voices
from agents.ingest.finish import finish
from agents.ingest.windows import prepare, run_window
from agents.models.build import ROLES, build_models
from agents.models.ports import ModelSpec, Transcript, Utterance
from agents.models.scripted import ScriptedTranscriber
from agents.perception.records import HeardVoice, Parameters
from agents.runtime import encoder_tags
from agents.text.letters import letters, number_of
from flows.output.export import export_video
from memory.lance.store import LanceStore
from memory.records import SECOND, Kind, Scope, Span, Vector, Window, WindowStatus
from tests.media import plain, steady, tone, write_video
from tests.rows import KEY, TENANT, VIDEO, speech, text


def spans(count: int, seconds: int = 2) -> list[Span]:
    return [Span.of_seconds(3 * n, 3 * n + seconds) for n in range(count)]


def speakers(pattern: str, spread: float = 0.3) -> Vector:
    """A vector per letter of a pattern: alike where letters are."""
    generator = np.random.default_rng(3)
    centres = {name: generator.standard_normal(64) for name in sorted(set(pattern))}
    made = np.stack([centres[c] + spread * generator.standard_normal(64) for c in pattern])
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("pattern", ["A", "AAAA", "ABAB", "ABCBACA", "AABBBBBC"])
def test_letters_follow_who_speaks_first(pattern: str) -> None:
    for names in itertools.permutations(sorted(set(pattern))):
        renamed = pattern.translate(str.maketrans("".join(sorted(set(pattern))), "".join(names)))
        own = spans(len(pattern))
        found = letters_of(own, speakers(renamed))
        assert "".join(found[span] for span in own) == pattern


def test_more_utterances_than_are_compared_join_the_likest_voice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(voices, "MOST", 4)
    own = spans(6, 3)
    own[0] = Span(own[0].start, own[0].end - SECOND)
    own[5] = Span(own[5].start, own[5].end - SECOND)
    found = letters_of(own, speakers("AABABX"))
    assert [found.get(span, "-") for span in own] == ["A", "A", "B", "A", "B", "-"]


def ledger(parts: list[list[HeardVoice]]) -> list[Window]:
    done = WindowStatus.DONE
    return [
        Window(f"w{n}", TENANT, VIDEO, KEY, n, Span(n, n + 1), done, 1, "", {"voices": each})
        for n, each in enumerate(map(voice_values, parts))
    ]


def test_neither_order_nor_number_of_windows_decides() -> None:
    own, vectors = spans(8), speakers("ABBACABC")
    heard = [HeardVoice(s, v) for s, v in zip(own, vectors, strict=True)]
    rows = [speech(*span.seconds, f"line {n}") for n, span in enumerate(own)]
    rows += [speech(1, 1.5, "hm"), text(0, 2, "Slide")]
    told = [
        [row.voice for row in with_voices(rows, ledger(parts))]
        for parts in ([heard], [heard[:3], heard[3:]], [heard[5:], heard[:2], heard[2:5]])
    ]
    assert told[0] == told[1] == told[2] == [*"ABBACABC", "", ""]


def test_nothing_is_told_where_nothing_was_heard() -> None:
    rows = [speech(0, 2, "a line")]
    assert with_voices(rows, ledger([[]])) == rows


def test_what_the_ledger_keeps_of_a_voice_is_near_enough() -> None:
    vectors = speakers("ABCDE", 1.0)
    kept = [each for _, _, each in voice_values(HeardVoice(Span(0, 1), v) for v in vectors)]
    back = np.stack([voices._unpacked(each) for each in kept])
    assert np.abs(back @ back.T - vectors @ vectors.T).max() < 0.01


@pytest.mark.parametrize(("number", "name"), [(1, "A"), (26, "Z"), (27, "AA"), (52, "AZ")])
def test_letters_go_on_after_z(number: int, name: str) -> None:
    assert letters(number) == name and number_of(name) == number


@pytest.mark.parametrize(("asked", "told"), [(True, ["A", "B", "A", ""]), (False, [""] * 4)])
def test_rows_of_an_ingested_file_have_voices_where_that_is_asked_for(
    tmp_path: Path, asked: bool, told: list[str]
) -> None:
    said = [(0, 2, "low"), (2, 4, "high"), (4, 6, "low again"), (6, 6.9, "short")]
    heard = tuple(Utterance(Span.of_seconds(a, b), words, 1.0) for a, b, words in said)
    sound = np.concatenate([tone(2.0, 300), tone(2.0, 900), tone(2.0, 300), tone(1.0, 900)])
    film = write_video(tmp_path / "talk.mp4", steady([(plain((9, 9, 9)), 7.0)]), sounds=[sound])
    roles = tuple(ModelSpec(role, "scripted") for role in ROLES)
    models = replace(
        build_models(roles, tmp_path, 1), transcriber=ScriptedTranscriber(Transcript(heard, "en"))
    )
    text_tag, image_tag = encoder_tags(models)
    store = LanceStore.open(str(tmp_path / "store"), text=text_tag, image=image_tag)
    job = prepare(store, film, TENANT, Parameters(voices=asked), models)
    assert ("voices" in job.description.get("parameters", {})) == asked, (
        "else nothing is perceived anew"
    )
    for window in job.windows:
        run_window(store, job, window, models)
    for _ in range(2):  # it may be killed and repeated
        video = finish(store, job, models)
        rows = store.memories(Scope(TENANT, (video.video_id,), (Kind.SPEECH,)))
        assert [row.voice for row in sorted(rows, key=lambda row: row.span)] == told
    (video,) = store.videos(TENANT)
    srt = next(f for f in export_video(store, video, tmp_path / "out") if f.suffix == ".srt")
    assert ("B: high" in srt.read_text("utf-8")) == asked
