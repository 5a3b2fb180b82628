"""Timelines of real edits: what they say is shown is what was rendered, frame by frame."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

otio = pytest.importorskip("opentimelineio", reason="the extra `timeline` is not installed")
pytest.importorskip("imageio_ffmpeg", reason="the extra `edit` is not installed")

from agents.act.plan import Ref  # noqa: E402
from agents.act.timeline.derive import BESIDE, BOTH, OVER, PICTURE_ONLY, SOUND_ONLY  # noqa: E402
from agents.act.timeline.export import Edit, edit_of, form_of, written  # noqa: E402
from agents.act.timeline.formats import Format, read  # noqa: E402
from agents.errors import UnreadableMedia, UsageError  # noqa: E402
from agents.tools.registry import Powers, registry_of  # noqa: E402
from memory.records import content_id, file_digest  # noqa: E402
from tests.agents.act.kit import graph  # noqa: E402
from tests.agents.act.timeline.studio import Studio, use  # noqa: E402
from tests.agents.tools.bench import clicks, counting, numbers_of  # noqa: E402
from tests.store_rows import row  # noqa: E402


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path)


@pytest.fixture
def dog(tmp_path: Path) -> Path:
    """Four seconds at 25 frames a second: frames 0 to 99."""
    return counting(tmp_path / "dog's 50%.mp4", 4.0, sounds=[clicks(4, [0.5, 2.0, 3.0])])


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    """Three seconds: frames 120 to 194."""
    return counting(tmp_path / "cat.mp4", 3.0, first=120, sounds=[clicks(3, [1.0])])


def edit(studio: Studio, *steps: Any, media: tuple[Path, ...]) -> tuple[Edit, list[int]]:
    """The edit of a plan's run, and the number that each rendered frame tells."""
    result = studio.act(graph(*steps), *media)
    found = edit_of(studio.runtime.store, "default", result.run_id)
    return found, numbers_of(result.outputs[-1].path)


def timeline(made: Edit, form: Format = Format.OTIO) -> Any:
    """The timeline of an edit, as the library reads the file."""
    return read(written(made, form)[0], made.cut.rate, form)


def shown(found: Any, firsts: dict[str, int], finished: list[int]) -> list[int | None]:
    """The number that each frame of a timeline tells; None where something is drawn or crosses.

    `firsts` are the numbers of the first frames of files; other files are the finished one.
    """
    numbers: list[int | None] = []
    hidden: set[int] = set()
    for item in found.video_tracks()[0]:
        if isinstance(item, otio.schema.Transition):
            before, after = int(item.in_offset.value), int(item.out_offset.value)
            hidden |= set(range(len(numbers) - before, len(numbers) + after))
            continue
        start, count = item.source_range.start_time.value, round(item.source_range.duration.value)
        reference = item.media_reference
        if not isinstance(reference, otio.schema.ExternalReference):
            numbers += [None] * count
            continue
        scalar, first = 1.0, firsts.get(reference.name)
        for effect in item.effects:
            if isinstance(effect, otio.schema.LinearTimeWarp):
                scalar = effect.time_scalar
        begin = start + count * -scalar - 1 if scalar < 0 else start
        places = [int(begin + n * scalar + 1e-6) for n in range(count)]
        numbers += [finished[p] if first is None else first + p for p in places]
    return [None if place in hidden else n for place, n in enumerate(numbers)]


def agrees(told: list[int | None], real: list[int], slack: int = 0) -> None:
    """Each frame that a timeline tells of is the one that was rendered."""
    assert len(told) == len(real)
    wrong = [(n, t, r) for n, (t, r) in enumerate(zip(told, real, strict=True)) if t is not None]
    wrong = [one for one in wrong if abs(one[1] - one[2]) > slack]
    assert not wrong, wrong[:5]


def kinds(made: Edit) -> list[tuple[str, int]]:
    """File or tool, and frames, of each clip of the base."""
    clips = made.cut.pictures[0]
    return [
        (c.medium.name if c.medium else c.drawn.tool if c.drawn else "", c.frames) for c in clips
    ]


def test_cuts_joins_and_speed_are_told_in_the_files_that_were_given(
    studio: Studio, dog: Path, cat: Path
) -> None:
    made, real = edit(
        studio,
        use("keep", "trim", video=dog, start=0.4, end=3.6),
        use("slow", "speed", video=Ref("keep"), factor=0.5, start=1.0, end=2.0),
        use("out", "remove", video=Ref("slow"), start=0.2, end=0.6),
        use("both", "concatenate", clips=(Ref("out"), cat)),
        use("end", "trim", video=Ref("both"), start=0.1, end=5.0),
        media=(dog, cat),
    )
    assert made.reader.untold == {}
    assert [name for name, _ in kinds(made)] == [dog.name] * 4 + [cat.name]
    assert [float(clip.speed) for clip in made.cut.pictures[0]] == [1, 1, 0.5, 1, 1]
    agrees(shown(timeline(made), {dog.name: 0, cat.name: 120}, real), real, slack=1)
    assert made.cut.sounds[0][0].medium == made.cut.pictures[0][0].medium


def test_transitions_titles_and_texts_are_told_and_nothing_is_lost_in_otio(
    studio: Studio, dog: Path, cat: Path
) -> None:
    made, real = edit(
        studio,
        use("keep", "trim", video=dog, start=1.0, end=3.0),
        use("two", "transition", clips=(Ref("keep"), cat), kind="wipe", seconds=0.4),
        use("named", "title", video=Ref("two"), text="Fetch\nit", seconds=1.0),
        use("over", "overlay_text", video=Ref("named"), text="hello", start=2.0, end=3.0),
        media=(dog, cat),
    )
    text, _, losses = written(made, Format.OTIO)
    found = read(text, made.cut.rate, Format.OTIO)
    assert otio.adapters.write_to_string(found, "otio_json") == text
    assert kinds(made) == [("title", 25), (dog.name, 45), (cat.name, 70)]
    cross = next(i for i in found.video_tracks()[0] if isinstance(i, otio.schema.Transition))
    assert (cross.transition_type, cross.in_offset.value, cross.out_offset.value) == (
        "Custom_wipe", 5, 5,
    )  # fmt: skip
    card = found.video_tracks()[0][0].media_reference
    assert card.generator_kind == "title" and card.parameters["arguments"]["text"] == "Fetch\nit"
    gap, words = found.video_tracks()[1][0], found.video_tracks()[1][1]
    assert (gap.duration().value, words.duration().value, words.name) == (50, 25, "hello")
    told = shown(found, {dog.name: 0, cat.name: 120}, real)
    assert told.count(None) == 25 + 10
    agrees(told, real)
    assert losses == (
        "named (title) is told, but other programs do not draw it",
        "over (overlay_text) is told, but other programs do not draw it",
    )


FORMATS = [Format.EDL, Format.FCP7, Format.FCPX]


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_format_cannot_hold_is_finished_pictures_and_told(
    studio: Studio, dog: Path, cat: Path, form: Format
) -> None:
    made, real = edit(
        studio,
        use("keep", "trim", video=dog, start=1.0, end=3.0),
        use("slow", "speed", video=Ref("keep"), factor=0.5, start=0.4, end=0.8),
        use("two", "transition", clips=(Ref("slow"), cat), seconds=0.4),
        use("named", "title", video=Ref("two"), text="Fetch", seconds=1.0),
        media=(dog, cat),
    )
    _, clips, losses = written(made, form)
    found = timeline(made, form)
    firsts = {dog.name.replace("'", "’" if form is Format.FCPX else "'"): 0, cat.name: 120}
    for clip in found.find_clips():  # an EDL and Final Cut name the clip, not its file
        clip.media_reference.name = clip.name
    told = shown(found, firsts, real)
    assert None not in told  # only cuts are left
    agrees(told, real, slack=0)
    assert clips == len(list(found.video_tracks()[0].find_clips())) == 6
    pictures = ["title 'Fetch', 0.00-1.00 s", f"speed 0.5 of {dog.name}, 1.40-2.20 s"]
    pictures.append("transition (fade), 3.00-3.40 s")
    assert [one for one in losses if not one.startswith("sound")] == pictures
    assert len(found.audio_tracks()) == (0 if form is Format.EDL else 1)


@pytest.mark.parametrize("form", [Format.OTIO, *FORMATS])
def test_29_97_frames_a_second_are_counted_as_they_are(
    studio: Studio, tmp_path: Path, form: Format
) -> None:
    import av

    path = tmp_path / "ntsc.mp4"
    plain = counting(tmp_path / "plain.mp4", 4.0, fps=30)
    with av.open(str(plain)) as given, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.pts is not None and packet.dts is not None:
                packet.stream = stream
                base = Fraction(packet.time_base or 0)
                number, rest = divmod(packet.pts * base, Fraction(1, 30))
                assert rest == 0
                order = round(packet.dts * base * 30)
                packet.time_base = Fraction(1, 30_000)
                packet.pts, packet.dts, packet.duration = number * 1001, order * 1001, 1001
                out.mux(packet)
    made, real = edit(
        studio,
        use("cut", "remove", video=path, start=1.0, end=2.0),
        use("end", "trim", video=Ref("cut"), start=0.5, end=2.5),
        media=(path,),
    )
    assert made.cut.rate == Fraction(30_000, 1001)
    found = timeline(made, form)
    for clip in found.find_clips():
        clip.media_reference.name = clip.name
    first = found.video_tracks()[0][0]
    assert first.source_range.start_time.rate == pytest.approx(29.97003, abs=1e-5)
    agrees(shown(found, {path.name: 0}, real), real)
    text = written(made, form)[0]
    if form is Format.FCPX:
        assert 'frameDuration="1001/30000s"' in text
        start = first.source_range.start_time.value
        assert f'start="{Fraction(int(start) * 1001, 30_000)}s"' in text
    if form is Format.EDL:
        assert "00:00:00;15" in text  # drop frame


def test_backwards_still_and_ramps(studio: Studio, dog: Path) -> None:
    made, real = edit(
        studio,
        use("keep", "trim", video=dog, start=1.0, end=3.0),
        use("back", "reverse", video=Ref("keep")),
        use("held", "freeze", video=Ref("back"), at=0.4, seconds=0.4),
        media=(dog,),
    )
    base = made.cut.pictures[0]
    assert [(float(c.speed), c.is_still, c.frames) for c in base] == [
        (-1, False, 10), (-1, True, 10), (-1, False, 40),
    ]  # fmt: skip
    assert [clip.shown(made.cut.rate) for clip in base[::2]] == [
        (Fraction(65, 25), 3), (1, Fraction(65, 25)),
    ]  # fmt: skip
    found = timeline(made)
    told = shown(found, {dog.name: 0}, real)
    agrees([*told[:10], *told[20:]], [*real[:10], *real[20:]])
    assert isinstance(found.video_tracks()[0][1].effects[0], otio.schema.FreezeFrame)
    assert set(real[10:20]) == {64} and base[1].start == Fraction(64, 25)


def test_a_part_that_cuts_through_a_transition_is_a_clip_of_what_was_made(
    studio: Studio, dog: Path, cat: Path
) -> None:
    made, real = edit(
        studio,
        use("two", "transition", clips=(dog, cat), seconds=0.4),
        use("end", "trim", video=Ref("two"), start=3.8, end=5.0),
        media=(dog, cat),
    )
    assert kinds(made) == [("two.video", 30)]
    whole = numbers_of(made.reader.medium(made.cut.pictures[0][0].medium.asset_id).path)  # pyright: ignore[reportOptionalMemberAccess]
    agrees(shown(timeline(made), {}, whole), real)


def test_what_has_no_parts_is_one_clip_and_told(studio: Studio, dog: Path, cat: Path) -> None:
    made, _ = edit(
        studio,
        use("both", "split_screen", clips=(dog, cat)),
        use("end", "trim", video=Ref("both"), start=1.0, end=2.0),
        media=(dog, cat),
    )
    assert kinds(made) == [("both.video", 25)]
    assert made.reader.untold == {
        "both": "both (split_screen) is one clip: it is not made of parts of a video"
    }
    assert written(made, Format.EDL)[2][0] == made.reader.untold["both"]


def test_pauses_that_were_cut_are_cuts(studio: Studio, tmp_path: Path) -> None:
    tones = clicks(4, [begin + n / 50 for begin in (0.5, 2.0, 3.2) for n in range(10)])
    dog = counting(tmp_path / "dog.mp4", 4.0, sounds=[tones])
    made, real = edit(studio, use("talk", "remove_silence", video=dog), media=(dog,))
    assert len(kinds(made)) == 3 and {name for name, _ in kinds(made)} == {dog.name}
    found = timeline(made, Format.FCP7)
    for clip in found.find_clips():
        clip.media_reference.name = clip.name
    agrees(shown(found, {dog.name: 0}, real), real)
    assert written(made, Format.FCP7)[2] == ()


def test_what_is_laid_beside_or_added_is_told(studio: Studio, dog: Path, cat: Path) -> None:
    cues = dog.with_name("cues.srt")
    cues.write_text("1\n00:00:00,500 --> 00:00:01,500\nhello\n", encoding="utf-8")
    made, _ = edit(
        studio,
        use("keep", "trim", video=dog, start=0.0, end=2.0),
        use("in", "picture_in_picture", video=Ref("keep"), inset=cat, sound="both"),
        use("said", "add_subtitles", video=Ref("in"), subtitles=cues),
        media=(dog, cat, cues),
    )
    _, _, losses = written(made, Format.FCP7)
    assert losses == (
        "said (add_subtitles): its subtitles are in no timeline",
        "picture_in_picture (in), 0.00-2.00 s",
        "sound: picture_in_picture (in), 0.00-2.00 s",
    )


def test_evidence_is_marked_where_the_clips_show_it(studio: Studio, dog: Path) -> None:
    video_id = content_id("v", "default", file_digest(dog))
    seen = row("the dog\nfetches", 2.0, 2.4, tenant="default", video=video_id)
    studio.runtime.store.put_memories([seen])
    made, _ = edit(
        studio,
        use("keep", "trim", (seen.memory_id, "m_forgotten"), video=dog, start=1.0, end=3.0),
        use("out", "remove", video=Ref("keep"), start=0.4, end=0.8),
        media=(dog,),
    )
    clips = list(timeline(made).video_tracks()[0])
    told = [
        [(m.name, m.marked_range.start_time.value, m.comment) for m in c.markers] for c in clips
    ]
    assert told == [
        [("m_forgotten", 25, "")],
        [(seen.memory_id, 50, "the dog fetches"), ("m_forgotten", 45, "")],
    ]
    assert clips[1].markers[0].marked_range.duration.value == 10
    assert list(clips[1].metadata["backtrail"]["evidence"]) == [seen.memory_id, "m_forgotten"]
    text = written(made, Format.EDL)[0]
    assert f"* EVIDENCE {seen.memory_id}" in text


def test_sounds_lie_beside_each_other(studio: Studio, dog: Path, cat: Path) -> None:
    made, _ = edit(
        studio,
        use("own", "extract_sound", video=cat),
        use("keep", "trim", video=dog, start=0.0, end=2.0),
        use("soft", "volume", video=Ref("keep"), gain_db=-6.0),
        use("with", "mix", video=Ref("soft"), sound=Ref("own"), start=0.4),
        media=(dog, cat),
    )
    tracks = timeline(made).audio_tracks()
    assert [c.name for c in tracks[0].find_clips()] == [dog.name]
    assert tracks[0][0].effects[0].effect_name == "volume"
    assert [item.duration().value for item in tracks[1]] == [10, 40]
    assert tracks[1][1].name == "own.sound"
    found = timeline(made, Format.FCP7)
    assert "sounds that are mixed, 0.00-2.00 s" in written(made, Format.FCP7)[2]
    assert [c.name for c in found.video_tracks()[0].find_clips()] == [dog.name]


@pytest.mark.parametrize("fuses", [True, False])
def test_a_round_changes_the_timeline_and_renders_only_what_changed(
    studio: Studio, dog: Path, fuses: bool
) -> None:
    studio.fuses = fuses
    keep = use("keep", "trim", video=dog, start=1.0, end=3.0)
    slow = use("slow", "speed", video=Ref("keep"), factor=0.5)
    first = studio.act(graph(keep, slow, use("grey", "grey", video=Ref("slow"))), dog)
    assert studio.runs == {"trim": 1, "speed": 1, "grey": 1}
    after = studio.act(graph(keep, use("grey", "grey", video=Ref("keep"))), continues=first.run_id)
    # where it has no file, it is a part of the one encoding of the round
    assert studio.runs == {"trim": 2 if fuses else 1, "speed": 1, "grey": 2}
    speeds = [
        [float(c.speed) for c in edit_of(studio.runtime.store, "default", run).cut.pictures[0]]
        for run in (first.run_id, after.run_id)
    ]
    assert speeds == [[0.5], [1.0]]
    again = studio.act(graph(keep, use("grey", "grey", video=Ref("keep"))), continues=after.run_id)
    assert studio.runs["grey"] == 2 and again.outputs == after.outputs


def test_files_that_are_gone_or_changed_are_told(studio: Studio, dog: Path, cat: Path) -> None:
    result = studio.act(graph(use("keep", "trim", video=dog, start=1.0, end=3.0)), dog)
    cat.replace(dog)
    with pytest.raises(UnreadableMedia, match="has changed since the run"):
        edit_of(studio.runtime.store, "default", result.run_id)
    dog.unlink()
    with pytest.raises(UnreadableMedia, match="is not where it was"):
        edit_of(studio.runtime.store, "default", result.run_id)


def test_rates_without_a_time_code_are_refused(studio: Studio, tmp_path: Path) -> None:
    odd = counting(tmp_path / "odd.mp4", 2.0, fps=10)
    made, real = edit(studio, use("keep", "trim", video=odd, start=0.5, end=1.5), media=(odd,))
    agrees(shown(timeline(made), {odd.name: 0}, real), real)
    for form in FORMATS:
        with pytest.raises(UsageError, match="frames a second have no time code"):
            written(made, form)


def test_every_tool_that_is_named_exists() -> None:
    known = registry_of(Powers()).tools
    assert known.keys() >= SOUND_ONLY | PICTURE_ONLY | BOTH | OVER | BESIDE
    assert form_of("fcpxml", Path("a.FCPXML")) is Format.FCPX
    assert form_of("fcpxml", Path("a.xml")) is Format.FCP7
