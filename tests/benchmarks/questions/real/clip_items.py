"""Questions about the real clips beyond their own: from what is written in their index, from a
second, stronger reading, and from what happens in them.

    python -m tests.benchmarks.questions.real.clip_items     says how many there are

The index's text on screen is verbatim, with seconds. What only the second reading found is asked
where it was read several times alike; things, where the clip's description names them too.
"""

from __future__ import annotations

import random
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from memory.records import Span
from tests.benchmarks.blind.folds import folds_of
from tests.benchmarks.quality.clips import Clip, dev_folder, load_clips
from tests.benchmarks.questions.collecting import Collector
from tests.benchmarks.questions.items import Item
from tests.benchmarks.questions.real import about_text, about_things, reading
from tests.benchmarks.questions.real.about_text import timed_texts
from tests.benchmarks.questions.topics import typed
from tests.benchmarks.questions.values import Split

HERE = Path(__file__).parent
MOST_TEXTS, MOST_SENTENCES = 10, 8
"""Lines and sentences per clip that only the second reading found."""


def clip_items(split: Split, seed: int = 0) -> list[Item]:
    """All items about the real clips in the wordings of a split; empty where the clips are not.

    Without a second reading in the cache a clip has fewer items.
    """
    try:
        folder = dev_folder()
    except FileNotFoundError:
        return []
    clips = load_clips(folder)
    folds, texts = folds_of(clips), timed_texts(folder)
    happens = _events(split)
    found: list[Item] = []
    for clip in clips:
        asker = Collector(clip.clip_id, split, random.Random(f"{split} {clip.clip_id} {seed}"))
        about_text.written(asker, texts[clip.clip_id], clip)
        _read(asker, clip, [text.whole for text in texts[clip.clip_id]])
        _happens(asker, happens.get(clip.clip_id, []))
        about_things.absent(asker, clip, clips)
        about_text.foreign(asker, clip, clips, texts)
        found += [
            replace(item, item_id=f"{split}_{clip.clip_id}_{n}", fold=folds[clip.clip_id])
            for n, item in enumerate(asker.items)
        ]
    return found


def _read(asker: Collector, clip: Clip, known: Sequence[str]) -> None:
    """What the second reading adds."""
    found = reading.cached(clip)
    if found is None:
        return
    lines = about_text.fresh_lines(found.lines, known)
    for line in asker.rng.sample(lines, min(MOST_TEXTS, len(lines))):
        about_text.line(asker, line)
    sentences = about_text.clear_sentences(found.speech)
    for said in asker.rng.sample(sentences, min(MOST_SENTENCES, len(sentences))):
        about_text.sentence(asker, said)
    about_things.present(asker, clip, found.things)


Event = tuple[Span, str, str, str, list[list[str]]]


def _events(split: Split) -> dict[str, list[Event]]:
    table = tomllib.loads((HERE / f"events_{split}.toml").read_text(encoding="utf-8"))
    found: dict[str, list[Event]] = {}
    for clip, start, end, clause, capability, question, words in table["events"]:
        event = (Span.of_seconds(start, end), clause, capability, question, words)
        found.setdefault(clip, []).append(event)
    return found


def _happens(asker: Collector, events: Sequence[Event]) -> None:
    for span, clause, capability, question, words in events:
        if clause:
            asker.ask("event_when", capability, [span], [], clause=clause)
        if question:
            asker.add("event", capability, [span], words, typed(question, asker.rng))


def main() -> None:
    """Count."""
    for split in ("fit", "held_out"):
        items = clip_items(split)
        clips = {item.clip for item in items}
        print(f"{split}: {len(items)} items about {len(clips)} clips")
        for count in (
            Counter(item.kind for item in items),
            Counter(item.capability for item in items),
            Counter(f"fold {item.fold}" for item in items),
        ):
            print("  " + ", ".join(f"{name} {n}" for name, n in sorted(count.items())))


if __name__ == "__main__":
    main()
