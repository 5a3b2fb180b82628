"""Questions whose answer is not in the clip that they are asked of.

    python -m tests.benchmarks.quality.unanswerable [--seed N] [--pairs N]

prints foreign pairs to read.

The committed pairs are in unanswerable.toml. A foreign pair passes the check when the two clips
come from different sources and nothing that is known of the asked clip (description, text on
screen, speech) mentions what the question is about or its answer.
"""

from __future__ import annotations

import argparse
import random
import re
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.benchmarks.quality.clips import Clip, Question, dev_folder, load_clips
from tests.benchmarks.quality.scoring import holds_words

PAIRS = Path(__file__).with_name("unanswerable.toml")
SEED = 11

COMMON = frozenset(
    "about after animal appear appears are asked back before begin being beside clip colour "
    "come comes does doing done down during first from front happens have here into large "
    "last left long many move object objects once only over people person picture piece place "
    "right same says scene screen second seconds seen short show shown shows side small stand "
    "stands start starts take taken text that their them then there they thing this time "
    "times under used video what when where which while white who with word words written".split()
)
"""Words that tell nothing of what a question is about."""
GENERIC = re.compile(
    r"which animal|what is it doing|one continuous|audio track|slide change|at the end|how many|"
    r"which direction|"
    r"where does it take place|at the start|is (he|she|the man|the woman)|last|first|"
    r"what does (he|she) do|\bafter the cut\b|\d",
    re.IGNORECASE,
)
"""Questions that any clip might answer, and such that ask for a time or an order."""


def subject(text: str) -> set[str]:
    """Stems of the words that tell what a question is about."""
    words = re.findall(r"[a-z]{4,}", text.lower())
    return {word[:5] for word in words if word not in COMMON}


def stems(text: str) -> set[str]:
    """Stems of all words of a text."""
    return {word[:5] for word in re.findall(r"[a-z]{3,}", text.lower())}


def mentions(clip: Clip, question: Question) -> bool:
    """Whether anything known of the clip touches the question's subject or answer."""
    in_answer = bool(question.keywords) and holds_words(clip.told, question.keywords)
    return in_answer or bool(subject(question.text) & stems(clip.told))


def is_foreign(clip: Clip, question: Question, source: str) -> bool:
    """Whether a question of `source` can safely be asked of the clip without finding an answer."""
    if source == clip.source or not question.keywords or not subject(question.text):
        return False
    return not GENERIC.search(question.text) and not mentions(clip, question)


def draw_foreign(clips: Sequence[Clip], count: int, seed: int) -> list[tuple[str, str]]:
    """Pairs of (question id, clip id); each clip and each question is used about equally often."""
    rng = random.Random(seed)
    pairs = [
        (question.question_id, clip.clip_id)
        for home in clips
        for question in home.questions
        for clip in clips
        if is_foreign(clip, question, home.source)
    ]
    rng.shuffle(pairs)
    drawn: list[tuple[str, str]] = []
    used: dict[str, int] = {}
    while len(drawn) < count and pairs:
        pairs.sort(key=lambda pair: used.get(pair[0], 0) + used.get(pair[1], 0))
        pair = pairs.pop(0)
        drawn.append(pair)
        for name in pair:
            used[name] = used.get(name, 0) + 1
    return drawn


def load_unanswerable(clips: Iterable[Clip]) -> list[Question]:
    """The committed questions, each with the clip that it is asked of and no gold span.

    Raises:
        KeyError: when a committed id is not among the clips.
    """
    known = list(clips)
    texts = {question.question_id: question.text for clip in known for question in clip.questions}
    ids = {clip.clip_id for clip in known}
    table = tomllib.loads(PAIRS.read_text(encoding="utf-8"))
    asked = [("near miss", clip, text) for clip, text in table["near"]]
    asked += [("foreign", clip, texts[question]) for question, clip in table["foreign"]]
    missing = {clip for _, clip, _ in asked} - ids
    if missing:
        raise KeyError(f"no such clips: {sorted(missing)}")
    return [
        Question(f"no_{number}", clip, text, kind, None)
        for number, (kind, clip, text) in enumerate(asked)
    ]


def main() -> None:
    """Print newly drawn pairs, to be read and committed."""
    parser = argparse.ArgumentParser(
        description="Draws questions for clips that cannot answer them."
    )
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--pairs", type=int, default=58)
    options = parser.parse_args()
    clips = load_clips(dev_folder())
    texts = {question.question_id: question.text for clip in clips for question in clip.questions}
    print("foreign = [")
    for question, clip in draw_foreign(clips, options.pairs, options.seed):
        print(f'    ["{question}", "{clip}"],  # {texts[question]}')
    print("]")


if __name__ == "__main__":
    main()
