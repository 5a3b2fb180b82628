"""Runs an MCP server's command, passes on what it says, counts it, and ends all that it started.

Started by `agents/tools/outside/client.py` as `python -I -S relay.py BYTES COMMAND...`. When
whoever started it is gone its stdin ends; then, or when the server says more than BYTES, closes, or
the relay is told to stop, the server and all its descendants are killed, those that left its
session among them: as the reaper of orphans (PR_SET_CHILD_SUBREAPER) the relay stays their
ancestor. What the server writes to stderr goes to a log of bounded size, never to a terminal.
Imports nothing of ours.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

PR_SET_CHILD_SUBREAPER = 36
GRACE = 1.0
"""Seconds that a server gets to end by itself once nobody listens."""
LOG = 4000
"""Bytes of its last words that are kept."""
FLOOD, NO_START = 90, 91
"""Exit codes: it said too much; it could not be started."""


def descendants(of: int) -> list[int]:
    """All processes that a process started, and those that these started."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            after = entry.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        parents.setdefault(int(after[1]), []).append(int(entry.parent.name))
    found = list(parents.get(of, ()))
    for pid in found:
        found += parents.get(pid, ())
    return found


def end_all() -> None:
    """Kill every descendant, until none is left: some may start others meanwhile."""
    for _ in range(20):
        left = descendants(os.getpid())
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                continue
        except ChildProcessError:
            return
        time.sleep(0.01)


def leave(code: int, why: str = "") -> None:
    """End with the reason as the last line of the log."""
    end_all()
    if why:
        os.write(2, f"\nrelay: {why}\n".encode())
    os._exit(code)


def _speak(source: int, target: IO[bytes]) -> None:
    """Pass on what we are told; at its end the server has a moment to end too."""
    while chunk := os.read(source, 1 << 16):
        try:
            target.write(chunk)
            target.flush()
        except OSError:
            break
    with suppress(OSError):
        target.close()
    time.sleep(GRACE)
    leave(0)


def _keep(source: IO[bytes], kept: bytearray) -> None:
    """The last words of the server."""
    while chunk := os.read(source.fileno(), 1 << 16):
        kept += chunk
        del kept[:-LOG]


def _stop(number: int, frame: object) -> None:
    """End when that is asked for."""
    del frame
    leave(128 + number)


def main(arguments: list[str]) -> int:
    """Relay until one side ends."""
    most, command = int(arguments[0]), arguments[1:]
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGTERM, _stop)
    pipe = subprocess.PIPE
    try:
        # the command that the user configured, never a shell's text
        child = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)  # noqa: S603
    except OSError as error:
        leave(NO_START, f"it cannot be started: {error.strerror}: {command[0]}")
        return NO_START
    assert child.stdin and child.stdout and child.stderr
    kept = bytearray()
    words = threading.Thread(target=_keep, args=(child.stderr, kept), daemon=True)
    words.start()
    threading.Thread(target=_speak, args=(0, child.stdin), daemon=True).start()
    said = 0
    while chunk := os.read(child.stdout.fileno(), 1 << 16):
        said += len(chunk)
        if said > most:
            leave(FLOOD, f"it sent more than {most:,} bytes")
        try:
            os.write(1, chunk)
        except OSError:
            break
    words.join(GRACE)
    os.write(2, bytes(kept))
    leave(0, "it ended")
    return 0


if __name__ == "__main__":
    main(sys.argv[1:])
