"""The sets of goals: written by us, said by others, and generated."""

from __future__ import annotations

import json
from pathlib import Path

from tests.benchmarks.act.generate import generated, table
from tests.benchmarks.act.reference import Item, file_named, graph_of

TOOLS_OF = {
    "text": ("overlay_text", "title", "title_card", "lower_third", "burn_subtitles"),
    "cut": ("trim", "remove", "remove_silence", "keep_moments"),
    "crop": ("crop", "crop_aspect", "follow"),
    "zoom": ("crop", "crop_aspect", "follow"),
    "image": ("overlay_image", "picture_in_picture"),
    "blur": ("blur_region", "blur_boxes", "blur_faces"),
    "shape": (),
}
"""Tools that do what an operation of the real instructions is; none draws a shape."""
REAL = "video.mp4"


def written() -> list[Item]:
    """The goals written by us."""
    items: list[Item] = []
    for one in table("ours.toml")["goal"]:
        media = tuple(map(file_named, one["media"]))
        reference = graph_of(one["plan"], media, one["text"])
        items.append(Item(one["text"], media, reference, "ours", one.get("before", "")))
    return items


def real(path: Path) -> list[tuple[str, str, tuple[str, ...]]]:
    """Instructions of other people: speaker, words, operations. Measured, never shipped."""
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [(str(r["participant_id"]), str(r["description"]), tuple(r["edit"])) for r in rows]


def sets() -> dict[str, list[Item]]:
    """Goals with reference plans, by set."""
    return {
        "written by us": written(),
        "generated, wordings to fit on": generated("fit"),
        "generated, held-out wordings": generated("held_out"),
    }
