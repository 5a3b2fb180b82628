"""Playlists (HLS, `.m3u8`): opened because of their name, confined to their folder.

A playlist is the media it plays: its digest and size are those of its parts, so that it stays the
same video when the playlist is written anew, and becomes another when its parts do.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from agents.errors import UnreadableMedia
from memory.records import file_digest

PLAYLISTS = (".m3u8",)
UNREAD = (".mpd",)
"""Playlists that this build of FFmpeg cannot follow (DASH)."""
URI = re.compile(r'URI="([^"]*)"')
BANDWIDTH = re.compile(r"[:,]BANDWIDTH=(\d+)")
NESTED = 4
"""Playlists may name playlists this deep: a master, its variants."""
LARGEST = 4 << 20
"""Bytes of text that a playlist may have."""


@dataclass(frozen=True, slots=True)
class Part:
    """A file that a playlist plays, and which bytes of it; all when `range` is empty."""

    path: Path
    range: str = ""


def is_playlist(path: Path) -> bool:
    """Whether a file is a playlist by its name."""
    return path.suffix.lower() in PLAYLISTS


def parts(path: Path) -> list[Part]:
    """Everything a playlist plays, in order, whether it is there or not.

    Raises:
        UnreadableMedia: it is no playlist, is encrypted, or names something outside its folder.
    """
    return list(_parts(path, path.parent.resolve(), NESTED))


def missing_note(path: Path) -> str:
    """A word on parts that are not there; empty when all are."""
    named = parts(path)
    gone = [part.path.name for part in named if not part.path.is_file()]
    if not gone:
        return ""
    return f"{len(gone)} of the {len(named)} parts of the playlist are missing: {gone[0]} first"


def media_digest(path: Path) -> str:
    """SHA-256 of what a file plays: of its bytes, or of the parts of a playlist.

    Raises:
        UnreadableMedia: a playlist cannot be followed.
        OSError: a file cannot be read.
    """
    if not is_playlist(path):
        return file_digest(path)
    digest = hashlib.sha256()
    for part in parts(path):
        own = file_digest(part.path) if part.path.is_file() else "missing"
        digest.update(f"{own} {part.range}\n".encode())
    return digest.hexdigest()


def media_size(path: Path) -> int:
    """Bytes of what a file plays."""
    if not is_playlist(path):
        return path.stat().st_size
    files = {part.path for part in parts(path)}
    return sum(each.stat().st_size for each in files if each.is_file())


def opener(path: Path) -> Callable[[str, int, dict[str, str]], BinaryIO]:
    """What opens files for FFmpeg while it follows a playlist: only those in its folder."""
    folder = path.parent.resolve()

    def open_inside(url: str, flags: int, options: dict[str, str]) -> BinaryIO:
        del flags, options
        place = _inside(Path(url), folder)
        if is_playlist(place):
            return io.BytesIO(_finished(place).encode())
        return place.open("rb") if place.is_file() else io.BytesIO()  # the gap is noted

    return open_inside


def _parts(path: Path, folder: Path, depth: int) -> Iterator[Part]:
    if depth == 0:
        raise UnreadableMedia(f"{path.name} names playlists in a circle", "Name one of them.")
    span = ""
    for line in _finished(path).splitlines():
        if line.startswith("#EXT-X-BYTERANGE:"):
            span = line.partition(":")[2]
        name = line if line and not line.startswith("#") else ""
        if line.startswith(("#EXT-X-MAP", "#EXT-X-MEDIA:")) and (found := URI.search(line)):
            name = found[1]
        if not name:
            continue
        place = _inside(_named(name, path), folder)
        if is_playlist(place):
            yield from _parts(place, folder, depth - 1)
        else:
            yield Part(place, span)
        span = ""


def _named(name: str, playlist: Path) -> Path:
    """The path that a line of a playlist means; one with a protocol lies in no folder."""
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", name):
        raise UnreadableMedia(
            f"{playlist.name} plays {name[:80]}, which is not in its folder",
            "Playlists are followed within their own folder only: download the video first.",
        )
    place = playlist.parent / name
    return place if place.is_file() else playlist.parent / unquote(name)


def _inside(place: Path, folder: Path) -> Path:
    """The path without links.

    Raises:
        UnreadableMedia: it lies outside the folder.
    """
    found = place.resolve()
    if not found.is_relative_to(folder):
        raise UnreadableMedia(
            f"the playlist names {place}, which is not in its folder",
            "Playlists are followed within their own folder only: move the parts beside it.",
        )
    return found


def _finished(path: Path) -> str:
    """A playlist's text with the best of its variants, and an end, else FFmpeg waits for more.

    Raises:
        UnreadableMedia: it cannot be read, is no playlist, or its parts are encrypted.
    """
    if not path.is_file():
        raise UnreadableMedia(f"the playlist {path.name} is missing", "Copy it beside the others.")
    with path.open("rb") as handle:
        text = handle.read(LARGEST).decode("utf-8-sig", "replace")
    lines = [line.strip() for line in text.splitlines()]
    if not lines or not lines[0].startswith("#EXTM3U"):
        raise UnreadableMedia(f"{path.name} is not a playlist of HLS", "Name a video.")
    if any(line.startswith("#EXT-X-KEY:") and "METHOD=NONE" not in line for line in lines):
        raise UnreadableMedia(
            f"the parts of {path.name} are encrypted", "Backtrail has no keys: decrypt them first."
        )
    lines = _best_variant(lines)
    if any(line.startswith("#EXTINF") for line in lines) and "#EXT-X-ENDLIST" not in lines:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join(lines) + "\n"


def _best_variant(lines: list[str]) -> list[str]:
    """A master playlist with only the variant of the highest bandwidth."""
    at = [i for i, line in enumerate(lines) if line.startswith("#EXT-X-STREAM-INF")]
    if len(at) < 2:
        return lines

    def bandwidth(i: int) -> int:
        found = BANDWIDTH.search(lines[i])
        return int(found[1]) if found else 0

    best = max(at, key=bandwidth)
    left_out: set[int] = set()
    for i in at:
        if i != best:
            named = next((j for j in range(i + 1, len(lines)) if lines[j][:1] not in ("", "#")), i)
            left_out |= {i, named}
    return [line for i, line in enumerate(lines) if i not in left_out]
