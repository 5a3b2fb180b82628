"""Prefect, prepared: what flow files import in the place of `prefect`.

Prefect reads its settings and starts its analytics when it is imported. So this is the one module
of `flows` that imports it at its top, after its home, its server and its time-outs are set; others
come here first, or import it inside functions. A program that imported Prefect before us gets the
same, as its settings are then read once more.
"""

# ruff: noqa: E402
from __future__ import annotations

import sys

from agents import SILENCE
from configs.settings import load_settings, prepare_prefect

assert SILENCE, "importing `agents` has turned analytics off"
_late = "prefect" in sys.modules
prepare_prefect(load_settings())

from prefect import flow, get_run_logger
from prefect.context import refresh_global_settings_context
from prefect.runtime import flow_run
from prefect.utilities.annotations import quote

if _late:
    refresh_global_settings_context()

__all__ = ["flow", "flow_run", "get_run_logger", "quote"]
