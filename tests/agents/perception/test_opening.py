"""What is opened as media, and what a playlist may reach."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from agents.errors import UnreadableMedia
from agents.perception.media.decode import frame_at
from agents.perception.media.playlist import media_digest, media_size, parts
from agents.perception.media.probe import probe
from agents.perception.media.sound import audio, is_silent
from memory.records import SECOND, Span
from tests.media import Shown, plain, scene, steady, tone, write_video

RED, GREEN, BLUE = (200, 20, 20), (20, 200, 20), (20, 20, 200)


def streamed(folder: Path, kind: str = "mpegts") -> Path:
    """A playlist of parts of 2 s: red, green, blue, with a tone."""
    folder.mkdir(parents=True)
    shown = steady([(plain(colour), 2.0) for colour in (RED, GREEN, BLUE)])
    source = write_video(folder.parent / f"{folder.name}.mp4", shown, sounds=[tone(6.0)], gop=20)
    playlist = folder / "index.m3u8"
    options = {
        "hls_time": "2",
        "hls_playlist_type": "vod",
        "hls_segment_type": kind,
        "hls_segment_filename": str(folder / ("s%d.ts" if kind == "mpegts" else "s%d.m4s")),
    }
    with av.open(source) as read, av.open(playlist, "w", format="hls", options=options) as written:
        copies = {s.index: written.add_stream_from_template(s) for s in read.streams}
        for packet in read.demux():
            if packet.dts is not None:
                packet.stream = copies[packet.stream.index]
                written.mux(packet)
    source.unlink()
    return playlist


@pytest.mark.parametrize("kind", ["mpegts", "fmp4"])
def test_a_playlist_is_one_video(tmp_path: Path, kind: str) -> None:
    found = probe(streamed(tmp_path / "show", kind))
    assert found.duration / SECOND == pytest.approx(6.0, abs=0.2)
    for at, channel in ((1, 0), (3, 1), (5, 2)):
        frame = frame_at(found, at * SECOND)
        assert frame is not None
        assert int(frame.image.mean(axis=(0, 1)).argmax()) == channel
    assert not is_silent(audio(found, Span(4 * SECOND, 5 * SECOND)))


def test_a_playlist_is_what_it_plays(tmp_path: Path) -> None:
    playlist = streamed(tmp_path / "show")
    before = media_digest(playlist)
    assert media_size(playlist) == sum(p.stat().st_size for p in playlist.parent.glob("*.ts"))
    playlist.write_text(playlist.read_text().replace("#EXT-X-PLAYLIST-TYPE:VOD\n", "# new\n"))
    assert media_digest(playlist) == before
    part = playlist.parent / "s1.ts"
    part.write_bytes(part.read_bytes() + b"\x47" + bytes(187))
    assert media_digest(playlist) != before


def test_a_playlist_without_an_end_does_not_wait_for_more(tmp_path: Path) -> None:
    playlist = streamed(tmp_path / "show")
    text = (
        playlist.read_text()
        .replace("#EXT-X-ENDLIST\n", "")
        .replace("#EXT-X-PLAYLIST-TYPE:VOD\n", "")
    )
    playlist.write_text(text)
    assert probe(playlist).duration / SECOND == pytest.approx(6.0, abs=0.2)


def test_the_best_variant_is_taken(tmp_path: Path) -> None:
    low, high = streamed(tmp_path / "low"), streamed(tmp_path / "high", "fmp4")
    master = tmp_path / "master.m3u8"
    master.write_text(
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000\nlow/index.m3u8\n"
        "#EXT-X-STREAM-INF:AVERAGE-BANDWIDTH=5,BANDWIDTH=900000\nhigh/index.m3u8\n"
    )
    assert {part.path.parent for part in parts(master)} == {high.parent.resolve()}
    assert low.exists()
    found = probe(master)
    assert found.duration / SECOND == pytest.approx(6.0, abs=0.2)


def test_missing_parts_are_told(tmp_path: Path) -> None:
    playlist = streamed(tmp_path / "show")
    (playlist.parent / "s1.ts").unlink()
    found = probe(playlist)
    assert any("1 of the 3 parts of the playlist are missing: s1.ts" in n for n in found.notes)


@pytest.mark.parametrize("name", ["../secret.ts", "{outside}", "link.ts", "http://127.0.0.1/a.ts"])
def test_a_playlist_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    playlist = streamed(tmp_path / "show")
    outside = tmp_path / "secret.ts"
    (playlist.parent / "s1.ts").rename(outside)
    (playlist.parent / "link.ts").symlink_to(outside)
    playlist.write_text(playlist.read_text().replace("s1.ts", name.format(outside=outside)))
    with pytest.raises(UnreadableMedia, match="not in its folder"):
        probe(playlist)
    with pytest.raises(UnreadableMedia, match="not in its folder"):
        media_digest(playlist)


def test_an_encrypted_playlist_says_so(tmp_path: Path) -> None:
    playlist = streamed(tmp_path / "show")
    text = playlist.read_text().replace("#EXTINF", '#EXT-X-KEY:METHOD=AES-128,URI="k"\n#EXTINF', 1)
    playlist.write_text(text)
    with pytest.raises(UnreadableMedia, match="encrypted"):
        probe(playlist)


@pytest.mark.parametrize(
    "text",
    [
        "ffconcat version 1.0\nfile {secret}\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{secret}\n#EXT-X-ENDLIST\n",
        '<svg xmlns="http://www.w3.org/2000/svg"><image href="{secret}"/></svg>',
        "<?xml version='1.0'?><MPD><Period><BaseURL>{secret}</BaseURL></Period></MPD>",
    ],
)
def test_a_list_under_the_name_of_a_video_reaches_no_other_file(tmp_path: Path, text: str) -> None:
    secret = write_video(tmp_path / "secret.mp4", steady([(scene(1), 1.0)]))
    named = tmp_path / "holiday.mp4"
    named.write_text(text.format(secret=secret.name))
    with pytest.raises(UnreadableMedia, match="cannot be opened as media: it holds text"):
        probe(named)


def test_what_is_broken_is_not_called_text(tmp_path: Path) -> None:
    named = tmp_path / "holiday.mp4"
    named.write_bytes(bytes(range(256)) * 8)
    with pytest.raises(UnreadableMedia, match=r"cannot be opened as media: (?!it holds text)"):
        probe(named)


def test_a_dash_playlist_is_refused_with_what_to_do(tmp_path: Path) -> None:
    named = tmp_path / "show.mpd"
    named.write_text("<MPD></MPD>")
    with pytest.raises(UnreadableMedia, match="DASH") as caught:
        probe(named)
    assert "ffmpeg" in caught.value.hint


def test_names_are_never_protocols_or_patterns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("concat:a.mp4", "data:x.mp4", "12:30 #1?.mp4"):
        write_video(tmp_path / "plain.mp4", [Shown(scene(1), 0.0)]).rename(tmp_path / name)
        assert probe(Path(name)).width == 320
    (tmp_path / "frame%03d.png").write_bytes(b"")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["holiday.mp4", "beach.mp4"])
def test_lists_of_the_evaluation_data_are_refused(odd: Path, name: str) -> None:
    with pytest.raises(UnreadableMedia):
        probe(odd / "playlist_inside" / name)


@pytest.mark.shared
def test_the_playlist_of_the_evaluation_data(odd: Path) -> None:
    found = probe(odd / "hls_local" / "index.m3u8")
    assert found.duration / SECOND == pytest.approx(12.0, abs=0.2)
    first, second = (frame_at(found, at * SECOND) for at in (3, 9))
    assert first is not None
    assert second is not None
    assert abs(first.image.astype(int) - second.image.astype(int)).mean() > 1
