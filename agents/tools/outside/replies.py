"""What a server gives, as a file in the folder of the call; the program probes it then."""

from __future__ import annotations

import mimetypes
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit

from agents.tools.assets import MediaKind
from agents.tools.base import Made, Place
from agents.tools.outside.servers import Block, Reply, Server, one_line

SUFFIXES: dict[MediaKind, tuple[str, ...]] = {
    MediaKind.VIDEO: (".mp4", ".webm", ".mov", ".mkv", ".avi"),
    MediaKind.IMAGE: (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp"),
    MediaKind.SOUND: (".wav", ".mp3", ".ogg", ".m4a", ".flac", ".opus", ".aac"),
    MediaKind.TEXT: (".txt",),
    MediaKind.SUBTITLES: (".srt", ".vtt"),
}
"""Endings of the files that are kept; the first one where nothing better is known."""
WRITTEN = (MediaKind.TEXT, MediaKind.SUBTITLES)
LONGEST_PATH = 4096


def made_of(
    reply: Reply,
    kind: MediaKind,
    place: Place,
    folders: tuple[Path, ...],
    server: Server,
    tool: str,
) -> Made:
    """The one file that a reply gives, under a name of ours.

    `folders` are those that the server may give files from; the first is the one that it worked in.

    Raises:
        ServerFailed: it says that it failed, gives nothing or several things, or names a file that
            it may not name.
    """
    if reply.is_error:
        told = one_line(_text(reply) or "nothing", 400)
        raise server.failed(f"says that it failed: {told}", "change the arguments", tool)
    files = [b for b in reply.blocks if b.kind != "text"]
    named = _named_file(reply, folders) if not files and kind not in WRITTEN else None
    if named is not None:
        files = [Block("link", text=named.as_uri())]
    if kind in WRITTEN and not files:
        return _written(reply, kind, place, server, tool)
    if len(files) != 1:
        said = f"gives {len(files)} files, not one {kind}"
        told = f"; it says: {one_line(_text(reply), 200)}" if _text(reply) else ""
        hint = f"say what it gives: the setting mcp.servers.{server.name}.gives"
        raise server.failed(said + told, hint, tool)
    (block,) = files
    if block.kind == "data":
        target = _fresh(place, kind, mimetypes.guess_extension(block.mime) or "")
        target.write_bytes(block.data)
        return _made(kind, target, reply)
    source = confined(block.text, folders, server, tool)
    target = _fresh(place, kind, source.suffix.lower())
    shutil.copyfile(source, target)
    return _made(kind, target, reply)


def confined(uri: str, folders: tuple[Path, ...], server: Server, tool: str) -> Path:
    """The file of a link, if it is one of those that the server may give.

    Raises:
        ServerFailed: it is elsewhere, not there, or too large.
    """
    parts = urlsplit(uri)
    shown = one_line(uri, 200)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        raise server.failed(f"gives {shown}, which is not fetched", "let it send the file", tool)
    path = Path(unquote(parts.path)).resolve()
    if not any(path.is_relative_to(folder.resolve()) for folder in folders):
        hint = (
            f"if it may give files from there, name the folder: mcp.servers.{server.name}.folders"
        )
        raise server.failed(f"names {shown}, outside the folders of its own", hint, tool)
    if not path.is_file():
        raise server.failed(f"names {shown}, which is no file", tool=tool)
    if path.stat().st_size > server.bytes:
        said = f"gives a file of {path.stat().st_size:,} bytes, at most {server.bytes:,} are taken"
        raise server.failed(said, f"raise mcp.servers.{server.name}.bytes", tool)
    return path


def _named_file(reply: Reply, folders: tuple[Path, ...]) -> Path | None:
    """The file whose path is all that a reply says; many servers give files so."""
    told = _text(reply).strip()
    if len(told) > LONGEST_PATH or "\n" in told or "\0" in told:
        return None
    path = folders[0] / told
    return path if told and path.is_file() else None


def _written(reply: Reply, kind: MediaKind, place: Place, server: Server, tool: str) -> Made:
    text = _text(reply) or reply.values
    if not text.strip():
        raise server.failed("gives nothing", tool=tool)
    target = _fresh(place, kind)
    target.write_text(text, encoding="utf-8", errors="replace")
    return _made(kind, target, Reply(()))


def _made(kind: MediaKind, target: Path, reply: Reply) -> Made:
    """The file; what else the server says is told as its words."""
    said = one_line(_text(reply), 200)
    return Made({str(kind): (target,)}, notes=(f"it says: {said}",) if said else ())


def _text(reply: Reply) -> str:
    return "\n".join(block.text for block in reply.blocks if block.kind == "text")


def _fresh(place: Place, kind: MediaKind, suffix: str = "") -> Path:
    """Where to write; a link that the server may have laid there is gone."""
    known = suffix if suffix in SUFFIXES[kind] else SUFFIXES[kind][0]
    target = place.new(str(kind), known)
    target.unlink(missing_ok=True)
    return target
