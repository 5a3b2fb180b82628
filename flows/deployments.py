"""The deployments of `backtrail serve`, by module path."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from flows.ask import ask
from flows.ingest import ingest


def serve_all(inbox: Path | None, every: int) -> None:
    """Serve `ask/ask` and `ingest/ingest`; block until stopped.

    With an inbox, its new files are ingested every `every` seconds.
    """
    from prefect import serve
    from prefect.types.entrypoint import EntrypointType

    schedule = timedelta(seconds=every) if inbox else None
    parameters = {"paths": [str(inbox.resolve())], "new_only": True} if inbox else None
    asking = ask.to_deployment(
        "ask",
        description="Answer a question about remembered videos.",
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    ingesting = ingest.to_deployment(
        "ingest",
        description="Remember videos; with an inbox, the new files in it.",
        interval=schedule,
        parameters=parameters,
        concurrency_limit=1,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )
    serve(asking, ingesting)  # pyright: ignore[reportArgumentType]
