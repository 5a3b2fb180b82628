"""Replies of models, kept on disk across runs: the same call is never paid twice.

One small file per reply, in 256 folders, found by a hash of everything that decides it. A file
holds the reply and the videos whose content it was made from, never the prompt or a key.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memory.records import content_id

log = logging.getLogger(__name__)

VERSION = "1"
"""Raise it when the same key would stand for another request."""


@dataclass(frozen=True, slots=True)
class ReplyCache:
    """Replies under a folder; safe for many processes, since files appear whole or not at all."""

    folder: Path

    def get(self, key: str, video_ids: Iterable[str] = ()) -> str | None:
        """The reply of a key as JSON text, or None. The videos become its owners too."""
        entry = _read(self._path(key))
        if entry is None or entry.get("version") != VERSION:
            return None
        owners = set(entry["videos"])
        if not owners.issuperset(video_ids):
            self.put(key, str(entry["reply"]), owners.union(video_ids))
        return str(entry["reply"])

    def put(self, key: str, reply: str, video_ids: Iterable[str] = ()) -> None:
        """Keep a reply. A disk that cannot take it costs the next call, not this one."""
        entry = {"version": VERSION, "videos": sorted(set(video_ids)), "reply": reply}
        path = self._path(key)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, partial = tempfile.mkstemp(dir=path.parent, suffix=".partial")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(entry, file, ensure_ascii=False)
            Path(partial).replace(path)
        except OSError as error:
            log.warning("a model's reply could not be kept: %s", error)

    def entries(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Every readable reply and its file."""
        for path in sorted(self.folder.glob("??/*.json")):
            entry = _read(path)
            if entry is not None:
                yield path, entry

    def _path(self, key: str) -> Path:
        name = key.rpartition("_")[2]
        return self.folder / name[:2] / f"{name}.json"


def reply_key(*parts: object) -> str:
    """The key of a request, from everything that decides its reply."""
    return content_id("reply", VERSION, *parts)


def forget_video(cache: ReplyCache, video_id: str) -> int:
    """Delete every reply made from a video's content; returns how many there were."""
    gone = [path for path, entry in cache.entries() if video_id in entry.get("videos", ())]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        entry: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("a kept reply cannot be read: %s", error)
        return None
    whole = isinstance(entry, dict) and {"videos", "reply", "version"} <= entry.keys()
    return entry if whole else None
