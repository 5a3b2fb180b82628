from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest

from agents.evaluate.intervals import paired_bootstrap
from memory.records import Span
from tests.benchmarks.quality import baselines
from tests.benchmarks.quality.answers import Case, no_answer, run_quality, simple_baselines, table
from tests.benchmarks.quality.clips import Clip, Question, load_clips
from tests.benchmarks.quality.lines import load_lines, mixed
from tests.benchmarks.quality.longvideo import Piece, askable, build, halves, plan, shifted
from tests.benchmarks.quality.scoring import holds_words, is_hit, score
from tests.benchmarks.quality.unanswerable import draw_foreign, is_foreign, load_unanswerable
from tests.benchmarks.quality.writer import FPS, RATE, np, pictures


def seconds(start: float, end: float) -> Span:
    return Span.of_seconds(start, end)


def question(text: str = "Which fruit is cut?", clip: str = "a", **changes: object) -> Question:
    known: dict[str, object] = {"gold": seconds(10, 12), "keywords": (("melon",),)}
    return Question(f"{clip}_q", clip, text, "object", **(known | changes))  # type: ignore[arg-type]


def clip(name: str, description: str = "", length: float = 20, *qs: Question) -> Clip:
    return Clip(name, Path(f"{name}.mp4"), length, True, description, "", "", name, qs)


@pytest.mark.parametrize(
    ("top", "hit"),
    [
        (seconds(10, 12), True),
        (seconds(8.5, 9.6), True),  # its middle is less than a second before
        (seconds(7, 9), False),
        (seconds(9, 14.5), True),  # 5.5 s long: at most 3 x 2 s
        (seconds(7.9, 14.1), False),  # 6.2 s long
        (None, False),
    ],
)
def test_a_hit_lies_in_the_gold_span_and_is_not_too_long(top: Span | None, hit: bool) -> None:
    assert is_hit(top, seconds(10, 12)) is hit


def test_five_seconds_are_never_too_long() -> None:
    assert is_hit(seconds(3, 8), seconds(5, 5.1))
    assert not is_hit(seconds(3, 8.1), seconds(5, 5.1))


@pytest.mark.parametrize(
    ("answer", "groups", "good"),
    [
        ("A Watermelon", [["melon"]], False),
        ("a melon half", [["melon"]], True),
        ("a magnifying glass", [["magnif", "loupe"]], True),
        ("It shows 12", [["2"]], False),
        ("2 bottles", [["two", "2"]], True),
        ("red", [["red"], ["white"]], False),
        ("Red and white", [["red"], ["white"]], True),
        (None, [["red"]], False),
    ],
)
def test_words_count_in_any_case_and_not_inside_other_words(
    answer: str | None, groups: list[list[str]], good: bool
) -> None:
    assert holds_words(answer, groups) is good


def test_evidence_of_another_file_is_no_hit() -> None:
    result = baselines.evidence_only(10, 12, "melon", "b.mp4")
    assert score(question(), result, "a.mp4").hit is False
    assert score(question(), result, "b.mp4").hit is True


def test_without_a_gold_span_only_abstention_counts() -> None:
    made = score(question(gold=None), no_answer())
    assert (made.hit, made.iou, made.words, made.abstained) == (None, None, None, True)


def test_an_interval_holds_the_mean_and_is_the_same_again() -> None:
    rng = random.Random(1)
    ours = [rng.random() < 0.7 for _ in range(100)]
    theirs = [rng.random() < 0.3 for _ in range(100)]
    gap = paired_bootstrap(ours, theirs, seed=4)
    assert gap == paired_bootstrap(ours, theirs, seed=4)
    assert gap.low < gap.mean < gap.high
    assert gap.is_clear
    assert not paired_bootstrap(ours, ours).is_clear
    with pytest.raises(ValueError, match="pairs"):
        paired_bootstrap([], [])


def test_a_perfect_reader_scores_100_and_the_whole_file_0() -> None:
    asked = [question(), question(gold=None, keywords=())]
    cases = [Case(q, Path("a.mp4"), 60.0) for q in asked]

    def perfect(q: Question, _: list[Path]) -> baselines.Result:
        if q.gold is None:
            return no_answer()
        return baselines.evidence_only(*q.gold.seconds, "a melon")

    outcome = run_quality(perfect, cases, simple_baselines({Path("a.mp4"): 60.0}))
    made = table(outcome)
    assert "| object | 1 | 100 % | 1.00 | 100 % | 0 % | 0 % (+100" in made


def test_an_expected_error_is_an_abstention_that_is_listed() -> None:
    def failing(q: Question, paths: list[Path]) -> baselines.Result:
        raise OSError("no disk")

    case = Case(question(), Path("a.mp4"), 60.0)
    outcome = run_quality(failing, [case], {}, (OSError,))
    assert "no disk" in table(outcome)
    with pytest.raises(OSError, match="no disk"):
        run_quality(failing, [case], {})


def test_a_pair_is_not_foreign_when_the_clip_mentions_the_subject_or_the_answer() -> None:
    asked = question()
    assert is_foreign(clip("b", "a dog in a yard"), asked, "a")
    assert not is_foreign(clip("b", "a bowl of fruit"), asked, "a")
    assert not is_foreign(clip("b", "somebody cuts a melon"), asked, "a")
    assert not is_foreign(clip("a", "a dog"), asked, "a")


def test_a_long_video_asks_each_clip_once_and_fills_with_the_others() -> None:
    clips = [clip(name, length=10 + at) for at, name in enumerate("abcdefgh")]
    one, two = halves(clips, seed=2)
    assert sorted(c.clip_id for c in one + two) == list("abcdefgh")
    pieces = plan(one, two, 600, seed=2)
    assert pieces == plan(one, two, 600, seed=2)
    asked = [piece.clip_id for piece in pieces if piece.asked]
    assert sorted(asked) == sorted(c.clip_id for c in one)
    filler = [piece for piece in pieces if not piece.asked]
    assert {piece.clip_id for piece in filler} == {c.clip_id for c in two}
    assert all(piece.mirrored for piece in filler)
    length = {c.clip_id: c.seconds for c in clips}
    assert sum(length[p.clip_id] / p.speed for p in pieces) >= 600


def test_gold_moves_with_its_clip_and_vague_questions_stay_out() -> None:
    assert shifted(question(), 100.0).gold == seconds(110, 112)
    vague = question("What happens at the end?")
    home = clip("a", "", 20, question(), vague)
    assert askable([home], [clip("b", "a dog")]) == [question()]
    assert askable([home], [clip("b", "tropical fruit")]) == []


def test_lines_are_louder_than_what_they_are_mixed_over_and_do_not_meet() -> None:
    noise = np.random.default_rng(1).standard_normal(RATE * 20).astype(np.float32) * 0.05
    tone = np.sin(np.arange(RATE * 3) / 20).astype(np.float32)
    out, spans = mixed(noise, [tone] * 9, seed=1)
    assert len(spans) >= 3
    assert all(one[1] < two[0] for one, two in pairwise(spans))
    first, last = (round(at * RATE) for at in spans[0])
    assert float(np.std(out[first:last])) > 2.5 * float(np.std(out[: RATE // 2]))


def test_there_are_enough_lines_and_each_line_answers_its_question() -> None:
    lines = load_lines()
    assert len(lines) >= 30
    for line in lines:
        groups = [[word for word in group if not word.isdigit()] for group in line.keywords]
        assert holds_words(line.spoken, groups), line.spoken


@pytest.mark.shared
def test_the_committed_unanswerable_questions_pass_the_check(shared: Path) -> None:
    clips = load_clips(shared)
    home = {c.clip_id: c for c in clips}
    asked = load_unanswerable(clips)
    near = [q for q in asked if q.capability == "near miss"]
    foreign = [q for q in asked if q.capability == "foreign"]
    assert len(asked) >= 100
    assert len(near) >= 50
    assert len(foreign) >= 50
    assert len({(q.text, q.clip_id) for q in asked}) == len(asked)
    source = {q.text: (c.source, q) for c in clips for q in c.questions}
    for q in foreign:
        origin, full = source[q.text]
        assert is_foreign(home[q.clip_id], full, origin), (q.text, q.clip_id)


@pytest.mark.shared
def test_drawing_is_seeded(shared: Path) -> None:
    clips = load_clips(shared)
    assert draw_foreign(clips, 20, 1) == draw_foreign(clips, 20, 1)
    assert draw_foreign(clips, 20, 1) != draw_foreign(clips, 20, 2)


@pytest.mark.shared
def test_a_long_video_shows_the_asked_clip_where_it_says(shared: Path, tmp_path: Path) -> None:
    clips = load_clips(shared)
    wanted, other = "mmcv_countdown", "tv_cartwheel"
    pieces = [Piece(other, False, mirrored=True, speed=1.25), Piece(wanted, True)]
    starts = build(tmp_path / "long.mp4", pieces, clips)
    assert starts[wanted] == pytest.approx(2.8 / 1.25, abs=0.2)
    path = next(c.path for c in clips if c.clip_id == wanted)
    own, long = list(pictures(path)), list(pictures(tmp_path / "long.mp4"))
    at = round(4.0 * FPS)
    there = long[round(starts[wanted] * FPS) + at].astype(int)
    assert float(np.abs(there - own[at]).mean()) < 6
    assert float(np.abs(there - long[at]).mean()) > 20
    assert len(long) / FPS == pytest.approx(starts[""], abs=0.1)
