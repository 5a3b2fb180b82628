"""What an ingest will take, before it is made: from the ledger of earlier ones, or defaults."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

from agents.perception.probe import probe
from agents.workbench import Workbench
from memory.records import SECOND

DEFAULT_RATE = 0.15
"""Seconds of work per second of video on two cores, where nothing was ingested yet."""
DEFAULT_BYTES = 15_000
"""Bytes of memory per second of video, where nothing was ingested yet."""


def estimate_files(bench: Workbench, files: Sequence[Path]) -> dict[str, Any]:
    """Expected seconds and bytes per file and in all, and what the estimate rests on."""
    rate, size, basis = _rates(bench)
    entries: list[dict[str, Any]] = []
    for file in files:
        seconds = probe(file, bench.spec.parameters.streams).duration / SECOND
        entries.append(
            {
                "path": str(file),
                "duration": seconds,
                "seconds": round(seconds * rate, 1),
                "bytes": round(seconds * size),
            }
        )
    total = {key: sum(entry[key] for entry in entries) for key in ("seconds", "bytes")}
    return {"videos": entries, "total": total, "basis": basis}


def _rates(bench: Workbench) -> tuple[float, float, str]:
    """Seconds and bytes per second of video, and where these come from."""
    tenant, store = bench.spec.tenant, bench.store
    rates: list[float] = []
    length = 0.0
    for video in store.videos(tenant):
        for window in store.windows(tenant, video.video_id, video.active_key or ""):
            spent = json.loads(window.report).get("seconds")
            if spent and window.span.length:
                rates.append(spent * SECOND / window.span.length)
        length += video.duration / SECOND
    if not rates or not length:
        return DEFAULT_RATE, DEFAULT_BYTES, "no ingest yet to learn from: defaults for two cores"
    return median(rates), store.size_bytes / length, f"from {len(rates)} windows ingested before"
