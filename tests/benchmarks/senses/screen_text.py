"""How much text on screen is found in real clips, and what finding it costs.

    python -m tests.benchmarks.senses.screen_text [CLIP_ID...]

Recall: share of the listed texts that a percept within one second of their time contains
(rapidfuzz partial ratio >= 80). Cost: detections and lines read per second of video, and processor
seconds. A detection in a part of a picture counts as that part of one, since that is its price.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rapidfuzz import fuzz

from agents.models.embedded.rapid_ocr import RapidOcrReader
from agents.models.images import shrunk
from agents.models.ports import Image, TextLine, TextReader
from agents.perception.media.decode import frames
from agents.perception.media.probe import probe
from agents.perception.records import Frame, Parameters, Percept
from agents.perception.screen_text import TextTracker
from memory.records import SECOND, Span

ROOT = Path(__file__).resolve().parents[3]
CLIPS = Path(os.environ.get("BACKTRAIL_SHARED", ROOT.parent / "shared")) / "data/video/dev"
RESULTS = ROOT / "data" / "results" / "screen_text.md"
SIDE = 1280


@dataclass
class Counting:
    """A reader that counts its work."""

    reader: TextReader
    name: str = "counting"
    whole: int = 0
    """Pixels of a whole picture in which text is sought."""
    finds: float = 0.0
    """Detections, in whole pictures."""
    lines: int = 0
    seconds: float = field(default=0.0)

    def find(self, image: Image) -> list[tuple[float, float, float, float]]:
        self.finds += image.shape[0] * image.shape[1] / self.whole
        start = time.process_time()
        found = self.reader.find(image)
        self.seconds += time.process_time() - start
        return found

    def read(
        self, image: Image, boxes: Sequence[tuple[float, float, float, float]] | None = None
    ) -> list[TextLine]:
        self.lines += len(boxes or ())
        start = time.process_time()
        read = self.reader.read(image, boxes)
        self.seconds += time.process_time() - start
        return read


def sampled(path: Path, fps: float) -> Iterator[Frame]:
    facts = probe(path)
    step = round(SECOND / fps)
    yield from frames(facts, Span(0, facts.duration), step=step, max_side=SIDE)


def follow(path: Path, cuts: Sequence[float], reader: Counting) -> tuple[list[Percept], float]:
    parameters = Parameters()
    tracker, last, end = TextTracker(reader, parameters), -1.0, 0
    for frame in sampled(path, Parameters().sample_fps):
        now = frame.span.start / SECOND + 0.02
        height, width = shrunk(frame.image, parameters.text_side).shape[:2]
        reader.whole = height * width
        tracker.see(frame, any(last < cut <= now for cut in cuts))
        last, end = now, frame.span.end
    return tracker.finish(end), end / SECOND


def is_found(wanted: dict[str, Any], percepts: Sequence[Percept]) -> bool:
    near = [
        _plain(percept.text or "")
        for percept in percepts
        if percept.span.start / SECOND <= wanted["end_s"] + 1
        and percept.span.end / SECOND >= wanted["start_s"] - 1
    ]
    text, texts = _plain(wanted["text"]), (*near, " ".join(near))
    # a list of words from one screen is found when all of its words are
    return any(
        fuzz.partial_ratio(text, each) >= 80 or _words(text) <= _words(each) for each in texts
    )


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def _words(text: str) -> set[str]:
    return set(text.split())


def main(wanted: Sequence[str]) -> None:
    entries = json.loads((CLIPS / "INDEX.json").read_text(encoding="utf-8"))["entries"]
    reader = RapidOcrReader()
    rows = ["| clip | s | texts found | detections/s | lines/s | CPU s per s, of it OCR |"]
    rows.append("|---|---|---|---|---|---|")
    found = total = 0
    sums = [0.0] * 5
    for entry in entries:
        if entry["kind"] != "video" or (wanted and entry["id"] not in wanted):
            continue
        counting, start = Counting(reader), time.process_time()
        percepts, seconds = follow(CLIPS / entry["file"], entry.get("cuts_s", []), counting)
        spent = time.process_time() - start
        texts = entry.get("on_screen_text", [])
        hits = [is_found(text, percepts) for text in texts]
        found, total = found + sum(hits), total + len(hits)
        for at, part in enumerate(
            (seconds, counting.finds, counting.lines, spent, counting.seconds)
        ):
            sums[at] += part
        rows.append(
            f"| {entry['id']} | {seconds:.0f} | {sum(hits)}/{len(hits)} | "
            f"{counting.finds / seconds:.2f} | {counting.lines / seconds:.2f} | "
            f"{spent / seconds:.3f}, {counting.seconds / seconds:.3f} |"
        )
        print(rows[-1], flush=True)
        for text, hit in zip(texts, hits, strict=True):
            if not hit:
                print(f"    missed {text['start_s']}-{text['end_s']}: {text['text']}")
    seconds, finds, lines, spent, ocr = sums
    rows.append(
        f"| all | {seconds:.0f} | {found}/{total} | {finds / seconds:.2f} | "
        f"{lines / seconds:.2f} | {spent / seconds:.3f}, {ocr / seconds:.3f} |"
    )
    print(rows[-1])
    if not wanted:
        RESULTS.parent.mkdir(parents=True, exist_ok=True)
        heading = (
            "# Text on screen: recall and cost\n\n"
            "`python -m tests.benchmarks.senses.screen_text`\n\n"
        )
        RESULTS.write_text(heading + "\n".join(rows) + "\n" + _others(), encoding="utf-8")


def _others() -> str:
    """What other measurements wrote into the same page."""
    known = RESULTS.read_text(encoding="utf-8") if RESULTS.is_file() else ""
    return known[at:] if (at := known.find("\n# ")) > 0 else ""


if __name__ == "__main__":
    main(sys.argv[1:])
