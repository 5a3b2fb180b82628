"""What every command shares: errors to one line and an exit code, output to the right stream."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError
from pydantic_settings import SettingsError

from agents.errors import (
    KNOWN_ERRORS,
    MediaError,
    ModelsGone,
    QuestionError,
    UsageError,
    error_json,
)
from configs.settings import settings_without_effect
from flows.output.terminal import LineFormatter, json_text, say
from memory.errors import Refused

DONE, FAILED, USAGE, NO_MODEL, INTERRUPTED, TERMINATED = 0, 1, 2, 3, 130, 143
"""Exit codes: done (an abstention is done), failed in part or whole, wrong usage or input; not
answered because language models failed; ended by Ctrl-C, and by SIGTERM."""


def guarded(command: Callable[[], int], *, as_json: bool, debug: bool) -> int:
    """Run a command; give its exit code, and say errors in one line on stderr."""
    shown = logging.StreamHandler(sys.stderr)
    shown.setLevel(logging.DEBUG if debug else logging.ERROR)
    shown.setFormatter(LineFormatter("%(levelname)s %(name)s: %(message)s"))
    # What runs log goes to Prefect's server by a handler of its own; here it would only precede the
    # line that says what went wrong.
    shown.addFilter(lambda record: debug or not _is_of_a_run(record))
    logging.basicConfig(level=logging.DEBUG if debug else logging.WARNING, handlers=[shown])
    told: list[int] = []
    try:
        for line in settings_without_effect():
            say(f"backtrail: {line}", err=True)
        with _ended_by_sigterm(told):
            code = command()
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        stopped = "stopped; what was done is kept, and the same command goes on from there"
        say(err=True)
        say(f"backtrail: {stopped}", err=True)
        return TERMINATED if told else INTERRUPTED
    except BrokenPipeError:
        # The reader went away; nothing may be written at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except Exception as error:
        if debug:
            for line in traceback.format_exc().rstrip().split("\n"):
                say(line, err=True)
        report_error(error, as_json)
        return _code(error)


def _is_of_a_run(record: logging.LogRecord) -> bool:
    return record.name.startswith(("prefect.flow_runs", "prefect.task_runs"))


@contextmanager
def _ended_by_sigterm(told: list[int]) -> Generator[None]:
    """SIGTERM ends what runs as Ctrl-C does; the signal is noted in `told`."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, frame: object) -> None:
        del frame
        told.append(number)
        if signal.getsignal(signal.SIGINT) in (signal.SIG_IGN, None):
            raise KeyboardInterrupt  # in the background of a script nobody listens to Ctrl-C
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def report_error(error: Exception, as_json: bool) -> None:
    """One line on stderr, or one object on stdout."""
    shown = _shown(error)
    if as_json:
        print_json({"error": shown})
        return
    hint = f" ({shown['hint']})" if shown["hint"] else ""
    say(f"backtrail: {shown['message']}{hint}", err=True)


def print_json(value: dict[str, Any]) -> None:
    """The one object on stdout."""
    print(json_text(value))


def _shown(error: Exception) -> dict[str, str]:
    """The documented object of an error; settings and bugs get words of their own."""
    if isinstance(error, ValidationError):
        wrong = [(".".join(map(str, e["loc"])), e["msg"]) for e in error.errors()]
        said = "; ".join(f"the setting {name} is wrong: {why}" for name, why in wrong)
        hint = "see the BACKTRAIL_ variables of your environment, .env and backtrail.toml"
        return {"code": "bad_setting", "message": said, "hint": hint}
    if isinstance(error, SettingsError):
        hint = "see README.md on settings"
        return {"code": "bad_setting", "message": str(error), "hint": hint}
    if isinstance(error, KNOWN_ERRORS):
        return error_json(error)
    said = f"unexpected {type(error).__name__}: {' '.join(str(error).split())}"
    return {"code": "bug", "message": said, "hint": "--debug shows where; please report it"}


def _code(error: Exception) -> int:
    """The exit code of an error."""
    if isinstance(error, ModelsGone):
        return NO_MODEL
    return USAGE if _is_usage(error) else FAILED


def _is_usage(error: Exception) -> bool:
    """Wrong usage or nothing readable in the input, as opposed to work that failed."""
    unknown = getattr(error, "code", "") in ("unknown_video", "unknown_memory")
    usage = (Refused, MediaError, QuestionError, UsageError, ValidationError, SettingsError)
    return unknown or isinstance(error, (*usage, FileNotFoundError))
