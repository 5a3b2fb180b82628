"""Which files of named paths are media; what is left out is told with its reason.

A file named itself is always taken, whatever its ending. In folders, endings decide; links to
folders are followed once.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from agents.errors import UnreadableMedia
from agents.perception.media.playlist import UNREAD, is_playlist, parts
from agents.perception.subtitles import SUFFIXES as SUBTITLES
from agents.perception.subtitles import sidecars_among

MEDIA = frozenset(
    (
        ".mp4 .m4v .mov .qt .mkv .webm .avi .divx .mpg .mpeg .m2v .mpv .vob .dv .ts .mts .m2ts "
        ".wmv .asf .flv .f4v .ogv .ogm .3gp .3g2 .mxf .rm .rmvb .wtv .dav .y4m .nut .ivf .gxf "
        ".h264 .264 .avc .h265 .265 .hevc .obu .mjpeg .mjpg .m3u8 "
        ".mp3 .mp2 .wav .w64 .flac .m4a .m4b .mka .aac .ac3 .eac3 .dts .ogg .oga .opus .wma .aiff "
        ".aif .au .caf .amr .ape .tta .wv .voc "
        ".png .apng .jpg .jpeg .jfif .webp .gif .tif .tiff .bmp .avif .heic .heif .jxl .jp2 "
        ".ppm .pgm .qoi"
    ).split()
)
"""Endings by which media are picked out of a folder."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A path that is not ingested, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Files to ingest, and what of the named paths is not among them."""

    files: tuple[Path, ...]
    skipped: tuple[Skipped, ...] = ()

    def told(self) -> list[str]:
        """How much was skipped for each reason, most first, with the first name as example."""
        counts = Counter(each.reason for each in self.skipped)
        first: dict[str, Path] = {}
        for each in self.skipped:
            first.setdefault(each.reason, each.path)
        return [
            f"{count} skipped, {reason}: {printable(first[reason].name)}"
            + (" and others" if count > 1 else "")
            for reason, count in counts.most_common()
        ]

    def to_json(self) -> list[dict[str, str]]:
        """What was skipped, as a list of `path` and `reason`."""
        return [{"path": printable(str(s.path)), "reason": s.reason} for s in self.skipped]


def printable(name: str) -> str:
    """A file name without bytes that are no text and without control characters."""
    known = os.fsencode(name).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "�" for c in known)


def listing(paths: Sequence[Path]) -> Listing:
    """The files that are named, and the media in the folders that are named, each once."""
    files: list[Path] = []
    skipped: list[Skipped] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)
            continue
        inside = sorted(_inside(path, skipped))
        kept = [each for each in inside if _is_taken(each, skipped)]
        files += _without_parts(kept, skipped)
        skipped += _stray_subtitles(inside, kept)
    return Listing(tuple(dict.fromkeys(files)), tuple(skipped))


def _inside(folder: Path, skipped: list[Skipped]) -> Iterator[Path]:
    """All files in a folder and below; a folder that links lead to twice is walked once."""

    def unreadable(error: OSError) -> None:
        skipped.append(Skipped(Path(error.filename), "a folder that may not be read"))

    walked: set[str] = set()
    for here, folders, names in os.walk(folder, followlinks=True, onerror=unreadable):
        real = os.path.realpath(here)
        if real in walked:
            folders.clear()
            continue
        walked.add(real)
        hidden = [name for name in folders if name.startswith(".")]
        skipped.extend(Skipped(Path(here, name), "a hidden folder") for name in hidden)
        folders[:] = sorted(set(folders) - set(hidden))
        yield from (Path(here, name) for name in names)


def _is_taken(path: Path, skipped: list[Skipped]) -> bool:
    """Whether a file of a folder is to be ingested; else the reason is noted."""
    if _is_subtitle(path):
        return False
    reason = _reason_against(path)
    if reason:
        skipped.append(Skipped(path, reason))
    return not reason


def _reason_against(path: Path) -> str:
    ending = path.suffix.lower()
    if path.name.startswith("."):
        return "a hidden file"
    if ending in UNREAD:
        return "a playlist of DASH, which cannot be followed; convert it to one file"
    if ending not in MEDIA:
        shown = printable(ending) or "no ending"
        return f"not known as media by its ending ({shown}); name it to have it read"
    if path.is_symlink() and not path.exists():
        return "a link that leads nowhere"
    if not path.is_file():
        return "not a regular file"
    return ""


def _stray_subtitles(inside: Sequence[Path], kept: Sequence[Path]) -> list[Skipped]:
    """Subtitles that no file beside them reads."""
    beside: dict[Path, list[Path]] = {}
    for path in inside:
        beside.setdefault(path.parent, []).append(path)
    texts = {folder: [f for f in fs if _is_subtitle(f)] for folder, fs in beside.items()}
    read = {
        side
        for path in kept
        if texts[path.parent]
        for side in sidecars_among(path, beside[path.parent])
    }
    return [
        Skipped(path, "subtitles without a video of that name")
        for found in texts.values()
        for path in found
        if path not in read
    ]


def _is_subtitle(path: Path) -> bool:
    return path.suffix.lower() in SUBTITLES


def _without_parts(files: Sequence[Path], skipped: list[Skipped]) -> list[Path]:
    """Files less those that a playlist among them plays: they are one video, by the playlist."""
    owned: set[Path] = set()
    for path in filter(is_playlist, files):
        try:
            owned |= {part.path for part in parts(path)}
            owned |= _variants(path)
        except (UnreadableMedia, OSError):
            continue  # its own ingest says why; its parts are then videos of their own
    kept: list[Path] = []
    for path in files:
        if path.resolve() in owned:
            skipped.append(Skipped(path, "a part of a playlist, which is one video"))
        else:
            kept.append(path)
    return kept


def _variants(path: Path) -> set[Path]:
    """Everything that any variant of a master playlist plays, and the variants."""
    names = [
        path.parent / line.strip()
        for line in path.read_text("utf-8", "replace").splitlines()
        if line.strip().lower().endswith(".m3u8") and not line.startswith("#")
    ]
    found: set[Path] = set()
    for variant in names:
        if variant.is_file():
            found.add(variant.resolve())
            found |= {part.path for part in parts(variant)}
    return found
