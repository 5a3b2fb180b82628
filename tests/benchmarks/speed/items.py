"""The items of the speed benchmark: each measures ours and what runs beside it, in turns."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.benchmarks.speed.bench import Bench, Row
from tests.benchmarks.speed.tools import (
    CLI,
    Environment,
    Run,
    alternating,
    load,
    median,
    peak_pss,
    run,
    server,
    work,
)
from tests.benchmarks.speed.video import repeated

QUIET = {"BACKTRAIL_PERCEPTION__SPEECH": "false"}
LONGER = 6
"""How many times as long the long video of (d) is."""
HELP_SECONDS = 0.5
"""What `-h` may take beyond a Python that does nothing."""
WITHOUT_SECOND = 2.0
"""Seconds below which a second ingest needs no comparison."""


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
