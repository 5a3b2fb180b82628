"""Recall of dialogue turns on LoCoMo: one time scale against several, without any language model.

    python -m tests.benchmarks.senses.text_recall LOCOMO10.json [--vectors MODELS]
        [--every N] [--out FILE]

Each conversation becomes a video: a turn a row of level shot, each two consecutive turns one of
level scene, a session one of level chapter. A question retrieves among its own conversation's rows;
recall is counted over turns, micro-averaged over the questions whose evidence exists.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from memory.lance.store import LanceStore
from memory.records import Kind, Level, Memory, Producer, Scope, Span, Vector, Video
from memory.retrieve import Fusion, Query, retrieve
from memory.store import EncoderTag, Store

TURN = 5.0
"""Seconds that a turn is taken to last."""

KS = (1, 5, 10, 20)

ROWS: dict[str, tuple[Fusion, tuple[Level, ...]]] = {
    "turns only": (Fusion(levels=False, neighbours=0.0), (Level.SHOT,)),
    "turns, neighbours": (Fusion(levels=False), (Level.SHOT,)),
    "turns in windows and sessions": (Fusion(neighbours=0.0), ()),
    "all": (Fusion(), ()),
}


@dataclass(frozen=True)
class Question:
    """A question, whose conversation it is about and the turns that answer it."""

    text: str
    video_id: str
    gold: frozenset[str]
    category: int


def memory(name: str, video: str, level: Level, start: float, end: float, text: str) -> Memory:
    """A row whose id is a name that we can recognise."""
    return Memory(
        memory_id=name, tenant="bench", video_id=video, perception_key="k", window_id="w",
        node_id="n", level=level, kind=Kind.SPEECH, span=Span.of_seconds(start, end), text=text,
        producer=Producer("locomo"),
    )  # fmt: skip


def turn_text(turn: dict[str, Any]) -> str:
    """What was said, and the caption of the picture that was shown, if any."""
    said = f"{turn['speaker']}: {turn.get('text', '')}"
    return f"{said} {turn['blip_caption']}" if turn.get("blip_caption") else said


def rows_of(sample: dict[str, Any]) -> list[Memory]:
    """Turns, pairs of turns and sessions of one conversation."""
    talk, video, clock, rows = sample["conversation"], sample["sample_id"], 0.0, []
    numbers = sorted(int(k.split("_")[1]) for k in talk if re.fullmatch(r"session_\d+", k))
    for number in numbers:
        turns, begin = talk[f"session_{number}"], clock
        texts = [turn_text(turn) for turn in turns]
        for index, turn in enumerate(turns):
            name, end = f"{video}/{turn['dia_id']}", clock + TURN
            rows.append(memory(name, video, Level.SHOT, clock, end, texts[index]))
            if index:
                pair = " ".join(texts[index - 1 : index + 1])
                rows.append(memory(f"{name}w", video, Level.SCENE, clock - TURN, end, pair))
            clock = end
        name = f"{video}/S{number}"
        rows.append(memory(name, video, Level.CHAPTER, begin, clock, " ".join(texts)))
    return rows


def questions_of(sample: dict[str, Any], known: set[str]) -> list[Question]:
    """The questions whose evidence exists."""
    video, found = sample["sample_id"], []
    for entry in sample["qa"]:
        names = re.findall(r"D\d+:\d+", " ".join(map(str, entry.get("evidence", []))))
        gold = frozenset(f"{video}/{name}" for name in names) & known
        if gold:
            found.append(Question(entry["question"], video, gold, entry["category"]))
    return found


def encoder(cache: Path | None) -> Any:
    """The default text encoder with its exported graph in `cache`, None without one."""
    if cache is None:
        return None
    from agents.models.embedded.minilm import MiniLMEncoder

    return MiniLMEncoder(cache, threads=2)


def load(store: Store, samples: list[dict[str, Any]], encode: Any) -> list[Question]:
    """Write all conversations; their questions."""
    questions: list[Question] = []
    for sample in samples:
        rows = rows_of(sample)
        if encode is not None:
            vectors = encode.encode([row.text for row in rows])
            pairs = zip(rows, vectors, strict=True)
            rows = [replace(row, text_vector=vector) for row, vector in pairs]
        video = sample["sample_id"]
        store.put_video(Video(video, "bench", video, (video,), 0, 0, {}, "k"))
        store.put_memories(rows)
        questions += questions_of(sample, {row.memory_id for row in rows})
    store.optimise()
    return questions


def ask(
    store: Store, question: Question, vector: Vector | None, use: Fusion, levels: tuple[Level, ...]
) -> list[str]:
    """Turns in the order in which they were retrieved."""
    scope = Scope("bench", (question.video_id,), levels=levels)
    hits = retrieve(store, Query(question.text, vector), scope, limit=200, settings=use)
    return [hit.memory.memory_id for hit in hits if hit.memory.level is Level.SHOT]


def recall(ranked: list[list[str]], questions: list[Question], k: int) -> float:
    """Mean share of the evidence among the first `k`, in percent."""
    shares = [
        len(set(names[:k]) & question.gold) / len(question.gold)
        for names, question in zip(ranked, questions, strict=True)
    ]
    return 100 * sum(shares) / len(shares)


def measure(store: Store, questions: list[Question], vectors: Sequence[Vector | None]) -> list[str]:
    """A line of the table per setting."""
    lines: list[str] = []
    for name, (use, levels) in ROWS.items():
        began = time.perf_counter()
        pairs = zip(questions, vectors, strict=True)
        ranked = [ask(store, question, vector, use, levels) for question, vector in pairs]
        spent = 1000 * (time.perf_counter() - began) / len(questions)
        numbers = " | ".join(f"{recall(ranked, questions, k):.1f}" for k in KS)
        lines.append(f"| {name} | {numbers} | {spent:.0f} |")
        print(lines[-1], flush=True)
    return lines


def report(lines: list[str], count: int, what: str) -> str:
    """The table with the command that made it."""
    head = f"| {what}, {count} questions | " + " | ".join(f"R@{k}" for k in KS) + " | ms |"
    return "\n".join([head, "|---" * (len(KS) + 2) + "|", *lines]) + "\n"


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--vectors", type=Path, help="folder of exported models")
    parser.add_argument("--every", type=int, default=1, help="ask only every n-th question")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    samples = json.loads(options.data.read_text(encoding="utf-8"))
    encode = encoder(options.vectors)
    with tempfile.TemporaryDirectory() as folder:
        tag = EncoderTag("none" if encode is None else encode.name, 384)
        store = LanceStore.open(folder, text=tag, image=EncoderTag("none", 0))
        questions = load(store, samples, encode)[:: options.every]
        texts = [question.text for question in questions]
        vectors = [None] * len(texts) if encode is None else list(encode.encode(texts))
        lines = measure(store, questions, vectors)
    table = report(lines, len(questions), "words" if encode is None else "words and vectors")
    if options.out is None:
        sys.stdout.write(table)
    else:
        options.out.write_text(table, encoding="utf-8")


if __name__ == "__main__":
    main()
