"""A small library for tests of commands and flows: a video with subtitles, on scripted models."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agents.models.cache import ReplyCache
from agents.models.roles import open_roles
from flows.cli.app import app
from flows.wiring import runtime_spec
from tests.end_to_end.scripted_bench import MODELS, colours

SUBTITLES = """1
00:00:01,000 --> 00:00:03,000
The ferry leaves at nine thirty.

2
00:00:09,000 --> 00:00:12,000
Captain Morgan waves from the bridge.
"""


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def object(self) -> dict[str, Any]:
        """Stdout as the one object that it must be."""
        return json.loads(self.out)


def backtrail(*arguments: str | Path) -> Said:
    """Run a command in this process."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return Said(result.exit_code, result.stdout, result.stderr)


def ferry(folder: Path, name: str = "ferry.mp4") -> Path:
    """The video with its subtitles beside it."""
    video = colours(folder / name)
    video.with_suffix(".srt").write_text(SUBTITLES, encoding="utf-8")
    return video


@contextmanager
def scripted_home(folder: Path, window_seconds: int = 5) -> Generator[Path]:
    """Settings that point below `folder`, and scripted models in every role.

    A setting that is made here is given as an argument: a test's own `monkeypatch` may outlive this
    one, and would then give back what is set here.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BACKTRAIL_HOME", str(folder / "store"))
        patch.setenv("PREFECT_HOME", str(folder / "prefect"))  # no runs there to be forgotten
        patch.setenv("BACKTRAIL_CACHE", str(folder / "cache"))
        patch.setenv("BACKTRAIL_PERCEPTION__WINDOW_SECONDS", str(window_seconds))
        patch.setenv("BACKTRAIL_WORKERS", "1")  # what a test puts in place of a part is used here
        for name in ("PREFECT_API_URL", "BACKTRAIL_API_URL", "BACKTRAIL_PRESET"):
            patch.delenv(name, raising=False)
        patch.setattr("flows.wiring.model_specs", lambda _: MODELS)
        yield folder


def close_models() -> None:
    """Close the models that the environment named and forget them."""
    spec = runtime_spec()
    assert spec.roles is not None
    for replies in (ReplyCache(Path(spec.cache) / "replies"), None):
        roles = open_roles(spec.roles, replies, spec.secrets, spec.middleware)
        for model in (roles.default, roles.sees, *(model for _, model in roles.roles)):
            if model is not None:
                model.close()  # type: ignore[attr-defined]
    open_roles.cache_clear()
