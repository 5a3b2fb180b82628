"""Files of URLs, from a server of this machine and fsspec's own memory: whole, or not at all."""

from __future__ import annotations

import sys
import threading
import time
import types
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from agents.errors import UnreadableMedia
from agents.ingest.sources.fetch import Limits, fetch, is_url
from tests.flows.library import backtrail, ferry, scripted_home

WIDE = Limits(10_000_000, 60.0)
BODY = bytes(range(256)) * 400


class Handler(BaseHTTPRequestHandler):
    """Answers by the path: whole, cut off, slow, endless, a page, or not at all."""

    body, asked = BODY, 0

    def do_GET(self) -> None:
        type(self).asked += 1
        kind = self.path.split("?")[0].strip("/").split("/")[-1]
        if kind == "moved.mp4":
            self.send_response(302)
            self.send_header("Location", "/other/clip.mp4?sig=secret")
            self.end_headers()
            return
        if self.headers.get("If-None-Match") == '"1"':
            self.send_response(304)
            self.end_headers()
            return
        if kind == "missing.mp4":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if kind == "page" else "video/mp4")
        if kind != "endless.mp4":
            self.send_header("Content-Length", str(len(self.body)))
        self.send_header("ETag", '"1"')
        self.end_headers()
        self.send(kind)

    def send(self, kind: str) -> None:
        half = len(self.body) // 2
        self.wfile.write(self.body[:half])
        if kind == "cut.mp4":
            return
        for _ in range(1000 if kind in ("slow.mp4", "endless.mp4") else 0):
            try:
                self.wfile.write(self.body if kind == "endless.mp4" else b"")
                self.wfile.flush()
                time.sleep(0.005)
            except OSError:
                return
        self.wfile.write(self.body[half:])

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged."""


@pytest.fixture
def server() -> Iterator[str]:
    Handler.body, Handler.asked = BODY, 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as own:
        threading.Thread(target=own.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{own.server_address[1]}"
        own.shutdown()


def test_a_file_is_fetched_once_and_asked_for_again(server: str, tmp_path: Path) -> None:
    first = fetch(f"{server}/clip.mp4", tmp_path, WIDE)
    assert (first.name, first.read_bytes()) == ("clip.mp4", BODY)
    Handler.body = b"other"
    assert fetch(f"{server}/clip.mp4", tmp_path, WIDE).read_bytes() == BODY, "not modified"
    assert Handler.asked == 2
    first.unlink()
    assert fetch(f"{server}/clip.mp4", tmp_path, WIDE).read_bytes() == b"other"


def test_redirects_are_followed_and_names_are_names(server: str, tmp_path: Path) -> None:
    assert fetch(f"{server}/moved.mp4", tmp_path, WIDE).name == "clip.mp4"
    odd = fetch(f"{server}/a/..%2f..%2f.evil%0a.mp4", tmp_path, WIDE)
    assert odd.name == "evil_.mp4" and odd.is_relative_to(tmp_path)


@pytest.mark.parametrize(
    ("name", "limits", "words"),
    [
        ("cut.mp4", WIDE, "cannot be fetched"),
        ("missing.mp4", WIDE, "404"),
        ("clip.mp4", Limits(1000, 60.0), "1,000 are allowed"),
        ("endless.mp4", Limits(500_000, 60.0), "500,000 are allowed"),
        ("endless.mp4", Limits(10**12, 0.2), "longer than 0.2 s"),
    ],
)
def test_nothing_partial_ever_counts(
    server: str, tmp_path: Path, name: str, limits: Limits, words: str
) -> None:
    with pytest.raises(UnreadableMedia, match=words) as refused:
        fetch(f"{server}/{name}?token=secret", tmp_path, limits)
    assert "secret" not in str(refused.value) and refused.value.hint
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_server_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnreadableMedia, match="ConnectError"):
        fetch("http://127.0.0.1:9/clip.mp4", tmp_path, WIDE)


def test_a_page_needs_an_extra_and_is_handed_to_it(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    with pytest.raises(UnreadableMedia, match="it is a page") as refused:
        fetch(f"{server}/page", tmp_path, WIDE)
    assert "backtrail[sites]" in refused.value.hint
    monkeypatch.setattr("importlib.util.find_spec", lambda _: object())
    monkeypatch.setitem(sys.modules, "yt_dlp", types.SimpleNamespace(YoutubeDL=Loader))
    assert fetch(f"{server}/page", tmp_path, WIDE).read_bytes() == BODY


class Loader:
    """Takes the place of yt-dlp, which reaches the network: the calls that are made of it."""

    def __init__(self, options: dict[str, Any]) -> None:
        assert options["max_filesize"] == WIDE.most_bytes
        self.path = Path(options["outtmpl"]).with_name("talk.mp4")

    def __enter__(self) -> Loader:
        return self

    def __exit__(self, *_: object) -> None: ...

    def extract_info(self, url: str, download: bool) -> dict[str, Any]:
        assert download and url.endswith("/page")
        self.path.write_bytes(BODY)
        return {}

    def prepare_filename(self, info: dict[str, Any]) -> str:
        return str(self.path)


def test_what_fsspec_reads_is_fetched_too(tmp_path: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/shelf/clip.mp4", BODY)
    assert fetch("memory://shelf/clip.mp4", tmp_path, WIDE).read_bytes() == BODY
    with pytest.raises(UnreadableMedia, match="1,000 are allowed"):
        fetch("memory://shelf/clip.mp4", tmp_path / "other", Limits(1000, 60.0))
    for url in ("memory://shelf/none.mp4", "memory://shelf", "nonsense://x/y"):
        with pytest.raises(UnreadableMedia, match="cannot be fetched"):
            fetch(url, tmp_path, WIDE)


def test_a_missing_reader_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(UnreadableMedia, match="nothing here reads s3://") as refused:
        fetch("s3://bucket/clip.mp4", tmp_path, WIDE)
    assert "backtrail[s3]" in refused.value.hint


def test_what_is_a_url() -> None:
    assert all(map(is_url, ("http://x/y", "S3://b/k", "file:///a", "gs+x://b")))
    assert not any(map(is_url, ("a.mp4", "/a/b", "C:\\x", "a:b", "./http:/x")))


def test_ingest_takes_urls_among_files_and_survives_those_that_fail(
    server: str, tmp_path: Path
) -> None:
    with scripted_home(tmp_path):
        video = ferry(tmp_path)
        Handler.body = video.read_bytes() + b"\0" * 8
        said = backtrail("ingest", f"{server}/talk.mp4", f"{server}/missing.mp4", video, "--json")
        assert said.code == 1
        states = {Path(e["path"]).name: e["status"] for e in said.object["videos"]}
        assert states == {"missing.mp4": "failed", "talk.mp4": "ingested", "ferry.mp4": "ingested"}
        (failed,) = (e for e in said.object["videos"] if e["status"] == "failed")
        assert failed["path"] == f"{server}/missing.mp4"
        again = backtrail("ingest", f"{server}/talk.mp4")
        assert again.code == 0 and "unchanged" in again.err
        assert backtrail("show", "talk.mp4").code == 0
        told = backtrail("ingest", f"{server}/talk.mp4", "--estimate")
        assert told.code == 2 and "only files of this machine" in told.err
        assert backtrail("ingest", f"{server}/missing.mp4").code == 2
