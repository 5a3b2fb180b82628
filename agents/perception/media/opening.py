"""Opens media: formats of an allow-list, from the named file alone, never from the network.

FFmpeg knows formats that name other files (playlists, concat lists, drawings) and takes them
whatever the file is called. A file is therefore opened only as one of `FORMATS`; playlists are
opened because of their own name, and reach their own folder only (`playlist.py`).
"""

from __future__ import annotations

import errno
from codecs import getincrementaldecoder
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError

from agents.errors import UnreadableMedia
from agents.perception.media.playlist import is_playlist, opener

FORMATS = tuple(
    (
        # containers of picture and sound
        "mov matroska avi mpegts mpeg flv asf ogg mxf gxf nut rm wtv ivf nsv dv dhav "
        # pictures or sound without a container
        "h264 hevc vvc av1 obu m4v mpegvideo mjpeg vc1 yuv4mpegpipe "
        "mp3 wav w64 aiff au caf flac aac ac3 eac3 dts truehd amr amrnb amrwb ape tta wv voc tak "
        # still and moving pictures
        "image2 png_pipe jpeg_pipe webp_pipe tiff_pipe bmp_pipe gif gif_pipe apng jpegxl_pipe "
        "jpegxl_anim j2k_pipe pbm_pipe pgm_pipe ppm_pipe pam_pipe qoi_pipe psd_pipe ico "
        # text, which is told apart from media that is broken
        "srt webvtt ass"
    ).split()
)
"""Names of FFmpeg's demuxers that read nothing but the file itself."""

OF_PLAYLISTS = ("hls", "mpegts", "mov", "aac", "mp3", "ac3", "eac3", "webvtt")
"""Names of the demuxers that a playlist and its parts may use."""

HEAD = 256
"""Bytes by which a text is known from media."""


@contextmanager
def opened(path: Path) -> Generator[InputContainer]:
    """An open container, closed afterwards.

    Raises:
        UnreadableMedia: the file cannot be opened, or FFmpeg does not recognise it as media.
    """
    place = path.absolute()  # a relative name could begin like a protocol ("concat:a|b")
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(OF_PLAYLISTS if is_playlist(path) else FORMATS),
    }
    inside = opener(path) if is_playlist(path) else None
    if inside is not None:
        options |= {"live_start_index": "0", "extension_picky": "0", "allowed_extensions": "ALL"}
    try:
        container = av.open(str(place), options=options, metadata_errors="replace", io_open=inside)
    except (FFmpegError, OSError, ValueError) as error:
        raise UnreadableMedia(
            f"{path.name} cannot be opened as media: {_reason(error, path)}",
            "Check that it is a complete video, image or sound file; playing it shows quickly.",
        ) from error
    with container:
        yield container


def _reason(error: Exception, path: Path) -> str:
    """What FFmpeg says; a format outside the allow-list it calls an invalid argument, or data."""
    if getattr(error, "errno", None) == errno.EINVAL or _is_text(path):
        return "it holds text, a drawing or a list of other files"
    return getattr(error, "strerror", None) or str(error)


def _is_text(path: Path) -> bool:
    """Whether a file begins with letters alone."""
    try:
        with path.open("rb") as handle:
            letters = getincrementaldecoder("utf-8")().decode(handle.read(HEAD))
    except (OSError, UnicodeDecodeError):
        return False
    return letters.strip() != "" and all(c.isprintable() or c.isspace() for c in letters)
