"""Consolidation on real clips: how many rows searches look through, and what they find.

    python -m tests.benchmarks.memory.repeats --store FOLDER

`FOLDER` is a copy of a store with the evaluation clips, which is consolidated in place. Prints the
lines of `data/results/memory_parts.md`. Every other part: `backtrail evaluate NAME --without all`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from memory.lance.connection import connect, read_layout
from memory.lance.store import LanceStore
from memory.organise.consolidate import consolidate_video
from memory.records import Scope
from memory.retrieve import Query, retrieve
from memory.store import Store
from tests.benchmarks.quality.clips import dev_folder, load_clips


def main() -> None:
    """Measure, and print the lines."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--store", type=Path, required=True)
    print("\n".join(_repeats(arguments.parse_args().store)))


def _repeats(place: Path) -> list[str]:
    rows = behind = again = 0
    store = opened(place)
    for tenant in tenants(place):
        for video in store.videos(tenant):
            once = consolidate_video(store, tenant, video.video_id, "near")
            rows, behind = rows + once.rows, behind + once.behind
            again += len(consolidate_video(store, tenant, video.video_id, "near").changed)
    share = 100 * behind / max(rows, 1)
    lines = [
        f"| consolidation | real clips | rows with text searched | {rows - behind} | {rows} |",
        f"| consolidation | real clips | fewer rows | {share:.1f} % | 0 % |",
        f"| consolidation | real clips | rows changed by a second run | {again} | |",
    ]
    for most in (1, 5, 10):
        on, count = moments_found(place, most, consolidated=True)
        off, _ = moments_found(place, most, consolidated=False)
        what = f"questions whose moment is in the first {most} of a search by words"
        lines.append(
            f"| consolidation | {count} questions, all clips at once | {what} | {on} | {off} |"
        )
    return lines


def moments_found(place: Path, most: int, *, consolidated: bool) -> tuple[int, int]:
    """Questions of the clips for which a search by words finds the moment, of how many."""
    store, (tenant,) = opened(place, consolidated=consolidated), tenants(place)
    by_path = {path: video.video_id for video in store.videos(tenant) for path in video.paths}
    found = count = 0
    for clip in load_clips(dev_folder()):
        video_id = by_path.get(str(clip.path))
        for question in clip.questions if video_id else ():
            if question.gold is None:
                continue
            count += 1
            hits = retrieve(store, Query(question.text), Scope(tenant), limit=most)
            found += any(
                hit.memory.video_id == video_id and hit.memory.span.overlap(question.gold)
                for hit in hits
            )
    return found, count


def opened(place: Path, *, consolidated: bool = True) -> Store:
    """The store of a folder, whatever encoders wrote it."""
    layout = read_layout(connect(str(place)))
    assert layout is not None
    return LanceStore.open(
        str(place), text=layout.text, image=layout.image, consolidated=consolidated
    )


def tenants(place: Path) -> list[str]:
    """The workspaces of a store."""
    layout = read_layout(connect(str(place)))
    assert layout is not None
    table = connect(str(place)).open_table(layout.tables["videos"])
    return sorted(set(table.to_arrow().column("tenant").to_pylist()))


if __name__ == "__main__":
    main()
