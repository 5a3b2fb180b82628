"""Write down what the local model says to each scenario: `python -m tests.contracts.record`."""

from __future__ import annotations

import json

from agents.models.local.server import local_url
from tests.contracts.wire import RECORDED, Exchange, recording
from tests.contracts.wire_scenarios import SCENARIOS


def main() -> None:
    upstream = local_url().removesuffix("/v1")
    for name, run in SCENARIOS.items():
        exchanges: list[Exchange] = []
        with recording(upstream, exchanges) as url:
            run(url)
        path = RECORDED / f"{name}.json"
        path.write_text(json.dumps(exchanges, indent=1, ensure_ascii=False) + "\n", "utf-8")
        print(f"{name}: {[exchange['status'] for exchange in exchanges]}")


if __name__ == "__main__":
    main()
