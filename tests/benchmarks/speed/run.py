"""Measures speed and memory against something that runs beside it; writes data/results/speed.md.

    python -m tests.benchmarks.speed.run [--only a,c,e] [--repeats N] [--short]

(a) ingest over decoding with ffmpeg; (b) ingest through flows over ingest without them; (c) a
second ingest; (d) memory on a video six times as long; (e) `ask` over importing what it stands on;
(f) all questions of the evaluation clips against the plain script; (g) the start of commands that
only read, over what Python and LanceDB need by themselves. Both sides of a ratio run in
turns, and medians are taken. What imports and models take to load is told, and not part of (a),
(b), (c) and (f).
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tests.benchmarks.quality.clips import CACHE, RESULTS
from tests.benchmarks.speed.tools import (
    CLI,
    Environment,
    Run,
    alternating,
    environment,
    load,
    machine,
    median,
    peak_pss,
    run,
    server,
    work,
)
from tests.benchmarks.speed.video import SpeedVideo, repeated, speed_video

OUT = RESULTS / "speed.md"
KEPT = CACHE / "speed.json"
QUIET = {"BACKTRAIL_PERCEPTION__SPEECH": "false"}
BY_HAND = "## What the numbers say"
LONGER = 6
"""How many times as long the long video of (d) is."""
HELP_SECONDS = 0.5
"""What `-h` may take beyond a Python that does nothing."""
WITHOUT_SECOND = 2.0
"""Seconds below which a second ingest needs no comparison."""


@dataclass(frozen=True)
class Row:
    """One number and what it was compared with."""

    item: str
    what: str
    ours: str
    beside: str
    ratio: float
    target: float
    video: str
    load: str
    note: str = ""
    also_reached: bool = False
    """Reached by the item's other condition."""

    @property
    def reached(self) -> bool:
        """Whether the target is met."""
        return self.also_reached or self.ratio <= self.target


class Bench:
    """The videos, the folders and how often to measure."""

    def __init__(self, short: bool, repeats: int, scratch: Path) -> None:
        self.short, self.repeats, self.scratch = short, repeats, scratch
        self.video: SpeedVideo = speed_video(2 if short else 10)
        self.warm = str(speed_video(0.2).path)
        self._homes = 0

    @property
    def length(self) -> str:
        """The video's, for the table."""
        return f"{self.video.seconds / 60:.0f} min"

    @property
    def path(self) -> str:
        """The video's."""
        return str(self.video.path)

    def fresh(self, **more: str) -> dict[str, str]:
        """The environment of a store that is empty."""
        self._homes += 1
        return environment(self.scratch / f"store{self._homes}", self.scratch / "cache", **more)

    def kept(self) -> dict[str, str]:
        """The environment of a store that remembers the video; kept between runs."""
        env = environment(CACHE / "speed_store", self.scratch / "cache")
        run([CLI, "ingest", self.path, "--json"], env)
        return env

    def ffmpeg(self) -> str:
        """The ffmpeg program.

        Raises:
            FileNotFoundError: there is none.
        """
        found = shutil.which("ffmpeg")
        if found is None:
            raise FileNotFoundError(
                "the program ffmpeg is not on the PATH (apt-get install ffmpeg): (a) compares with "
                "it, and (d) makes its long video with it"
            )
        return found


def ingest_over_decoding(bench: Bench) -> Iterator[Row]:
    """(a), with and without speech recognition, in processor seconds of whole process trees."""
    ffmpeg = bench.ffmpeg()
    decode = [ffmpeg, "-nostdin", "-v", "error", "-i", bench.path, "-f", "null", "-"]
    for what, target, more in (("no speech", 2.0, QUIET), ("with speech", 3.0, {})):
        before, decoded, told = load(), list[Run](), list[dict[str, Any]]()
        for _ in range(bench.repeats):
            decoded.append(run(decode))
            env = bench.fresh(**more)
            told.append(work("ingest", bench.path, bench.warm, "--again", "2", env=env))
        decoded.append(run(decode))
        walls = [each["runs"][0] for each in told]
        ours, theirs = _median(walls, "seconds"), median([each.seconds for each in decoded])
        cpu = _median(walls, "cpu"), median([each.cpu for each in decoded])
        note = (
            f"processor seconds; wall {ours:.1f} over {theirs:.1f} s; "
            f"before it, imports {_median(told, 'imports'):.1f} s and warming up "
            f"{_median(told, 'loading'):.1f} s"
        )
        yield Row(
            "a", f"ingest, {what}, over `ffmpeg -f null -`", f"{cpu[0]:.1f} s", f"{cpu[1]:.1f} s",
            cpu[0] / cpu[1], target, bench.length, f"{before}-{load()}", note,
        )  # fmt: skip
        yield _second(bench, what, told)


def _second(bench: Bench, what: str, told: Sequence[Mapping[str, Any]]) -> Row:
    """(c), from the runs that followed the first ones."""
    first = _median([each["runs"][0] for each in told], "seconds")
    again = [one for each in told for one in each["runs"][1:]]
    assert all(one["status"] == "unchanged" for one in again)
    second = _median(again, "seconds")
    return Row(
        "c", f"second ingest, {what}, over the first", f"{second:.3f} s", f"{first:.1f} s",
        second / first, 0.02, bench.length, load(), f"or below {WITHOUT_SECOND:g} s",
        also_reached=second <= WITHOUT_SECOND,
    )  # fmt: skip


def second_ingest(bench: Bench) -> Iterator[Row]:
    """(c) alone, with the whole command beside."""
    env = bench.fresh(**QUIET)
    told = work("ingest", bench.path, bench.warm, "--again", str(2 + bench.repeats), env=env)
    row = _second(bench, "no speech", [told])
    command = [CLI, "ingest", bench.path, "--json"]
    whole = median(alternating({"again": (command, env)}, bench.repeats + 1)["again"])
    note = f"{row.note}; the whole command with its imports {whole:.1f} s"
    yield replace(row, note=note)


def flows_over_plain(bench: Bench) -> Iterator[Row]:
    """(b), without speech recognition: what flows cost weighs more where there is less work."""
    before = load()
    taken: dict[str, list[dict[str, float]]] = {"plain": [], "flow": []}
    imports: dict[str, float] = {}
    with server(bench.scratch / "served", bench.scratch / "served_cache") as served:
        for _ in range(bench.repeats):
            for name, flags, more in (
                ("plain", [], {}),
                ("flow", ["--flow"], {"PREFECT_API_URL": served["PREFECT_API_URL"]}),
            ):
                env = bench.fresh(**QUIET, **more)
                told = work("ingest", bench.path, bench.warm, *flags, env=env)
                taken[name].append(told["runs"][0])
                imports[name] = told["imports"]
    flow, plain = (_median(taken[name], "seconds") for name in ("flow", "plain"))
    cpu = [_median(taken[name], "cpu") for name in ("flow", "plain")]
    note = (
        f"medians of {bench.repeats}; processor seconds {cpu[0]:.1f} over {cpu[1]:.1f} = "
        f"{cpu[0] / cpu[1]:.2f}, the server's not among them; before it, imports "
        f"{imports['flow']:.1f} s and {imports['plain']:.1f} s"
    )
    yield Row(
        "b", "ingest through flows over the plain steps", f"{flow:.1f} s", f"{plain:.1f} s",
        flow / plain, 1.10, bench.length, f"{before}-{load()}", note,
    )  # fmt: skip


def memory_of_length(bench: Bench) -> Iterator[Row]:
    """(d): peak of the whole command, on the video and on it repeated."""
    long = repeated(bench.video.path, LONGER, bench.ffmpeg())
    before = load()
    small, short_time = peak_pss([CLI, "ingest", bench.path, "--json"], bench.fresh())
    large, long_time = peak_pss([CLI, "ingest", str(long), "--json"], bench.fresh())
    length = f"{LONGER * bench.video.seconds / 60:.0f} over {bench.length}"
    yield Row(
        "d", "peak memory (PSS of the tree), with speech", f"{large:.0f} MB", f"{small:.0f} MB",
        large / small, 1.15, length, f"{before}-{load()}",
        f"{long_time:.0f} s and {short_time:.0f} s",
    )  # fmt: skip


def ask_over_imports(bench: Bench) -> Iterator[Row]:
    """(e), plainly and through a server."""
    env, before = bench.kept(), load()
    question = _lookless(bench, env)
    command = [CLI, "ask", question, "--video", bench.path, "--json"]
    served_cache, times = bench.scratch / "served_cache", max(5, bench.repeats)
    with server(Path(env["BACKTRAIL_HOME"]), served_cache) as served:
        taken = alternating(
            {
                "imports": ([sys.executable, "-c", "import lancedb, onnxruntime"], env),
                "ask": (command, env),
                "prefect": ([sys.executable, "-c", "import prefect"], env),
                "served": (command, served),
            },
            times,
        )
    imports, asked, prefect, through = (
        median(taken[name]) for name in ("imports", "ask", "prefect", "served")
    )
    seen = f"{before}-{load()}"
    note = f"medians of {times}, in turns; “{question}”"
    yield Row(
        "e", "ask without a look over `import lancedb, onnxruntime`", f"{asked:.2f} s",
        f"{imports:.2f} s", asked / imports, 1.6, bench.length, seen, note,
    )  # fmt: skip
    beside = imports + prefect
    yield Row(
        "e", "ask through a server over that and `import prefect`", f"{through:.2f} s",
        f"{beside:.2f} s", through / beside, 2.0, bench.length, seen, note,
    )  # fmt: skip


def start_over_imports(bench: Bench) -> Iterator[Row]:
    """(g), in turns, in processor seconds: `-h` may take half a second more than `pass`."""
    env, before, times = bench.kept(), load(), max(7, bench.repeats)
    question = _lookless(bench, env)
    commands = {
        "pass": [sys.executable, "-c", "pass"],
        "help": [CLI, "-h"],
        "lancedb": [sys.executable, "-c", "import lancedb"],
        "videos": [CLI, "videos", "--json"],
        "both": [sys.executable, "-c", "import lancedb, onnxruntime"],
        "search": [CLI, "search", "ferry", "--json"],
        "ask": [CLI, "ask", question, "--video", bench.path, "--json"],
    }
    turns = {name: (each, env) for name, each in commands.items()}
    taken = alternating(turns, times, cpu=True)
    seconds = {name: median(each) for name, each in taken.items()}
    for what, ours, beside, target in (
        ("`-h` over `python -c pass`", "help", "pass", 1 + HELP_SECONDS / seconds["pass"]),
        ("`videos` over `import lancedb`", "videos", "lancedb", 1.6),
        ("`search` over `import lancedb, onnxruntime`", "search", "both", 1.6),
        ("`ask` without a look over the same", "ask", "both", 1.6),
    ):
        more = seconds[ours] - seconds[beside]
        yield Row(
            "g", what, f"{seconds[ours]:.2f} s", f"{seconds[beside]:.2f} s",
            seconds[ours] / seconds[beside], round(target, 2), bench.length, f"{before}-{load()}",
            f"processor seconds, medians of {times}, in turns; {more:.2f} s more",
        )  # fmt: skip


def _lookless(bench: Bench, env: Environment) -> str:
    """A question of a spoken line that is answered without looking again.

    Raises:
        LookupError: there is none.
    """
    for question in bench.video.questions:
        told = run([CLI, "ask", question, "--video", bench.path, "--json"], env).told
        usage = told["usage"]
        if told["status"] == "answered" and not usage["looks"] + usage["cached_looks"]:
            return question
    raise LookupError("every question of the video needs a look")


def questions_over_script(bench: Bench) -> Iterator[Row]:
    """(f), without speech recognition; a short run takes every sixth clip."""
    every, before = ("6" if bench.short else "1"), load()
    ours, plain = (
        work("questions", who, bench.warm, "--every", every, env=bench.fresh(**QUIET))
        for who in ("ours", "plain")
    )
    note = (
        f"{ours['questions']} questions of {ours['clips']} clips; "
        f"wall {ours['seconds']:.0f} s and {plain['seconds']:.0f} s"
    )
    yield Row(
        "f", "processor seconds, ingest and all questions, over the plain script",
        f"{ours['cpu']:.0f} s", f"{plain['cpu']:.0f} s", ours["cpu"] / plain["cpu"], 0.2,
        f"{ours['video'] / 60:.0f} min of clips", f"{before}-{load()}", note,
    )  # fmt: skip


ITEMS: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "e": ask_over_imports,
    "a": ingest_over_decoding,
    "c": second_ingest,
    "b": flows_over_plain,
    "f": questions_over_script,
    "d": memory_of_length,
    "g": start_over_imports,
}
"""In the order in which they are run."""


def _median(told: Sequence[Mapping[str, Any]], name: str) -> float:
    return median([each[name] for each in told])


def remember(kept: Path, rows: Sequence[Row], short: bool) -> list[Row]:
    """Add rows to those measured before; a short run's never replace a full one's."""
    stored: dict[str, dict[str, Any]] = {}
    if kept.is_file():
        stored = json.loads(kept.read_text(encoding="utf-8"))
    for row in rows:
        before = stored.get(f"{row.item} {row.what}")
        if before is None or before["short"] or not short:
            entry = {"short": short, "machine": machine(), "row": asdict(row)}
            stored[f"{row.item} {row.what}"] = entry
    kept.write_text(json.dumps(stored, indent=1), encoding="utf-8")
    here = [entry for entry in stored.values() if entry["machine"] == machine()]
    return sorted((Row(**entry["row"]) for entry in here), key=lambda row: (row.item, row.what))


def table(rows: Sequence[Row], footage: str, spoken: float) -> str:
    """The results as Markdown."""
    missing = [item for item in sorted(ITEMS) if item not in {row.item for row in rows}]
    head = "item | what | ours | beside it | ratio | target | reached | video | load | note"
    lines = [f"| {head} |", "|" + "---|" * 10]
    lines += [
        f"| {row.item} | {row.what} | {row.ours} | {row.beside} | {row.ratio:.3g} "
        f"| <= {row.target:g} | {'yes' if row.reached else '**no**'} | {row.video} "
        f"| {row.load} | {row.note} |"
        for row in rows
    ]
    absent = f"\nNot run: {', '.join(missing)}.\n" if missing else ""
    return (
        "# Speed\n\n"
        "    python -m tests.benchmarks.speed.run [--only a,c,e] [--repeats N] [--short]\n\n"
        f"{machine()}. The video: 1280x720, H.264 CRF 23, 25 fps, {footage} one after the other, "
        f"speech on {100 * spoken:.0f} %, no subtitles. Both sides of a ratio ran in turns; "
        "*load* is the load average before and after. Where it is above the number "
        "of cores, other programs had their share: take the ratios, not the seconds.\n\n"
        + "\n".join(lines)
        + "\n"
        + absent
    )


def written_by_hand(path: Path) -> str:
    """What a person added under the table; it stays when the table is written anew."""
    _, heading, rest = (path.read_text(encoding="utf-8") if path.is_file() else "").partition(
        BY_HAND
    )
    return f"\n{heading}{rest}" if heading else ""


def main() -> int:
    """Measure what is asked for, print it and write the table."""
    parser = argparse.ArgumentParser(description="Measures speed and memory.")
    parser.add_argument("--only", default="a,b,c,d,e,f,g", help="items, separated by commas")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--short", action="store_true", help="2 instead of 10 minutes of video")
    options = parser.parse_args()
    wanted = options.only.split(",")
    CACHE.mkdir(parents=True, exist_ok=True)
    failed, rows = 0, list[Row]()
    with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
        bench = Bench(options.short, options.repeats, Path(scratch))
        for item in (each for each in ITEMS if each in wanted):
            print(f"({item}) at {time.strftime('%H:%M')}, load {load()}", file=sys.stderr)
            try:
                for row in ITEMS[item](bench):
                    verdict = "reached" if row.reached else "NOT reached"
                    print(f"  {row.what}: {row.ours} / {row.beside} = {row.ratio:.3g} ({verdict})")
                    rows = [*rows, row]
                    remember(KEPT, rows, options.short)
            except (RuntimeError, LookupError, FileNotFoundError) as error:
                failed += 1
                print(f"  ({item}) could not be measured: {error}", file=sys.stderr)
    text = table(remember(KEPT, rows, options.short), bench.video.footage, bench.video.spoken)
    OUT.write_text(text + written_by_hand(OUT), encoding="utf-8")
    print(f"{OUT}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
