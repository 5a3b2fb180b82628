"""Measures answers against gold spans and against baselines, and writes data/results/quality.md.

    python -m tests.benchmarks.quality.answers [--library | --lines] [--capability NAME]...
                                       [--out FILE.md]

Every difference to a baseline is paired (the same questions) with a 95 % bootstrap interval.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.evaluate.intervals import paired_bootstrap
from tests.benchmarks.quality import baselines
from tests.benchmarks.quality.clips import RESULTS, Clip, Question, dev_folder, load_clips
from tests.benchmarks.quality.scoring import Score, mean, score
from tests.benchmarks.quality.unanswerable import load_unanswerable

Ask = Callable[[Question, list[Path]], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """A question, the file that holds its answer, and all files that it is asked of."""

    question: Question
    path: Path
    seconds: float
    among: tuple[Path, ...] = ()
    """Empty: asked of its own file alone."""


@dataclass
class Outcome:
    """Scores of all cases, by who answered; the first is ours."""

    cases: list[Case]
    scores: dict[str, list[Score]] = field(default_factory=dict[str, list[Score]])
    failures: list[str] = field(default_factory=list[str])
    """Questions that raised an error; they count as abstentions."""

    def of(self, who: str, capability: str) -> list[Score]:
        """Scores of answerable questions of a capability (`all` for every one)."""
        return [
            each
            for each in self.scores[who]
            if each.hit is not None and capability in ("all", each.capability)
        ]


def clip_cases(clips: Sequence[Clip]) -> list[Case]:
    """The clips' own questions and the unanswerable ones."""
    home = {clip.clip_id: clip for clip in clips}
    asked = [question for clip in clips for question in clip.questions]
    asked += load_unanswerable(clips)
    return [Case(q, home[q.clip_id].path, home[q.clip_id].seconds) for q in asked]


def library_cases(clips: Sequence[Clip]) -> list[Case]:
    """Questions that mean one moment of one clip, each asked of all clips at once."""
    from tests.benchmarks.quality.longvideo import askable

    home = {clip.clip_id: clip for clip in clips}
    every = tuple(clip.path for clip in clips)
    asked = askable(clips, ())
    return [Case(q, home[q.clip_id].path, home[q.clip_id].seconds, every) for q in asked]


def simple_baselines(seconds: Mapping[Path, float]) -> dict[str, Ask]:
    """The whole file, and its middle."""
    return {
        "whole file": lambda _, paths: baselines.whole(seconds[paths[0]], paths[0].name),
        "middle": lambda _, paths: baselines.middle(seconds[paths[0]], paths[0].name),
    }


def run_quality(
    ask: Ask,
    cases: Sequence[Case],
    others: Mapping[str, Ask],
    expected_errors: tuple[type[Exception], ...] = (),
) -> Outcome:
    """Ask every case of `ask` and of each baseline.

    An error of a kind in `expected_errors` counts as an abstention and is listed; any other ends
    the run.
    """
    outcome = Outcome(list(cases))
    for who, asked in {"backtrail": ask, **others}.items():
        outcome.scores[who] = []
        for number, case in enumerate(cases, start=1):
            if who == "backtrail":
                print(f"  {number}/{len(cases)} {case.question.text[:70]}", file=sys.stderr)
            try:
                result = asked(case.question, list(case.among or (case.path,)))
            except expected_errors as error:
                outcome.failures.append(f"{who}: {case.question.text}: {error}")
                result = no_answer()
            outcome.scores[who].append(score(case.question, result, case.path.name))
    return outcome


def no_answer() -> dict[str, Any]:
    """The result of a question that could not be worked on."""
    return {"answer": None, "evidence": []}


def table(outcome: Outcome, seed: int = 0) -> str:
    """The tables as Markdown."""
    names = sorted({s.capability for s in outcome.scores["backtrail"] if s.hit is not None})
    others = [who for who in outcome.scores if who != "backtrail"]
    head = ["capability", "questions", "hit@1", "IoU", "words", "abstained"]
    head += [f"{who} hit@1 (difference)" for who in others]
    lines = [_row(head), _row(["---"] * len(head))]
    lines += [_capability(outcome, name, others, seed) for name in [*names, "all"]]
    return "\n".join(lines) + "\n\n" + _abstention(outcome)


def _capability(outcome: Outcome, name: str, others: Sequence[str], seed: int) -> str:
    ours = outcome.of("backtrail", name)
    cells = [name, str(len(ours))]
    cells += [_percent([s.hit for s in ours]), _number([s.iou for s in ours])]
    cells += [_percent([s.words for s in ours]), _percent([s.abstained for s in ours])]
    for who in others:
        theirs = outcome.of(who, name)
        gap = paired_bootstrap([bool(s.hit) for s in ours], [bool(s.hit) for s in theirs], seed)
        cells.append(
            f"{_percent([s.hit for s in theirs])} "
            f"({100 * gap.mean:+.0f} [{100 * gap.low:+.0f}, {100 * gap.high:+.0f}])"
        )
    return _row(cells)


def _abstention(outcome: Outcome) -> str:
    """How often no answer is given, where there is none and where there is one."""
    ours = outcome.scores["backtrail"]
    kinds = sorted({s.capability for s in ours if s.hit is None})
    lines = [_row(["questions without an answer", "number", "abstained"]), _row(["---"] * 3)]
    for kind in kinds:
        chosen = [s.abstained for s in ours if s.hit is None and s.capability == kind]
        lines.append(_row([kind, str(len(chosen)), _percent(chosen)]))
    if outcome.failures:
        lines += ["", f"{len(outcome.failures)} questions ended in an error:", ""]
        lines += [f"- {failure}" for failure in outcome.failures]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _percent(values: Sequence[bool | None]) -> str:
    known = mean(values)
    return "-" if known is None else f"{100 * known:.0f} %"


def _number(values: Sequence[float | None]) -> str:
    known = mean(values)
    return "-" if known is None else f"{known:.2f}"


def product_ask(home: Path) -> Ask:
    """`backtrail ask` without Prefect, over a store of its own."""
    from agents.ask.ask import Request, answer_request
    from agents.ingest.file import remember
    from agents.runtime import open_runtime
    from configs.settings import load_settings
    from flows.wiring import runtime_spec

    bench = open_runtime(runtime_spec("bench", load_settings(home=str(home))))

    def ask(question: Question, paths: list[Path]) -> dict[str, Any]:
        names = tuple(str(path) for path in paths)
        request = Request(question.text, names, (), None, "", False)
        return answer_request(bench, request, lambda path: remember(bench, path, _quiet)).to_json()

    return ask


def _quiet(name: str, stage: str, done: int, count: int) -> None:
    """No progress."""


def plain_ask() -> Ask:
    """The plain script with the same models."""
    from flows.wiring import runtime_of
    from tests.benchmarks.quality import plain_script

    models = runtime_of("bench").models

    def ask(question: Question, paths: list[Path]) -> dict[str, Any]:
        rows = [row for path in paths for row in plain_script.read_video(path, models)]
        return plain_script.answer(question.text, rows, models)

    return ask


def chosen_cases(options: argparse.Namespace) -> list[Case]:
    """The cases that the command line asks for."""
    clips = load_clips(dev_folder())
    cases = clip_cases(clips)
    if options.library:
        cases = library_cases(clips)
    if options.lines:
        from tests.benchmarks.quality.lines import spoken_videos

        cases = [Case(q, v.path, v.seconds) for v in spoken_videos(clips) for q in v.questions]
    wanted = options.capability
    return [c for c in cases if not wanted or c.question.capability in wanted]


def main() -> None:
    """Run, print and write the tables."""
    parser = argparse.ArgumentParser(description="Measures answers on real clips.")
    parser.add_argument("--lines", action="store_true", help="spoken lines over real sound")
    parser.add_argument("--library", action="store_true", help="every clip at once")
    parser.add_argument("--capability", action="append", default=[])
    parser.add_argument("--no-plain", action="store_true", help="leave the plain script out")
    parser.add_argument("--home", type=Path, default=None, help="store; a new one by default")
    parser.add_argument("--out", type=Path, default=RESULTS / "quality.md")
    options = parser.parse_args()
    from agents.errors import AgentsError
    from tests.benchmarks.quality.clips import CACHE

    cases = chosen_cases(options)
    home = options.home or CACHE / "store"
    seconds = {case.path: case.seconds for case in cases}
    others = {} if options.library else simple_baselines(seconds)  # which file is the question
    if not options.no_plain:
        others["plain script"] = plain_ask()
    began = time.monotonic()
    outcome = run_quality(product_ask(home), cases, others, (AgentsError,))
    text = f"{table(outcome)}\n\n{len(cases)} questions, {time.monotonic() - began:.0f} s.\n"
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(f"# Quality\n\n{text}", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
