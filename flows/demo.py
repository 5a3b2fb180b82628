"""`make demo`: a sample video is made, remembered and asked about, through Prefect flows."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from configs.settings import ROOT
from flows.output.terminal import say

SAMPLE = ROOT / "data" / "samples" / "sample.mp4"
REPORT = ROOT / "data" / "samples" / "report.html"


def main() -> int:
    """Make the sample, ingest it, ask the question that needs a look, name the results."""
    said = _make_sample()
    _say("starting Prefect (a first start migrates its database, about half a minute)")
    from flows.ask import ask
    from flows.ingest import ingest
    from flows.output.report import write_report
    from flows.output.rounds import round_line
    from flows.wiring import runtime_of

    _say(f"remembering {SAMPLE.name}: one Prefect task per window")
    done = ingest([str(SAMPLE)])["videos"][0]
    _say(f"{done['status']}: {sum(done['memories'].values())} memories {done['memories']}")
    question = said["demo"]["question"]
    _say(f"asking: {question}")
    result = ask(question, videos=[str(SAMPLE)])
    runtime = runtime_of()
    write_report(result.to_json(), runtime.store, REPORT, runtime.spec.tenant)
    for entry in result.rounds:
        _say(round_line(entry))
    say(f"answer:   {result.answer or 'none'} ({result.status}, {result.phase})")
    for item in result.evidence:
        text = " / ".join((item.text or "").splitlines())[:100]
        where = f"{item.video} {item.start:.1f}-{item.end:.1f} s"
        say(f"evidence: {where} {item.kind}: {text}")
    say(f"report:   {REPORT}")
    say('now you:  backtrail ask "Why was the launch moved?"')
    return 0 if result.answer else 1


def _make_sample() -> dict[str, Any]:
    """The sample's manifest; made on the first run."""
    script = SAMPLE.with_name("make.py")
    subprocess.run([sys.executable, str(script), "--out", str(SAMPLE)], check=True)  # noqa: S603
    return json.loads(SAMPLE.with_suffix(".json").read_text(encoding="utf-8"))


def _say(line: str) -> None:
    say(line, err=True)


if __name__ == "__main__":
    sys.exit(main())
