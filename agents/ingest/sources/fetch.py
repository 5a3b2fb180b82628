"""Media that lie elsewhere are brought here first: by HTTP, by whatever fsspec reads, from sites.

A file is written under another name and gets its own when it is whole, so that nothing partial ever
counts; a second fetch asks the server whether it has changed.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from agents.errors import UnreadableMedia
from memory.records import content_id

SCHEME = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
"""How a URL begins; the drive of a Windows path is a single letter."""

PIECE = 1 << 20
"""Bytes that are read at a time."""

PATIENCE = 30.0
"""Seconds without a byte after which a server is given up."""

PAGES = ("text/html", "application/xhtml+xml")
"""Types of what is a page about media, not media."""

EXTRAS = {"s3": "s3", "s3a": "s3"}
"""Which of our extras reads a protocol; other packages are named by fsspec itself."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a fetch may take."""

    most_bytes: int
    most_seconds: float


def is_url(source: str) -> bool:
    """Whether a source lies elsewhere."""
    return SCHEME.match(source) is not None


def fetch(url: str, folder: Path, limits: Limits) -> Path:
    """The file of a URL below `folder`, fetched now unless it is there and unchanged.

    Raises:
        UnreadableMedia: it cannot be had, is larger or slower than allowed, arrives in part, or an
            optional package is missing.
    """
    parts = urlsplit(url)
    if parts.scheme.lower() == "file":
        return Path(unquote(parts.path))
    own = folder / content_id("u", url)
    own.mkdir(parents=True, exist_ok=True)
    if parts.scheme.lower() in ("http", "https"):
        return _by_http(url, own, limits)
    return _by_fsspec(url, own, limits)


def _by_http(url: str, own: Path, limits: Limits) -> Path:
    import httpx

    known = _known(own)
    asks = {"If-None-Match": known["etag"]} if known.get("etag") else {}
    try:
        with httpx.stream(
            "GET", url, headers=asks, follow_redirects=True, timeout=PATIENCE
        ) as reply:
            if reply.status_code == 304:
                return own / known["name"]
            if reply.status_code != 200:
                raise _refused(url, f"the server answers {reply.status_code}", "check the address")
            if reply.headers.get("content-type", "").split(";")[0].strip().lower() in PAGES:
                return _from_site(url, own, limits)
            announced = int(reply.headers.get("content-length", -1))
            plain = "content-encoding" not in reply.headers
            path = own / _name_of(str(reply.url))
            _write(reply.iter_bytes(PIECE), path, url, limits, announced if plain else -1)
            _note(own, path.name, reply.headers.get("etag", ""))
            return path
    except httpx.HTTPError as error:
        said = f"{type(error).__name__}: {error}".rstrip(": ")
        raise _refused(url, said, "check the address and the network, then try again") from error


def _by_fsspec(url: str, own: Path, limits: Limits) -> Path:
    import fsspec  # pyright: ignore[reportMissingTypeStubs]

    scheme = urlsplit(url).scheme.lower()
    try:
        system, place = fsspec.core.url_to_fs(url)  # pyright: ignore
        about: dict[str, Any] = system.info(place)  # pyright: ignore
        if about.get("type") == "directory":
            raise _refused(url, "it is a folder", "name a file in it")
        mark = str(about.get("ETag") or about.get("mtime") or about.get("created") or "")
        known = _known(own)
        if mark and known.get("etag") == mark:
            return own / known["name"]
        size = int(about.get("size") or -1)
        path = own / _name_of(url)
        with system.open(place, "rb") as handle:  # pyright: ignore
            pieces = iter(lambda: handle.read(PIECE), b"")  # pyright: ignore
            _write(pieces, path, url, limits, size)
        _note(own, path.name, mark)
        return path
    except ImportError as error:
        extra = EXTRAS.get(scheme)
        hint = f"install the extra: pip install 'backtrail[{extra}]'" if extra else str(error)
        raise _refused(url, f"nothing here reads {scheme}://", hint) from error
    except (OSError, ValueError) as error:
        said = str(error) or type(error).__name__
        raise _refused(url, said, "check the address and your rights") from error


def _from_site(url: str, own: Path, limits: Limits) -> Path:
    """What yt-dlp finds on a page; it is an optional extra."""
    if importlib.util.find_spec("yt_dlp") is None:
        raise _refused(
            url,
            "it is a page, not a media file",
            "to take videos from pages install the extra: pip install 'backtrail[sites]'",
        )
    options = {
        "outtmpl": str(own / "%(title).80B.%(ext)s"),
        "max_filesize": limits.most_bytes,
        "socket_timeout": PATIENCE,
        "noplaylist": True,
        "quiet": True,
        "noprogress": True,
    }
    sites: Any = importlib.import_module("yt_dlp")
    try:
        with sites.YoutubeDL(options) as loader:
            path = Path(loader.prepare_filename(loader.extract_info(url, download=True)))
    except Exception as error:  # its own errors, and those of every site's extractor
        raise _refused(url, " ".join(str(error).split()), "see whether it plays there") from error
    if not path.is_file():
        raise _refused(url, "nothing was fetched", f"allowed are {limits.most_bytes:,} bytes")
    return path


def _write(pieces: Iterator[bytes], path: Path, url: str, limits: Limits, announced: int) -> None:
    """Write pieces beside `path` and give it its name when all is there."""
    if announced > limits.most_bytes:
        raise _too_large(url, announced, limits)
    until = time.monotonic() + limits.most_seconds
    with _partial(path) as partial:
        size = 0
        with partial.open("wb") as handle:
            for piece in pieces:
                size += len(piece)
                if size > limits.most_bytes:
                    raise _too_large(url, size, limits)
                if time.monotonic() > until:
                    said = f"it takes longer than {limits.most_seconds:g} s"
                    raise _refused(
                        url, said, "raise BACKTRAIL_FETCH__SECONDS, or fetch it yourself"
                    )
                handle.write(piece)
        if announced >= 0 and size != announced:
            said = f"{size:,} of {announced:,} bytes arrived"
            raise _refused(url, said, "try again")
        partial.replace(path)


@contextmanager
def _partial(path: Path) -> Generator[Path]:
    """A name beside `path` that is gone afterwards, whatever happens."""
    partial = path.with_name(f"{path.name}.{time.monotonic_ns()}.part")
    try:
        yield partial
    finally:
        partial.unlink(missing_ok=True)


def _known(own: Path) -> dict[str, str]:
    """What was fetched before, if its file is still there."""
    noted = own / "fetched.json"
    if not noted.is_file():
        return {}
    known: dict[str, str] = json.loads(noted.read_text(encoding="utf-8"))
    return known if (own / known["name"]).is_file() else {}


def _note(own: Path, name: str, mark: str) -> None:
    text = json.dumps({"name": name, "etag": mark})
    (own / "fetched.json").write_text(text, encoding="utf-8")


def _name_of(url: str) -> str:
    """A file name from the last part of a URL: no folders, no hidden files, not too long."""
    last = unquote(urlsplit(url).path).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    clean = re.sub(r"[\x00-\x1f\x7f/:]", "_", last).lstrip(".")
    return clean[-120:] or "media"


def _too_large(url: str, size: int, limits: Limits) -> UnreadableMedia:
    said = f"it has {size:,} bytes or more, {limits.most_bytes:,} are allowed"
    return _refused(url, said, "raise BACKTRAIL_FETCH__BYTES")


def shown(url: str) -> str:
    """A URL without what it may hold of passwords and signatures."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def _refused(url: str, said: str, hint: str) -> UnreadableMedia:
    return UnreadableMedia(f"{shown(url)} cannot be fetched: {said}", hint)
