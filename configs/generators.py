"""Settings of models that make pictures and videos."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class GeneratorSettings(BaseModel):
    """A model that makes pictures or videos, what it costs, and the most that a call may cost."""

    model_config = ConfigDict(extra="forbid")

    base_url: str = Field(
        "",
        description="URL that ends in /v1 (OpenAI's images or videos), or `scripted` for a double "
        "that draws; empty: not used.",
    )
    model: str = Field("", description="Model name at the endpoint.")
    api_key: SecretStr = Field(SecretStr(""), description="Key; from the environment or .env only.")
    usd: float | None = Field(
        None, ge=0, description="US dollars of a call; 0 for a server of your own."
    )
    usd_second: float | None = Field(
        None, ge=0, description="US dollars of each second of video, besides."
    )
    most_usd: float = Field(1.0, ge=0, description="Most US dollars of one call.")
    sizes: tuple[Annotated[str, Field(pattern=r"^\d{2,4}x\d{2,4}$")], ...] = Field(
        (), description='Sizes that it makes, as JSON: ["1280x720", "720x1280"]; empty: any.'
    )
    lengths: tuple[Annotated[float, Field(gt=0, le=600)], ...] = Field(
        (), description="Seconds of the videos that it makes, as JSON: [4, 8]; empty: any."
    )
    longest: float = Field(20.0, gt=0, le=600, description="Most seconds of a video.")
    timeout: float = Field(600.0, gt=0, description="Most wall time of a call, s.")
    concurrency: int = Field(2, ge=1, description="Most requests at once, over all flow runs.")
    bytes: int = Field(
        500_000_000, ge=1000, description="Most bytes of a file that it gets, and of its replies."
    )
