"""Makes the sample video: `python data/samples/make.py --out data/samples/sample.mp4`.

Photographs, clips and the voice come out of installed packages, the rest is drawn here; see
README.md beside this file. What is shown and said stands in scenes.py.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import av
import numpy as np
from pictures import Picture, all_frames
from scenes import DEMO, FPS, HEIGHT, QUESTIONS, SCENES, WIDTH, Question, Scene
from sounds import RATE, Sound, Voice, scene_sound

PACKAGES = ("av", "hibari-tts", "opencv-python-headless", "pillow", "scikit-image", "scikit-video")
VIDEO_OPTIONS = {"crf": "28", "preset": "veryfast", "threads": "2"}


def say(message: str, end: str = "\n") -> None:
    """Progress goes to stderr."""
    print(message, end=end, file=sys.stderr, flush=True)


def recipe(seed: int) -> str:
    """A hash of all that decides the content: these scripts, the packages' versions, the seed."""
    folder = Path(__file__).parent
    scripts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))]
    versions = [f"{name} {version(name)}" for name in PACKAGES]
    return hashlib.sha256(json.dumps([scripts, versions, seed]).encode()).hexdigest()


def starts() -> dict[str, float]:
    """When each scene starts, in seconds."""
    times = np.cumsum([0.0, *(scene.seconds for scene in SCENES)])
    return {scene.name: round(float(at), 3) for scene, at in zip(SCENES, times, strict=False)}


def sounds(seed: int) -> tuple[Sound, dict[str, float]]:
    """The whole sound track, and how long each spoken line takes."""
    voice, rng = Voice(seed), np.random.default_rng(seed)
    made = [scene_sound(scene, voice, rng) for scene in SCENES]
    lengths = {scene.name: taken for scene, (_, taken) in zip(SCENES, made, strict=True)}
    return np.concatenate([sound for sound, _ in made]), lengths


def evidence(question: Question, lengths: dict[str, float]) -> list[float] | None:
    """Where the answer is seen or heard: start and end in seconds."""
    if question.answer is None:
        return None
    scene = next(scene for scene in SCENES if scene.name == question.scene)
    start = starts()[scene.name]
    if question.part == "label" and scene.label:
        return [start + scene.label.start, start + scene.label.end]
    if question.part == "spoken":
        return [start + scene.spoken_at, round(start + scene.spoken_at + lengths[scene.name], 2)]
    return [start, start + scene.seconds]


def scene_entry(scene: Scene, lengths: dict[str, float]) -> dict[str, Any]:
    """One scene for the manifest."""
    start = starts()[scene.name]
    entry = {key: value for key, value in asdict(scene).items() if value}
    entry |= {"start": start, "end": round(start + scene.seconds, 3)}
    if scene.spoken:
        heard = [start + scene.spoken_at, round(start + scene.spoken_at + lengths[scene.name], 2)]
        entry["spoken_span"] = heard
    return entry


def manifest(seed: int, lengths: dict[str, float]) -> dict[str, Any]:
    """What the video holds: scenes, texts, spoken lines, questions with answers and evidence."""
    asked = [
        {
            "question": q.question,
            "answer": q.answer,
            "evidence": evidence(q, lengths),
            "demo": q is DEMO,
        }
        for q in QUESTIONS
    ]
    return {
        "recipe": recipe(seed),
        "seed": seed,
        "size": [WIDTH, HEIGHT],
        "fps": FPS,
        "seconds": round(sum(scene.seconds for scene in SCENES), 3),
        "scenes": [scene_entry(scene, lengths) for scene in SCENES],
        "demo": next(entry for entry in asked if entry["demo"]),
        "questions": asked,
    }


class Writer:
    """Writes frames and sound into an MP4 whose index comes first (faststart)."""

    def __init__(self, path: Path) -> None:
        self._file = av.open(str(path), "w", format="mp4", options={"movflags": "faststart"})
        self._video = self._file.add_stream("libx264", rate=FPS, options=VIDEO_OPTIONS)
        self._video.width, self._video.height = WIDTH, HEIGHT
        self._video.pix_fmt = "yuv420p"
        self._audio = self._file.add_stream("aac", rate=RATE, layout="mono")
        self._audio.bit_rate = 64_000
        self._heard = 0

    def picture(self, image: Picture) -> None:
        """Adds the next frame."""
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        self._file.mux(self._video.encode(frame))

    def sound(self, piece: Sound) -> None:
        """Adds the next piece of sound."""
        frame = av.AudioFrame.from_ndarray(piece.reshape(1, -1), format="fltp", layout="mono")
        frame.sample_rate, frame.pts = RATE, self._heard
        self._heard += len(piece)
        self._file.mux(self._audio.encode(frame))

    def close(self) -> None:
        """Writes what the encoders still hold."""
        self._file.mux(self._video.encode(None))
        self._file.mux(self._audio.encode(None))
        self._file.close()


def write_video(path: Path, track: Sound) -> None:
    """Draws and encodes the whole video, each second of sound after its pictures."""
    writer, shown, index = Writer(path), "", 0
    for index, (name, picture) in enumerate(all_frames(SCENES)):
        if name != shown:
            shown = name
            say(f"  {index / FPS:6.1f} s  {name}")
        writer.picture(picture)
        if index % FPS == FPS - 1:
            second = index // FPS
            writer.sound(track[second * RATE : (second + 1) * RATE])
    rest = track[(index + 1) // FPS * RATE :]
    if len(rest):
        writer.sound(rest)
    writer.close()


def is_made(out: Path, seed: int) -> bool:
    """Whether the video is there and was made by this very recipe."""
    beside = out.with_suffix(".json")
    if not (out.is_file() and beside.is_file()):
        return False
    return json.loads(beside.read_text(encoding="utf-8")).get("recipe") == recipe(seed)


def make(out: Path, seed: int) -> None:
    """Makes the video and its manifest; an interrupted run leaves no half file behind."""
    began = time.monotonic()
    out.parent.mkdir(parents=True, exist_ok=True)
    say("speaking the lines")
    track, lengths = sounds(seed)
    unfinished = out.with_suffix(".part")
    try:
        write_video(unfinished, track)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)
    text = json.dumps(manifest(seed, lengths), indent=1, ensure_ascii=False)
    out.with_suffix(".json").write_text(text + "\n", encoding="utf-8")
    say(f"wrote {out} ({out.stat().st_size / 1e6:.1f} MB) in {time.monotonic() - began:.0f} s")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Makes the sample video of Backtrail.")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("sample.mp4"))
    parser.add_argument("--seed", type=int, default=12, help="of the noise and of the voice")
    options = parser.parse_args()
    if is_made(options.out, options.seed):
        say(f"{options.out} is already there")
        return
    make(options.out, options.seed)


if __name__ == "__main__":
    main()
