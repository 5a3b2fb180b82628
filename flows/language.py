"""Wires language and vision-language models from the settings; without any, plain steps remain."""

from __future__ import annotations

from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agents.ask.answer import Question
from agents.ask.executor.embedded import embedded_steps
from agents.ask.loop import Outcome, Steps, pursue
from agents.budget import Meter, Spent
from agents.errors import ModelMissing, QuestionError
from agents.models.cache import ReplyCache, forget_video
from agents.models.chat import ModelRoles
from agents.models.openai_compatible.endpoint import Endpoint
from agents.models.ports import Models
from agents.prompting.prompts import Prompts
from agents.runtime import Runtime
from configs.settings import ROOT, Settings, load_settings
from flows.endpoints import endpoint_of, middleware_of, naming, replies_folder, secret, speaking

if TYPE_CHECKING:
    from agents.ingest.describe import Captioner

ROLES = ("planner", "captioner", "navigator", "reader", "verifier", "summariser")
STRATEGY = "backtrail"
"""What is used when none is named."""


def steps_for(runtime: Runtime, meter: Meter, *, cached: bool = True) -> Steps:
    """The steps of one question: with models where an endpoint is configured, else plain ones.

    Raises:
        ModelMissing: an endpoint is configured that cannot be used.
    """
    roles = roles_of(load_settings(), cached=cached)
    if roles is None:
        return embedded_steps(runtime)
    from agents.ask.executor.by_model import ModelSteps

    cache = reply_cache(load_settings()) if cached else None
    return ModelSteps(embedded_steps(runtime), roles, prompts(), meter, cache)


def captioner_for(runtime: Runtime, meter: Meter) -> Captioner | None:
    """Who describes what is ingested; None where the parameters ask for no captions.

    Raises:
        ModelMissing: an endpoint is configured that cannot be used.
    """
    if runtime.spec.parameters.captions == "none":
        return None
    from agents.ingest.describe import Captioner

    roles = roles_of(load_settings())
    if roles is None or roles.captioner is None:
        raise ModelMissing(
            "captions are asked for, but no model sees",
            "set BACKTRAIL_VLM__MODEL, or captions=none",
        )
    return Captioner(roles.captioner, roles.of("summariser"), prompts(), meter)


def run_strategy(
    name: str, question: Question, steps: Steps, meter: Meter, max_looks: int
) -> Outcome:
    """Pursue a question by a strategy.

    Raises:
        QuestionError: there is no such strategy, or it needs a language model and there is none.
    """
    if name == STRATEGY:
        return pursue(question, steps, meter, max_looks)
    from agents.ask.executor.by_model import ModelSteps
    from agents.ask.strategies.registry import STRATEGIES

    if name not in STRATEGIES:
        raise QuestionError(f"there is no strategy {name!r}", f"use one of {', '.join(STRATEGIES)}")
    if not isinstance(steps, ModelSteps):
        raise QuestionError(
            f"the strategy {name} needs a language model",
            "set BACKTRAIL_LLM__BASE_URL and BACKTRAIL_LLM__MODEL",
        )
    return STRATEGIES[name](question, steps, meter, max_looks)


def encoder_spent(models: Models) -> Spent:
    """What the text encoder has cost so far in this process."""
    return getattr(models.text_encoder, "spent", Spent())


def charge_encoder(meter: Meter, models: Models, before: Spent) -> None:
    """Charge what the text encoder cost since `before`; others that ask meanwhile are included."""
    spent = encoder_spent(models).since(before)
    if spent.calls:
        meter.charge_vectors("text_encoder", spent)


def roles_of(settings: Settings, *, cached: bool = True) -> ModelRoles | None:
    """The models by role; None where no language model is configured.

    Raises:
        ModelMissing: a role is named that there is not, or an endpoint cannot be used.
    """
    return None if roles_are_absent(settings) else _roles(_Key(settings), cached)


def roles_are_absent(settings: Settings) -> bool:
    """Whether no language model is configured.

    Raises:
        ModelMissing: a role is named that there is not.
    """
    unknown = sorted(set(settings.roles) - set(ROLES))
    speaks = bool(speaking(settings)[0].base_url)
    if speaks and unknown:
        raise ModelMissing(f"there is no role {unknown[0]!r}", f"use one of {', '.join(ROLES)}")
    return not speaks


class _Key:
    """Settings as a key: equal when everything that the models depend on is equal."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        parts = (settings.llm, settings.vlm, settings.roles, settings.prices, settings.cache)
        keys = (settings.llm.api_key, settings.vlm.api_key)
        self.value = repr(parts) + str(hash(tuple(key.get_secret_value() for key in keys)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.value == self.value

    def __hash__(self) -> int:
        return hash(self.value)


@lru_cache(maxsize=4)
def _roles(key: _Key, cached: bool) -> ModelRoles:
    """One roles per process and settings, so that limits and breakers are shared."""
    from agents.models.openai_compatible.client import OpenAICompatible

    settings = key.settings
    cache = reply_cache(settings) if cached else None
    spoken, seeing, others = role_endpoints(settings)

    def at(endpoint: Endpoint) -> OpenAICompatible:
        return OpenAICompatible(endpoint, secret, cache, middleware_of(settings))

    own = tuple((role, at(endpoint)) for role, endpoint in others.items())
    return ModelRoles(at(spoken), own, at(seeing) if seeing is not None else None)


def role_endpoints(settings: Settings) -> tuple[Endpoint, Endpoint | None, dict[str, Endpoint]]:
    """The endpoint that speaks, the one that sees, and those of roles that name another model."""
    spoken = endpoint_of(*speaking(settings), settings.prices)
    seeing = vision_endpoint(settings)
    others = {
        role: naming(_base(role, spoken, seeing), model, settings.prices)
        for role, model in sorted(settings.roles.items())
    }
    return spoken, seeing, others


def endpoint_by_role(settings: Settings) -> dict[str, Endpoint]:
    """Where each role that asks a model is played; empty without a language model.

    Raises:
        ModelMissing: a role is named that there is not, or an endpoint cannot be used.
    """
    if roles_are_absent(settings):
        return {}
    spoken, seeing, others = role_endpoints(settings)
    played = {role: spoken for role in ROLES if role != "captioner"}
    return played | ({"captioner": seeing} if seeing is not None else {}) | others


def _base(role: str, spoken: Endpoint, seeing: Endpoint | None) -> Endpoint:
    return seeing if role == "captioner" and seeing is not None else spoken


def vision_endpoint(settings: Settings) -> Endpoint | None:
    """The endpoint that sees; the language model's server where only a model is named."""
    own = settings.vlm
    if own.base_url:
        return endpoint_of(own, "BACKTRAIL_VLM__API_KEY", settings.prices)
    if not own.model:
        return None
    shared = settings.llm.model_copy(update={"model": own.model})
    return endpoint_of(shared, "BACKTRAIL_LLM__API_KEY", settings.prices)


def describe_language(settings: Settings) -> list[dict[str, Any]]:
    """Which model plays each role of language and why, in the form of `backtrail models`."""
    try:
        roles, fault = roles_of(settings), None
    except ModelMissing as error:
        roles, fault = None, error
    why = "BACKTRAIL_LLM__BASE_URL is not set" if roles is None else "named by the environment"
    return [
        {
            "role": role,
            "model": name,
            "why": str(fault) if fault else why,
            "ready": fault is None,
            "fix": fault.hint if fault else "",
        }
        for role, name in model_names(roles).items()
    ]


def model_names(roles: ModelRoles | None) -> dict[str, str]:
    """Which model plays which role of language, for the result."""
    if roles is None:
        return {"planner": "rules", "reader": "extractive rules"}
    names = {role: roles.of(role).name for role in ROLES if role != "captioner"}
    return names | ({"captioner": roles.captioner.name} if roles.captioner is not None else {})


@lru_cache(maxsize=1)
def prompts() -> Prompts:
    """What models are told, from `configs/prompts`."""
    folder = ROOT / "configs" / "prompts"
    texts = {f.name: (folder / f"{f.name}.md").read_text(encoding="utf-8") for f in fields(Prompts)}
    return Prompts(**texts)


def reply_cache(settings: Settings) -> ReplyCache:
    """Where replies are kept."""
    return ReplyCache(Path(settings.cache) / "replies")


def forget_retries(flow_run_id: str | None) -> None:
    """Delete the replies that were kept for retries of a flow run: it is over."""
    from tasks.models import drop_replies

    if flow_run_id:
        drop_replies(replies_folder(load_settings()), flow_run_id)


def forget_replies(video_id: str) -> int:
    """Delete every kept reply about a video; returns how many there were.

    Vectors of texts, and replies that Prefect keeps for retries, do not say of which video they
    are: all of them go.
    """
    from agents.models.openai_compatible.embeddings import forget_vectors
    from tasks.models import drop_replies

    settings = load_settings()
    forget_vectors(Path(settings.cache) / "models")
    drop_replies(replies_folder(settings))
    return forget_video(reply_cache(settings), video_id)
