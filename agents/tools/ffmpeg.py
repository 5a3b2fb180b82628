"""Runs FFmpeg: argument lists only, formats of the allow-list, limits, progress, and a sure end.

The binary is that of the package `imageio-ffmpeg` (the extra `edit`), run as a program. Whatever
ends this process or cancels the call also ends FFmpeg (`agents/tools/supervisor.py`). Inputs are
opened under the same allow-list as everywhere (`agents/perception/media/opening.py`), by absolute
`file:` paths, so neither a name nor a content makes FFmpeg reach another file or the network.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO

from agents.perception.media.opening import FORMATS
from agents.tools.base import Place, ToolFailed

SUPERVISOR = Path(__file__).with_name("supervisor.py")
POLL = 0.1
"""Seconds between two looks at the clock and at the request to stop."""
TAIL = 2000
"""Characters of FFmpeg's own words that an error repeats."""


class FFmpegMissing(ToolFailed):
    """The binary is not installed."""

    code = "ffmpeg_missing"


class RenderFailed(ToolFailed):
    """FFmpeg ended with an error."""

    code = "render_failed"


class RenderTooLong(ToolFailed):
    """FFmpeg took longer than it was given, or wrote more."""

    code = "render_too_long"


class RenderStopped(ToolFailed):
    """Somebody asked for the end."""

    code = "render_stopped"


LONGEST = 4 * 3600.0
"""Seconds of media that one run may write."""


@dataclass(frozen=True, slots=True)
class Input:
    """A file to read, and options of FFmpeg that stand before it (`-ss 3`)."""

    path: Path
    options: tuple[str, ...] = ()


def stop_if_wanted(place: Place) -> None:
    """End where that is wanted.

    Raises:
        RenderStopped: it is.
    """
    if place.cancelled():
        raise RenderStopped("it was stopped", "Run it again when it is wanted.")


def go_on(place: Place, share: float) -> None:
    """Tell how far it is, 0 to 1, and end where that is wanted.

    Raises:
        RenderStopped: it is.
    """
    stop_if_wanted(place)
    place.progress(min(1.0, share))


@cache
def binary() -> Path:
    """Where FFmpeg is.

    Raises:
        FFmpegMissing: the package is not installed.
    """
    try:
        return Path(import_module("imageio_ffmpeg").get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise FFmpegMissing(
            f"making media needs FFmpeg, which is not installed: {error}",
            "Install the extra `edit`: pip install 'backtrail[edit]'.",
        ) from error


@cache
def version() -> str:
    """What FFmpeg calls itself; part of the key under which results are kept."""
    # a fixed argument list
    told = subprocess.run(  # noqa: S603
        [str(binary()), "-hide_banner", "-version"],
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return told.stdout.split()[2]


def render(
    inputs: Sequence[Input],
    options: Sequence[str],
    target: Path,
    *,
    place: Place,
    seconds: float,
) -> Path:
    """Run FFmpeg over the inputs and write one file; it is there whole or not at all.

    `options` stand between inputs and output (graph, maps, codecs). `seconds` is how long the
    result will be: progress is told against it, and it is checked against `LONGEST` first.

    Raises:
        FFmpegMissing: the binary is not installed.
        RenderFailed: FFmpeg says no; its words are in the message.
        RenderTooLong: a limit was reached.
        RenderStopped: `place.cancelled` said so.
        OSError: the target cannot be written.
    """
    if seconds > LONGEST:
        raise RenderTooLong(
            f"the result would be {seconds:.0f} s long, more than {LONGEST:.0f} s",
            "Ask for a shorter one.",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".part-{os.getpid()}-{time.monotonic_ns()}-{target.name}")
    try:
        _run(_command(inputs, options, part, place.bytes), seconds, place)
        _within(part, place.bytes)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target


def measured(inputs: Sequence[Input], options: Sequence[str], place: Place) -> str:
    """Run FFmpeg without an output file and return what it logs at level `info`.

    Raises: as `render`.
    """
    command = [str(binary()), *_general("info"), *_read(inputs), *options, "-f", "null", "-"]
    return _run(command, 0.0, place)


def _command(inputs: Sequence[Input], options: Sequence[str], part: Path, most: int) -> list[str]:
    """The whole argument list."""
    written = ["-fs", str(most), "-y", f"file:{part.absolute()}"]
    return [str(binary()), *_general("error"), *_read(inputs), *options, *written]


def _general(level: str) -> list[str]:
    """Quiet, without a keyboard, with progress on stdout."""
    shown = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", level]
    return [*shown, "-progress", "pipe:1", "-stats_period", "0.25"]


def _read(inputs: Sequence[Input]) -> list[str]:
    """The inputs, each restricted to formats that read nothing but the file itself."""
    options: list[str] = []
    for item in inputs:
        options += ["-protocol_whitelist", "file,pipe", "-format_whitelist", ",".join(FORMATS)]
        # pictures that change their size are scaled: a graph that is set up anew loses some
        options += ["-reinit_filter:v", "0", *item.options, "-i", f"file:{item.path.absolute()}"]
    return options


def _within(part: Path, most: int) -> None:
    """Refuse a file that was cut off at its largest size: FFmpeg calls that a success."""
    size = part.stat().st_size
    if size >= most * 0.98:
        raise RenderTooLong(
            f"the result reached {size} bytes of at most {most}",
            "Ask for a shorter or smaller one, or raise the limit.",
        )


def _run(command: Sequence[str], seconds: float, place: Place) -> str:
    """Run under the supervisor; what FFmpeg logged."""
    ours, theirs = os.pipe()[::-1]
    with tempfile.TemporaryFile() as log:
        try:
            # an argument list that this module made
            process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-S", str(SUPERVISOR), str(theirs), *command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=(theirs,),
                start_new_session=True,
                cwd=place.folder,
            )
        except OSError:
            os.close(ours)
            raise
        finally:
            os.close(theirs)
        try:
            _wait(process, seconds, place)
        finally:
            os.close(ours)
            _kill(process)
        log.seek(0)
        told = log.read().decode(errors="replace")
    if process.returncode:
        raise RenderFailed(
            f"FFmpeg ended with {process.returncode}: {_reason(told)}",
            "Look at the inputs: playing them shows whether they are whole.",
        )
    return told


def _wait(process: subprocess.Popen[bytes], seconds: float, place: Place) -> None:
    """Follow progress until the end, the limit of time, or the request to stop."""
    ends = time.monotonic() + place.seconds
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            stop_if_wanted(place)
            if time.monotonic() > ends:
                raise RenderTooLong(
                    f"it took longer than {place.seconds:.0f} s",
                    "Ask for a shorter or smaller result, or raise the limit.",
                )
            if selector.select(POLL) and not _heard(process.stdout, seconds, place):
                break
    process.wait()


def _heard(stream: IO[bytes], seconds: float, place: Place) -> bool:
    """Pass progress on; False at the end of the stream."""
    text = os.read(stream.fileno(), 1 << 16)
    for line in text.decode(errors="replace").splitlines():
        name, _, value = line.partition("=")
        if name == "out_time_us" and value.lstrip("-").isdigit() and seconds > 0:
            place.progress(min(1.0, max(0.0, int(value) / 1e6 / seconds)))
    return bool(text)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the whole group, if it still runs, and reap it."""
    if process.poll() is None:
        with suppress(ProcessLookupError):  # it may end between the two lines
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def _reason(told: str) -> str:
    """The last words of the log, on one line."""
    return " / ".join(line.strip() for line in told[-TAIL:].splitlines() if line.strip())[-TAIL:]
