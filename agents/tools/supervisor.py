"""Runs one command and kills it when the process that asked for it is gone.

Started by `agents/tools/ffmpeg.py` as `python -I -S supervisor.py PIPE COMMAND...` in a process
group of its own. The asking process holds the other end of the pipe: whatever ends it, SIGKILL
among it, closes that end. `PR_SET_PDEATHSIG` would follow the thread that started the command.
Imports nothing of ours, so that it starts in a few milliseconds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading


def _kill_when_alone(pipe: int) -> None:
    """Wait for the end of the pipe, then kill the whole group, this process with it."""
    while os.read(pipe, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main(arguments: list[str]) -> int:
    """Run the command; its exit code, or 128 plus the signal that ended it."""
    pipe, command = int(arguments[0]), arguments[1:]
    # the command is an argument list that the program made, never a shell's text
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603
    threading.Thread(target=_kill_when_alone, args=(pipe,), daemon=True).start()
    code = child.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    os._exit(main(sys.argv[1:]))
