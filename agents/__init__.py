"""Planner, loop, reader and verifier; perception; models behind ports.

Importing this package turns off what libraries would send about their use. onnxruntime starts to
collect when it is imported and Prefect when it is, so this comes before either can be: nothing of
ours imports them without importing `agents` first.
"""

import os

SILENCE = {
    "ORT_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",  # Prefect's client and huggingface_hub heed it
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "FASTMCP_CHECK_FOR_UPDATES": "off",
    "FASTMCP_ENV_FILE": os.devnull,  # else it reads `.env` of the folder of the command
    "FASTMCP_LOG_ENABLED": "false",  # else it writes log lines of its own
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}
"""Switches of the libraries we stand on; a user who wants to send something sets them himself."""

for _name, _value in SILENCE.items():
    os.environ.setdefault(_name, _value)
