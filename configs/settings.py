"""Every setting of Backtrail, with what it does. Only this module reads the environment.

Each field can be set as `BACKTRAIL_<FIELD>`; nested ones with two underscores
(`BACKTRAIL_PERCEPTION__SAMPLE_FPS=4`), in the environment or in `.env`; or in `backtrail.toml`
(`[perception]`, `sample_fps = 4`). Both files lie beside the code, or in the folder that
`BACKTRAIL_CONFIG` names. Arguments and flags win over the environment, that over `.env`, that over
`backtrail.toml`. Keys of endpoints come from the environment or `.env` only. `BACKTRAIL_PRESET` is
the one dial: it fills everything that was not set by hand from `configs/presets/<preset>.toml`.
"""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from configs.generators import GeneratorSettings
from configs.sources import FileSource, KeylessSource, config_folder, toml_values, unknown_names

ROOT = Path(__file__).resolve().parent.parent
"""The checkout."""

Preset = Literal["quick", "balanced", "thorough"]


class PerceptionSettings(BaseModel):
    """What ingest perceives. A change makes a new memory of a video at its next ingest."""

    window_seconds: float = Field(60.0, ge=5, le=600, description="Length of a unit of ingest, s.")
    sample_fps: float = Field(2.0, gt=0, le=30, description="Pictures examined per second.")
    cut_threshold: float = Field(27.0, gt=0, description="Content change that makes a cut.")
    keyframe_seconds: float = Field(10.0, gt=0, description="Most time between keyframes, s.")
    text_side: int = Field(736, ge=160, le=4096, description="Longest side for finding text, px.")
    text_seconds: float = Field(1.0, gt=0, description="Least time between two readings, s.")
    speech: bool = Field(True, description="Recognise speech where there are no subtitles.")
    speech_model: str = Field(
        "",
        description="Empty: English; multilingual: Whisper base in any language (the extra "
        "languages); else the folder of your own CTranslate2 Whisper model.",
    )
    sounds: bool = Field(
        True,
        description="Rows for music, singing and silence, where the extra sounds is installed.",
    )
    voices: bool = Field(
        False,
        description="Tell which voice speaks when (voice A, voice B, never whose it is); needs the "
        "extra voices.",
    )
    faces: bool = Field(
        False,
        description="Rows for how many faces are visible, and where (the extra faces).",
    )
    poses: bool = Field(
        False,
        description="Rows for hands raised, sitting, lying and bending (the extra poses).",
    )
    recogniser: Literal["lite0", "ensemble"] = Field(
        "lite0",
        description="What names pictures as a whole: EfficientNet-lite0, or an ensemble of it and "
        "EfficientNet-Lite3, which names more and takes longer.",
    )
    motion_seconds: float = Field(
        0.5, ge=0, description="Least time between two looks for things in motion, s; 0: none."
    )
    changes: bool = Field(
        True, description="Rows for what appears, disappears or is replaced, and when."
    )
    captions: Literal["none", "keyframes", "dense"] = Field(
        "keyframes",
        description="Pictures that the vision-language model describes, where there is one.",
    )
    language: str = Field(
        "",
        description="Language of sound and subtitles to prefer where a file has several (en); "
        "empty: what the speech model understands.",
    )
    decoder: Literal["pyav", "decord"] = Field(
        "pyav",
        description="What decodes videos; decord is an extra, and refuses what it gets wrong.",
    )
    video_stream: int | None = Field(None, description="Index of the video stream to use.")
    audio_stream: int | None = Field(None, description="Index of the audio stream to use.")
    subtitle_stream: int | None = Field(None, description="Index of the subtitle stream to use.")


class LookSettings(BaseModel):
    """How a question looks again, and its hard limits."""

    looks: int = Field(3, ge=0, description="Most segments a question is followed into.")
    seconds: float = Field(600.0, gt=0, description="Most wall time of a question, s.")
    frames: int = Field(2000, ge=0, description="Most frames a question may decode.")
    fps: float = Field(2.0, gt=0, le=60, description="Pictures per second a look examines.")
    span_seconds: float = Field(8.0, gt=0, description="Longest span of one look, s.")
    text_side: int = Field(1280, ge=160, description="Longest side at which a look reads, px.")
    recall: int = Field(40, ge=1, description="Rows that recall hands to the reader.")
    precision: float = Field(
        0.8, ge=0, le=1, description="Share of answers called answered that are to be right."
    )


class MemorySettings(BaseModel):
    """Which parts organise memory; a store written with a part on is read with it off."""

    facts: bool = Field(True, description="Take facts over time from what is shown and said.")
    entities: bool = Field(True, description="Take names and things, found under their aliases.")
    consolidate: Literal["off", "exact", "near"] = Field(
        "near",
        description="Rows stand for others that say the same: none, those with the same words, or "
        "also other readings of one text.",
    )
    time_scope: bool = Field(True, description="Date videos, and read words about time.")
    core_words: int = Field(512, ge=1, description="Most words of a note; longer ones are refused.")
    every: int = Field(3600, ge=60, description="Seconds between consolidations of `serve`.")


class FetchSettings(BaseModel):
    """What fetching a file from a URL may take."""

    bytes: int = Field(20_000_000_000, ge=1, description="Most bytes of a file.")
    seconds: float = Field(7200.0, gt=0, description="Most wall time of a file, s.")


class ActSettings(BaseModel):
    """What plans may take, and do without being asked about."""

    seconds: float = Field(3600.0, gt=0, description="Most wall time of a run, s.")
    usd: float = Field(0.0, ge=0, description="Most US dollars of a run.")
    bytes: int = Field(20_000_000_000, ge=1, description="Most bytes that a run writes.")
    steps: int = Field(100, ge=1, le=1000, description="Most steps of a plan.")
    allow: tuple[Literal["paid", "outside"], ...] = Field(
        (), description='Effects of tools that wait for no approval, as JSON: ["paid"].'
    )
    experience: bool = Field(
        True,
        description="Show earlier runs to a model that plans; without one refill the plan of a "
        "goal with the same words where the grammar fails.",
    )
    recipes: bool = Field(True, description="Make recipes of chains that recur.")
    preferences: bool = Field(True, description="Keep and use what goals say of all later ones.")
    replay: bool = Field(True, description="Use steps of other runs again, where nothing changed.")
    fuse: bool = Field(
        True,
        description="Make steps in a row one encoding, where nobody needs the files between them.",
    )
    approval_seconds: int = Field(3600, ge=1, description="Longest wait for an approval, s.")


MediaKind = Literal["video", "image", "sound", "text", "subtitles"]
"""What files hold that go to an MCP server, or come from one."""


class McpServerSettings(BaseModel):
    """An MCP server of the user's, whose tools `act` may use as `NAME.TOOL`."""

    model_config = ConfigDict(extra="forbid")

    command: str = Field("", description="Program that speaks MCP over stdio.")
    args: tuple[str, ...] = Field((), description="Its arguments.")
    env: tuple[str, ...] = Field((), description="Names of variables of ours that it gets too.")
    url: str = Field("", description="In the place of a command: URL of streamable HTTP.")
    token_env: str = Field("", description="Name of the variable with the bearer token of `url`.")
    tools: tuple[str, ...] = Field((), description="Its tools that may be used; no others are.")
    gives: dict[str, MediaKind] = Field(
        default_factory=dict, description="What a tool gives, by its name; text where unsaid."
    )
    takes: dict[str, MediaKind] = Field(
        default_factory=dict,
        description="Arguments of its tools that are paths of files: it gets copies.",
    )
    folders: tuple[Path, ...] = Field(
        (), description="Folders that it may give files from, beside its folder of the call."
    )
    effect: Literal["pure", "paid", "outside"] = Field(
        "paid", description="What its tools do; all but pure wait for approval."
    )
    usd: float = Field(0.0, ge=0, description="US dollars of a call, held against budgets.")
    timeout: float = Field(60.0, gt=0, le=3600, description="Most wall time of a call, s.")
    bytes: int = Field(
        50_000_000, ge=1000, description="Most bytes that it sends in a call, or of a file."
    )

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if bool(self.command) == bool(self.url):
            raise ValueError("name either its command or its url")
        return self


class McpSettings(BaseModel):
    """The Model Context Protocol, both ways."""

    token: SecretStr = Field(
        SecretStr(""),
        description="What clients of `backtrail mcp --http` must send, if set; from the "
        "environment or .env only.",
    )
    servers: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], McpServerSettings] = (
        Field(default_factory=dict, description="Servers of the user's by name, as JSON.")
    )


class EndpointSettings(BaseModel):
    """An OpenAI-compatible endpoint."""

    base_url: str = Field("", description="URL that ends in /v1, or `local`; empty: not used.")
    model: str = Field("", description="Model name at the endpoint.")
    api_key: SecretStr = Field(SecretStr(""), description="Key; from the environment or .env only.")
    output: Literal["native", "prompted"] = Field(
        "native", description="native: JSON schema as a parameter; prompted: in the prompt only."
    )
    timeout: float = Field(120.0, gt=0, description="Most wall time of a call, s.")
    concurrency: int = Field(4, ge=1, description="Most requests at once, over all flow runs.")
    input_usd: float | None = Field(None, ge=0, description="US dollars per million tokens in.")
    output_usd: float | None = Field(None, ge=0, description="US dollars per million tokens out.")


class EmbeddingSettings(EndpointSettings):
    """An OpenAI-compatible endpoint that turns texts into vectors."""

    dimension: int = Field(0, ge=0, description="Length of its vectors; 0: ask it, once.")


class PriceSettings(BaseModel):
    """What a model costs, in US dollars per million tokens."""

    input_usd: float = Field(0.0, ge=0, description="Tokens in.")
    output_usd: float = Field(0.0, ge=0, description="Tokens out.")


class ClipSettings(BaseModel):
    """An OpenCLIP checkpoint on this machine."""

    architecture: str = Field("", description="OpenCLIP architecture, e.g. ViT-B-32.")
    checkpoint: str = Field("", description="Path of its checkpoint file; empty: not used.")


class Settings(BaseSettings):
    """All settings; see each field."""

    model_config = SettingsConfigDict(
        env_prefix="BACKTRAIL_", env_nested_delimiter="__", frozen=True, extra="ignore"
    )

    home: str = Field(str(ROOT / "data" / "store"), description="Store: a folder or LanceDB URI.")
    cache: Path = Field(ROOT / "data" / "cache", description="Exported models and thumbnails.")
    workspace: str = Field("default", min_length=1, description="Tenant when none is named.")
    preset: Preset = Field("balanced", description="quick, balanced or thorough.")
    threads: int = Field(0, ge=0, description="Threads per model; 0: one per core.")
    workers: int = Field(
        0,
        ge=0,
        description="Processes that perceive windows; 0: by cores and memory.",
    )
    failed_files: Literal["fail", "report"] = Field(
        "fail",
        description="fail: a flow run of ingest is Failed when a file, a window or a description "
        "failed; report: it is Completed, with the reasons in its message.",
    )
    failed_models: Literal["fallback", "fail"] = Field(
        "fallback",
        description="A question is not answered and its language models failed: fallback: the "
        "embedded agents answer, and the result says so; fail: it is an error, exit code 3.",
    )
    api_url: str = Field("", description="Prefect API of a server that runs should go to.")
    perception: PerceptionSettings = PerceptionSettings()  # pyright: ignore[reportCallIssue]
    look: LookSettings = LookSettings()  # pyright: ignore[reportCallIssue]
    memory: MemorySettings = MemorySettings()  # pyright: ignore[reportCallIssue]
    fetch: FetchSettings = FetchSettings()  # pyright: ignore[reportCallIssue]
    act: ActSettings = ActSettings()  # pyright: ignore[reportCallIssue]
    mcp: McpSettings = McpSettings()  # pyright: ignore[reportCallIssue]
    clip: ClipSettings = ClipSettings()  # pyright: ignore[reportCallIssue]
    llm: EndpointSettings = EndpointSettings()  # pyright: ignore[reportCallIssue]
    vlm: EndpointSettings = EndpointSettings()  # pyright: ignore[reportCallIssue]
    embedding: EmbeddingSettings = EmbeddingSettings()  # pyright: ignore[reportCallIssue]
    image_generator: GeneratorSettings = GeneratorSettings()  # pyright: ignore[reportCallIssue]
    video_generator: GeneratorSettings = GeneratorSettings()  # pyright: ignore[reportCallIssue]
    video_editor: GeneratorSettings = GeneratorSettings()  # pyright: ignore[reportCallIssue]
    prices: dict[str, PriceSettings] = Field(
        default_factory=dict,
        description="Prices by model name, as JSON; before those of the endpoint.",
    )
    roles: dict[str, str] = Field(
        default_factory=dict,
        description="Other models by role: planner, captioner, navigator, reader, verifier, "
        "summariser.",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, environment, `.env`, `backtrail.toml`, preset: the first that says it wins."""
        folder = config_folder(ROOT)
        dotenv = DotEnvSettingsSource(settings_cls, folder / ".env", "utf-8")
        own = KeylessSource(settings_cls, folder / "backtrail.toml")
        given = own() | dotenv() | env_settings() | init_settings()
        preset = ROOT / "configs" / "presets" / f"{given.get('preset', 'balanced')}.toml"
        return (init_settings, env_settings, dotenv, own, FileSource(settings_cls, preset))


def load_settings(**changes: Any) -> Settings:  # noqa: ANN401
    """Settings from arguments, environment, files and preset, in this order.

    Raises:
        pydantic.ValidationError: a value is not allowed; its message names the field.
        pydantic_settings.SettingsError: a file or a variable cannot be read, or holds a key where
            none may stand.
    """
    return Settings(**changes)


def settings_without_effect() -> list[str]:
    """Variables and lines of `backtrail.toml` that set nothing, in sentences."""
    folder = config_folder(ROOT)
    written = dotenv_values(folder / ".env") if (folder / ".env").is_file() else {}
    return unknown_names(Settings, [*os.environ, *written], toml_values(folder / "backtrail.toml"))


def prefect_api(settings: Settings | None = None) -> str:
    """The Prefect server that interactive runs go to; empty when there is none.

    `BACKTRAIL_API_URL` or `PREFECT_API_URL`, else the server that `backtrail up` left running.
    """
    own = settings or load_settings()
    return own.api_url or os.environ.get("PREFECT_API_URL", "") or running_server(own)


def server_file(settings: Settings) -> Path:
    """Where `backtrail up` notes its server."""
    return settings.cache / "prefect" / "server.json"


def running_server(settings: Settings) -> str:
    """URL of the server that `backtrail up` started, if it still listens; else empty."""
    noted = server_file(settings)
    if not noted.is_file():
        return ""
    port = int(json.loads(noted.read_text(encoding="utf-8"))["port"])
    with socket.socket() as probe:
        probe.settimeout(0.5)
        alive = probe.connect_ex(("127.0.0.1", port)) == 0
    return f"http://127.0.0.1:{port}/api" if alive else ""


def prepare_prefect(settings: Settings) -> None:
    """Set what Prefect reads at its import, where the user has not: call before importing it.

    The first start of a server, which migrates its database, gets the time it needs. Analytics are
    turned off elsewhere, for all libraries: see `agents`.
    """
    home = prefect_home(settings)
    if "PREFECT_HOME" not in os.environ:
        home.mkdir(parents=True, exist_ok=True)
        os.environ["PREFECT_HOME"] = str(home)
    url = prefect_api(settings)
    if url:
        os.environ.setdefault("PREFECT_API_URL", url)
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "WARNING")
    # a served question waits for its worker's next look, which Prefect takes every 10 seconds
    os.environ.setdefault("PREFECT_WORKER_QUERY_SECONDS", "1")


def prefect_home(settings: Settings) -> Path:
    """Prefect's folder: as set, the user's own where he has a profile there, else in our cache."""
    if own := os.environ.get("PREFECT_HOME", ""):
        return Path(own)
    users = Path.home() / ".prefect"
    return users if (users / "profiles.toml").exists() else settings.cache / "prefect"


def prefect_database(settings: Settings) -> Path:
    """Where Prefect keeps runs that went to no server."""
    return prefect_home(settings) / "prefect.db"


def server_environment(port: int) -> dict[str, str]:
    """The environment for a Prefect server on `port`: its UI must ask that very port."""
    return {**os.environ, "PREFECT_SERVER_UI_API_URL": f"http://127.0.0.1:{port}/api"}
