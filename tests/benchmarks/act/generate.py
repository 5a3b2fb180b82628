"""Goals drawn over the tools: what is done by a seed, how it is said by one part of the wordings.

The wordings were written before this benchmark was run for the first time; rules of the planner may
be written with `wordings_fit.toml` in view, never with `wordings_held_out.toml`.
"""

from __future__ import annotations

import random
import re
import shlex
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from tests.benchmarks.act.reference import Item, file_named, graph_of

HERE = Path(__file__).parent
Part = Literal["fit", "held_out"]
VIDEOS = ("dog.mp4", "my_trip.mov", "talk-2.webm", "Interview.mp4", "clip01.mp4", "garden.mp4")
SONGS, PICTURES = ("song.mp3", "piano.wav"), ("logo.png", "beach.jpg", "team photo.jpg", "map.png")
TEXTS = ("Fetch", "Day one: the harbour", "Thanks, everybody!", "Cut it out", "Mute", "50% off")
CHAINED = (
    "keep first remove slower faster reverse text logo mute louder loudness fade smaller upright "
    "turn mirror grey steady noise faces title burn"
).split()
"""Operations that a video goes through one after another."""
JOINTS = {
    "fit": (", then ", " and then ", ", "),
    "held_out": ("; after that ", ". Then ", ", and "),
}
"""How operations are joined."""


def table(name: str) -> dict[str, Any]:
    """One of the tables beside this module."""
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))


def generated(part: Part, seed: int = 0, each: int = 3, chains: int = 40) -> list[Item]:
    """Every operation so many times, and chains of two and three operations."""
    draw = random.Random(f"{part} {seed}")
    operations, wordings = table("operations.toml"), table(f"wordings_{part}.toml")
    items = [
        _item(part, [name], operations, wordings, draw)
        for name in operations
        if name in wordings
        for _ in range(each)
    ]
    for number in range(chains):
        names = draw.sample(CHAINED, 2 + number % 2)
        items.append(_item(part, names, operations, wordings, draw))
    return items


def _item(
    part: Part,
    names: Sequence[str],
    operations: dict[str, Any],
    wordings: dict[str, Any],
    draw: random.Random,
) -> Item:
    """One goal; from its second operation on "it" stands for the video."""
    video, other = draw.sample(VIDEOS, 2)
    image, picture = draw.sample(PICTURES, 2)
    fixed = {
        "video": video, "other": other, "image": image, "picture": picture,
        "song": draw.choice(SONGS), "cues": "talk.srt",
    }  # fmt: skip
    said: list[str] = []
    lines: list[str] = []
    for name in names:
        values = fixed | _drawn(draw)
        wording = draw.choice(wordings[name])
        said.append(_filled(wording, values if not said else values | {"video": "it"}))
        lines += _lines(operations[name]["plan"], values, len(lines), is_first=not lines)
    text = said[0] + "".join(draw.choice(JOINTS[part]) + one for one in said[1:])
    used = [value for value in fixed.values() if re.search(rf"(?<!\w){re.escape(value)}", text)]
    media = tuple(file_named(name) for name in used)
    return Item(text, media, graph_of(lines, media, text), part, operations=tuple(names))


def _drawn(draw: random.Random) -> dict[str, str]:
    start = draw.randint(1, 8)
    return {
        "start": f"0:{start:02d}",
        "end": f"0:{start + draw.randint(2, 9):02d}",
        "at": f"0:{draw.randint(1, 9):02d}",
        "length": str(draw.randint(2, 9)),
        "text": draw.choice(TEXTS),
    }


def _filled(wording: str, values: dict[str, str]) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], wording)


def _lines(plan: Sequence[str], values: dict[str, str], done: int, *, is_first: bool) -> list[str]:
    """Reference lines of one operation, after so many lines of others; times are seconds."""
    shown = {
        name: str(int(value[2:])) if value.startswith("0:") else shlex.quote(value)
        for name, value in values.items()
    }
    if not is_first:
        shown["video"] = f"${done}"
    lines = [re.sub(r"\$(\d)", lambda m: f"${int(m[1]) + done}", line) for line in plan]
    return [_filled(line, shown) for line in lines]
