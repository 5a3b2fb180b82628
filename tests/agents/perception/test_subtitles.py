from __future__ import annotations

from pathlib import Path

import av
import pytest

from agents.perception.media.probe import probe
from agents.perception.records import Probe, StreamChoice
from agents.perception.subtitles import from_stream, read, sidecar_files
from memory.records import SECOND, Span
from tests.media import scene, steady, write_video

SRT = """1
00:00:00,500 --> 00:00:01,500
<i>Good</i> morning
everyone &amp; all

2
00:00:01,800 --> 00:00:09,000
The end
"""
VTT = """WEBVTT

00:00.200 --> 00:01.000
<v Ann>Hello <b>there</b>
"""


@pytest.fixture
def film(tmp_path: Path) -> Probe:
    return probe(write_video(tmp_path / "film.mp4", steady([(scene(1), 2.0)])), StreamChoice())


def beside(film: Probe, name: str, content: str | bytes) -> Path:
    path = film.path.with_name(name)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_which_files_belong_to_a_film(film: Probe) -> None:
    names = ["film.srt", "film.de.vtt", "film.en.srt"]
    files = {name: beside(film, name, SRT) for name in [*names, "film2.srt", "other.srt"]}
    assert sidecar_files(film.path) == [files[name] for name in names]


def test_brackets_in_a_name_are_no_pattern(film: Probe) -> None:
    path = film.path.with_name("a [x](1).mp4")
    side = beside(film, "a [x](1).srt", SRT)
    assert sidecar_files(path) == [side]


def test_srt_is_cleaned_and_clipped_to_the_video(film: Probe) -> None:
    beside(film, "film.srt", SRT)
    said = read(film).utterances
    assert [one.text for one in said] == ["Good morning everyone & all", "The end"]
    assert said[0].span == Span(500_000, 1_500_000)
    assert said[1].span == Span(1_800_000, film.duration)


def test_control_characters_are_not_kept(film: Probe) -> None:
    beside(film, "film.srt", cues((0.5, 1.5, "is \x1b[2J\x1b]0;owned\x07 called&#27;[1m Robin")))
    assert [said.text for said in read(film).utterances] == ["is [2J ]0;owned called[1m Robin"]


def test_vtt_with_a_speaker(film: Probe) -> None:
    beside(film, "film.en.vtt", VTT)
    assert [(one.text, one.span) for one in read(film).utterances] == [
        ("Hello there", Span(200_000, SECOND))
    ]


def test_times_shift_with_the_first_picture(tmp_path: Path) -> None:
    found = probe(
        write_video(tmp_path / "film.mkv", steady([(scene(1), 2.0)]), starts_at=5.0),
        StreamChoice(),
    )
    beside(found, "film.srt", SRT)
    assert read(found).utterances[0].span.start == pytest.approx(500_000, abs=2000)


def test_another_encoding_is_read_and_told(film: Probe) -> None:
    beside(film, "film.srt", SRT.replace("Good", "Café").encode("cp1252"))
    found = read(film)
    assert found.utterances[0].text.startswith("Café")
    assert any("Windows-1252" in note for note in found.notes)
    beside(film, "film.srt", SRT.encode("utf-16"))
    assert read(film).utterances[0].text.startswith("Good")


def test_what_cannot_be_read_is_told_and_the_next_is_used(film: Probe) -> None:
    beside(film, "film.srt", bytes(range(128, 256)) * 4)
    beside(film, "film.en.srt", SRT)
    found = read(film)
    assert any("film.srt cannot be read" in note for note in found.notes)
    assert len(found.utterances) == 2


def test_no_subtitles(film: Probe) -> None:
    assert list(read(film).utterances) == []


@pytest.mark.shared
def test_subtitles_inside_a_file(shared: Path) -> None:
    found = from_stream(probe(shared / "bad_inputs/auto-editor/mov_text.mp4", StreamChoice()))
    assert [one.text for one in found.utterances] == ["oop", "boop"]
    starts = [one.span.start / SECOND for one in found.utterances]
    ends = [one.span.end / SECOND for one in found.utterances]
    assert starts == pytest.approx([0.52, 1.52], abs=0.03)
    assert ends == pytest.approx([1.02, 1.92], abs=0.03)


def cues(*said: tuple[float, float, str]) -> str:
    """Cues as .srt."""
    blocks = [
        f"{n}\n{_time(start)} --> {_time(end)}\n{text}\n"
        for n, (start, end, text) in enumerate(said, 1)
    ]
    return "\n".join(blocks)


def _time(seconds: float) -> str:
    return f"00:00:{int(seconds):02}," + f"{round(seconds % 1 * 1000):03}"


@pytest.mark.parametrize(
    ("text", "charset"),
    [
        ("Поезд отправляется в девять часов утра", "cp1251"),
        ("Поезд отправляется в девять часов утра", "koi8_r"),
        ("列车上午九点从北京出发", "gb18030"),
        ("Το τρένο φεύγει στις εννέα", "cp1253"),
        ("Le château près de la forêt était fermé", "cp1252"),
        ("The ferry leaves at nine", "utf-16-le"),
        ("Ο πλοίαρχος χαιρετά", "utf-16-be"),
    ],
)
def test_any_charset_is_read_and_told(film: Probe, text: str, charset: str) -> None:
    beside(film, "film.srt", cues((0.5, 1.5, text)).encode(charset))
    found = read(film)
    assert [one.text for one in found.utterances] == [text]
    assert "is not UTF-8; it was read as" in found.notes[0]


def test_subtitles_of_another_part_are_not_taken(film: Probe) -> None:
    whole = beside(film, "film.srt", SRT)
    for name in ("film.part2.srt", "film.cd1.srt", "film (2).srt", "film.2.srt"):
        beside(film, name, SRT)
    assert sidecar_files(film.path) == [whole]
    beside(film, "film.no.mp4", b"another film")
    beside(film, "film.no.srt", SRT)
    assert sidecar_files(film.path) == [whole]
    other = film.path.with_name("film.no.mp4")
    assert [side.name for side in sidecar_files(other)] == ["film.no.srt"]


def test_full_subtitles_come_before_forced_ones(film: Probe) -> None:
    beside(film, "film.en.forced.srt", cues((0.1, 0.4, "Sign: exit")))
    beside(film, "film.en.srt", SRT)
    assert [one.text for one in read(film).utterances][-1] == "The end"


ROLLING = """WEBVTT

00:00:00.100 --> 00:00:00.590
so<00:00:00.141><c> today</c><00:00:00.183><c> we</c>

00:00:00.590 --> 00:00:00.600
so today we
 \n
00:00:00.600 --> 00:00:01.090
so today we
take<00:00:00.641><c> off</c><00:00:00.683><c> a wheel</c>

00:00:01.090 --> 00:00:01.100
take off a wheel
 \n
00:00:01.100 --> 00:00:01.590
take off a wheel
and<00:00:01.141><c> oil it</c>
"""


def test_rolling_captions_hold_each_line_once(film: Probe) -> None:
    beside(film, "film.en.vtt", ROLLING)
    said = [(one.text, one.span) for one in read(film).utterances]
    assert said == [
        ("so today we", Span(100_000, 600_000)),
        ("take off a wheel", Span(600_000, 1_100_000)),
        ("and oil it", Span(1_100_000, 1_590_000)),
    ]


def test_what_is_said_twice_with_a_pause_stays_twice(film: Probe) -> None:
    beside(film, "film.srt", cues((0.1, 0.4, "No!"), (0.4, 0.5, "No!"), (1.0, 1.4, "No!")))
    assert [one.span.start for one in read(film).utterances] == [100_000, SECOND]


ASS = r"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
Dialogue: 1,0:00:00.10,0:00:00.50,Default,,0,0,0,,{\an7\p1}m 312 36 l 403 36{\p0}
Dialogue: 0,0:00:00.20,0:00:00.60,Default,ANNA,0,0,0,,{\i1}The lighthouse{\i0} was built,\Nlong ago
Dialogue: 1,0:00:00.20,0:00:00.60,Default,ANNA,0,0,0,,{\blur2}The lighthouse was built,\Nlong ago
Dialogue: 0,0:00:01.00,0:00:01.50,Default,,0,0,0,,{\k20}Row {\p2}m 0 0 b 10{\p0}{\k30}your boat
Comment: 0,0:00:01.00,0:00:01.50,Default,,0,0,0,,a note
"""


def test_of_ass_only_dialogue_is_kept_and_once(film: Probe) -> None:
    beside(film, "film.ass", ASS)
    said = [one.text for one in read(film).utterances]
    assert said == ["The lighthouse was built, long ago", "Row your boat"]


def test_subtitles_that_are_pictures_are_told(tmp_path: Path) -> None:
    film = write_video(tmp_path / "plain.mkv", steady([(scene(1), 2.0)]))
    text = tmp_path / "text.srt"
    text.write_text(cues((0.5, 1.0, "Hello")), encoding="utf-8")
    path = tmp_path / "disc.mkv"
    with av.open(film) as seen, av.open(text) as said, av.open(path, "w") as output:
        picture = output.add_stream_from_template(seen.streams.video[0])
        line = output.add_stream_from_template(said.streams.subtitles[0])
        for given, made in ((seen, picture), (said, line)):
            for packet in given.demux():
                if packet.dts is not None:
                    packet.stream = made
                    output.mux(packet)
    path.write_bytes(path.read_bytes().replace(b"S_TEXT/UTF8", b"S_HDMV/PGS\0"))
    found = read(probe(path))
    assert found.utterances == ()
    assert found.notes == ("the subtitle stream holds no text (pictures of text cannot be read)",)


@pytest.mark.shared
def test_subtitles_of_the_evaluation_data(odd: Path) -> None:
    def said(name: str) -> list[str]:
        return [one.text for one in read(probe(odd / name)).utterances]

    assert said("subtitle_charsets/russian.mp4") == ["Поезд отправляется в девять часов утра"]
    assert said("subtitle_charsets/chinese.mp4") == ["列车上午九点从北京出发"]
    assert said("subtitle_charsets/greek.mp4") == ["Το τρένο φεύγει στις εννέα"]
    assert said("subtitle_charsets/utf16nobom.mp4") == ["The ferry leaves at nine in the morning"]
    assert said("yt_rolling/talk.mp4") == [
        "so today we repair an old bicycle",
        "first we take off the front wheel",
        "then we oil the chain and the pedals",
    ]
    lines = ["The lighthouse was built in 1884, long before the harbor.", "Row row row your boat"]
    assert said("ass_drawing/coast.mkv") == lines
    assert said("ass_drawing/sidecar/coast.mp4") == lines
    assert not said("sidecar_of_other/lecture.mp4")
    assert len(said("sidecar_of_other/lecture.part2.mp4")) == 1
    assert len(said("forced_subs/film_both.mkv")) > 1
