"""What every command shares: errors to one line and an exit code, output to the right stream."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable
from typing import Any

from agents.errors import AgentsError, MediaError, QuestionError
from flows.ingesting import error_json
from memory.errors import MemoryLayerError

DONE, FAILED, USAGE = 0, 1, 2
"""Exit codes: done (an abstention is done), failed in part or whole, wrong usage or input."""


def guarded(command: Callable[[], int], *, as_json: bool, debug: bool) -> int:
    """Run a command; give its exit code, and say known errors in one line on stderr."""
    logging.basicConfig(
        level=logging.DEBUG if debug else logging.ERROR,
        stream=sys.stderr,
        format="%(levelname)s %(name)s: %(message)s",
    )
    if not debug:
        for noisy in ("alembic", "httpx", "prefect"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        return command()
    except KeyboardInterrupt:
        print(
            "stopped; what was done is kept, the same command goes on from there", file=sys.stderr
        )
        return 130
    except BrokenPipeError:
        return DONE
    except (AgentsError, MemoryLayerError, OSError, ValueError) as error:
        if debug:
            traceback.print_exc()
        report_error(error, as_json)
        return USAGE if _is_usage(error) else FAILED


def report_error(error: BaseException, as_json: bool) -> None:
    """One line on stderr, or one object on stdout."""
    shown = error_json(error)
    if as_json:
        print_json({"error": shown})
        return
    hint = f" ({shown['hint']})" if shown["hint"] else ""
    message = " ".join(shown["message"].split())
    print(f"backtrail: {message}{hint}", file=sys.stderr)


def print_json(value: dict[str, Any]) -> None:
    """The one object on stdout."""
    print(json.dumps(value, ensure_ascii=False))


def _is_usage(error: BaseException) -> bool:
    """Wrong usage or nothing readable in the input, as opposed to work that failed."""
    unknown = getattr(error, "code", "") in ("unknown_video", "unknown_memory")
    return unknown or isinstance(error, (MediaError, QuestionError, ValueError, FileNotFoundError))
