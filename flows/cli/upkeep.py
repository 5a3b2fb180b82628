"""`models`, `doctor`, `reembed` and `migrate`: what runs, whether it is well, and moving stores."""

from __future__ import annotations

import platform
import shlex
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from agents.errors import AgentsError, ModelMissing, QuestionError
from agents.models.generators import ROLES as GENERATOR_ROLES
from agents.models.roles import open_roles, role_names
from agents.runtime import RuntimeSpec
from configs.settings import load_settings, prefect_api, settings_without_effect
from flows.cli.shell import DONE, FAILED, print_json
from flows.endpoints import generator_spec
from flows.output.terminal import say, say_lines
from flows.wiring import runtime_spec
from memory.errors import MemoryLayerError, StoreUnavailable
from memory.store import Inspection

PACKAGES = ("prefect", "lancedb", "av", "onnxruntime", "rapidocr", "faster-whisper")


def run_models(action: str, what: str, as_json: bool) -> int:
    """List the roles, or fetch an OpenCLIP checkpoint when asked by name."""
    if action == "pull":
        return _pull(what, as_json)
    if action != "list":
        raise QuestionError(f"models cannot {action!r}", "use `models` or `models pull open-clip`")
    roles = _roles()
    if as_json:
        print_json({"models": roles})
        return DONE
    for role in roles:
        state = "" if role["ready"] else f"  NOT READY: {role['fix']}"
        say(f"{role['role']:<14} {role['model']}")
        say(f"{'':<14} {role['why']}{state}")
    return DONE


def run_doctor(as_json: bool, *, deep: bool = False, probe: bool = False) -> int:
    """Versions, models, decoder, store and server; what is not well says what to do.

    `probe` asks each configured model for one word as well.
    """
    checks = [_python(), _settings(), _decoder(), *_models(), _store(deep), _server(), *_plugged()]
    checks += _probed() if probe else []
    well = all(check["well"] for check in checks)
    if as_json:
        print_json({"well": well, "checks": checks})
    else:
        for check in checks:
            mark = "ok " if check["well"] else "BAD"
            fix = f" -> {check['fix']}" if check["fix"] else ""
            say(f"{mark} {check['what']}: {check['found']}{fix}")
    return DONE if well else FAILED


def run_migrate(as_json: bool) -> int:
    """Bring the configured store to this version's schema."""
    from memory.lance.migrate import migrate

    done = migrate(load_settings().home)
    said = "\n".join(done) or "nothing to migrate"
    print_json({"migrated": done}) if as_json else say_lines(said)
    return DONE


def run_reembed(as_json: bool) -> int:
    """Encode everything again with the configured encoders."""
    from agents.upkeep import reembed_store

    done = reembed_store(runtime_spec())
    said = f"encoded {done['texts']} texts and {done['keyframes']} keyframes anew"
    print_json({"reembedded": done}) if as_json else say_lines(said)
    return DONE


def _pull(what: str, as_json: bool) -> int:
    if what != "open-clip":
        raise QuestionError(f"there is no model {what!r} to pull", "use `models pull open-clip`")
    from agents.models.open_clip import pull

    made = pull("ViT-B-32", "laion2b_s34b_b79k", Path(load_settings().cache) / "open_clip")
    hint = f"set BACKTRAIL_CLIP__ARCHITECTURE=ViT-B-32 BACKTRAIL_CLIP__CHECKPOINT={made}"
    print_json({"checkpoint": str(made), "hint": hint}) if as_json else say_lines(f"{made}\n{hint}")
    return DONE


def _roles() -> list[dict[str, Any]]:
    from agents.models.build import describe_models

    spec = runtime_spec()
    roles = describe_models(spec.models, Path(spec.cache) / "models", spec.secrets)
    return [
        {"role": r.role, "model": r.model, "why": r.why, "ready": r.ready, "fix": r.fix}
        for r in roles
    ] + [*_language_roles(spec), *_generator_roles()]


def _generator_roles() -> list[dict[str, Any]]:
    """Which model makes pictures and videos, or how to name one."""
    settings, told = load_settings(), list[dict[str, Any]]()
    for role in GENERATOR_ROLES:
        own, fault, model, why = getattr(settings, role), None, "none", ""
        try:
            if own.base_url:
                spec = generator_spec(role, own)
                model = own.model or own.base_url
                why = f"named by the environment; {spec.terms}"
            else:
                why = f"BACKTRAIL_{role.upper()}__BASE_URL is not set"
        except ModelMissing as error:
            fault, model, why = error, own.model or own.base_url, str(error)
        fix = fault.hint if fault else ""
        told.append({"role": role, "model": model, "why": why, "ready": fault is None, "fix": fix})
    return told


def _language_roles(spec: RuntimeSpec) -> list[dict[str, Any]]:
    """Which model plays each role of language and why."""
    roles, fault = None, None
    if spec.roles is not None:
        try:
            roles = open_roles(spec.roles, None, spec.secrets, spec.middleware)
        except ModelMissing as error:
            fault = error
    why = "BACKTRAIL_LLM__BASE_URL is not set" if roles is None else "named by the environment"
    return [
        {
            "role": role,
            "model": name,
            "why": str(fault) if fault else why,
            "ready": fault is None,
            "fix": fault.hint if fault else "",
        }
        for role, name in role_names(roles).items()
    ]


def _check(what: str, well: bool, found: str, fix: str = "") -> dict[str, Any]:
    return {"what": what, "well": well, "found": found, "fix": fix if not well else ""}


def _python() -> dict[str, Any]:
    found = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return _check("versions", True, f"Python {platform.python_version()}, {found}")


def _settings() -> dict[str, Any]:
    """Names that set nothing, in the environment and in files."""
    lost = settings_without_effect()
    found = "; ".join(lost) or "every name is known"
    return _check("settings", not lost, found, "correct or unset what sets nothing")


def _decoder() -> dict[str, Any]:
    """FFmpeg's libraries come inside PyAV: their versions, and the decoders most files need."""
    from av import library_versions
    from av.codec import codecs_available

    missing = sorted({"h264", "hevc", "vp9", "aac", "opus"} - codecs_available)
    versions = ", ".join(
        f"{name} {'.'.join(map(str, numbers))}"
        for name, numbers in library_versions.items()
        if name in ("libavcodec", "libavformat")
    )
    lacks = f"; no decoder for {', '.join(missing)}" if missing else ""
    fix = "reinstall PyAV from its wheel: pip install --force-reinstall av"
    return _check("FFmpeg", not missing, versions + lacks, fix)


def _models() -> list[dict[str, Any]]:
    return [_check(f"model: {r['role']}", r["ready"], r["model"], r["fix"]) for r in _roles()]


def _probed() -> list[dict[str, Any]]:
    """What each configured model answers, and how fast."""
    from agents.models.probe import probe_roles, probe_vectors

    spec = runtime_spec()
    asked = probe_roles(spec.roles, spec.secrets) if spec.roles else []
    asked += probe_vectors(spec.models, spec.secrets)
    checks = [
        _check(f"asked: {r['role']}", True, f"{r['model']} was not asked: what it makes may cost")
        for r in _generator_roles()
        if r["model"] != "none"
    ]
    if not asked and not checks:
        return [_check("asked", True, "no model at an endpoint is configured: none was asked")]
    for one in asked:
        said = one.error or f"{one.answer!r}"
        told = f"{one.model}, {one.seconds:.2f} s: {said}"
        checks.append(_check(f"asked: {one.role}", not one.error, told, one.fix) | asdict(one))
    return checks


def _store(deep: bool) -> dict[str, Any]:
    """The store, read for real: a file that was cut off shows only then."""
    from flows.wiring import runtime_of

    home = load_settings().home
    try:
        store = runtime_of().store
        found = store.inspect(deep=deep)
        size = "" if found.faults else f", {store.size_bytes / 1e6:.1f} MB"
    except StoreUnavailable as error:
        return _unopened(home, error, deep)
    except (MemoryLayerError, AgentsError) as error:
        return _check("store", False, str(error), error.hint)
    read = "all read" if found.whole else "the ends of files read; --deep reads every row"
    told = [f"{home}: {found.rows} rows in {found.files} files{size} ({read})"]
    told += [*found.faults, *found.indexes]
    if found.index_lag:
        told.append(f"{found.index_lag} rows wait for the indexes (the next ingest adds them)")
    if found.pictures:
        told.append(f"{found.pictures} pictures are gone; answers come without them")
    well = not (found.faults or found.indexes or found.pictures)
    return _check("store", well, "; ".join(told), _cure(home, found))


def _unopened(home: str, error: StoreUnavailable, deep: bool) -> dict[str, Any]:
    """A store that cannot be opened; files of it that were cut off are named."""
    from agents.upkeep import inspect_store

    found = inspect_store(runtime_spec(), deep=deep)
    if not found.cut:
        return _check("store", False, str(error), error.hint)
    told = "; ".join([f"{home} cannot be opened", *found.cut])
    return _check("store", False, told, _cure(home, found))


def _cure(home: str, found: Inspection) -> str:
    """How to get back what cannot be read: from a copy, else by ingesting again."""
    if not found.faults:
        return "the next ingest of a new file builds the index; pictures: forget, then ingest"
    paths = " ".join(shlex.quote(path) for path in found.paths) or "your files"
    return (
        f"put back a copy of {home}; without one, move it away and ingest again: "
        f"mv {shlex.quote(home)} {shlex.quote(home)}.broken && backtrail ingest {paths}"
    )


def _server() -> dict[str, Any]:
    url = prefect_api()
    return _check("Prefect server", True, url or "none (not needed; `backtrail up` starts one)")


def _plugged() -> list[dict[str, Any]]:
    """Whether each MCP server of the user's answers, and offers what may be used of it."""
    settings = load_settings()
    if not settings.mcp.servers:
        return []
    from agents.tools.outside.plugged import asked
    from flows.equipment import servers_of

    checks: list[dict[str, Any]] = []
    for found in asked(servers_of(settings)):
        name, error = f"MCP server {found.server.name}", found.error
        if error is not None:
            checks.append(_check(name, False, str(error), error.hint))
            continue
        offered = [one.name for one in found.offered]
        lost = [one for one in found.server.allowed if one not in offered]
        told = f"answers; it offers {', '.join(offered[:8]) or 'nothing'}"
        told += f"; not offered, though allowed: {', '.join(lost)}" if lost else ""
        fix = f"correct mcp.servers.{found.server.name}.tools"
        checks.append(_check(name, not lost, told, fix))
    return checks
