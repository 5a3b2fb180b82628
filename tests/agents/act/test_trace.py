"""How an artefact came to be: each step once, however many ways lead to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from agents.act.plan import Ref
from agents.act.trace import trace_of
from flows.output.acting import trace_lines
from tests.agents.act.kit import Bench, graph, step

DEEP = 24
"""Files joined with those before them: a walk along every path would tell tens of thousands."""


def test_a_chain_of_files_joined_with_themselves_is_told_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    steps = [step("s0", "say", text="a")]
    for n in range(DEEP):
        # twice the same file, and once the one before it
        before = Ref(f"s{max(0, n - 1)}")
        steps.append(step(f"s{n + 1}", "join", parts=(Ref(f"s{n}"), Ref(f"s{n}"), before)))
        if n > 4:  # texts of a million words are not the point
            steps[-1] = step(f"s{n + 1}", "join", parts=(Ref(f"s{n}"), Ref("s0"), before))
    result = bench.act(graph(*steps))
    trace = trace_of(bench.runtime.store, "default", result.outputs[0].artefact_id)
    lines = trace_lines(trace)
    told = [line.split()[0] for line in lines if "join@1(" in line or "say@1(" in line]
    assert sorted(told) == sorted(f"s{n}.text" for n in range(DEEP + 1))
    assert len(lines) < 5 * DEEP
    objects = list(nodes(json.loads(json.dumps(trace.to_json()))))
    whole = [one["step"] for one in objects if "told" not in one]
    assert sorted(whole) == sorted(f"s{n}" for n in range(DEEP + 1))
    again = next(one for one in objects if "told" in one)
    assert again["told"] == "above" and again["artefact_id"].startswith("a_")


def nodes(written: dict[str, Any]) -> Any:
    yield written
    for source in written.get("sources", ()):
        yield from nodes(source)
