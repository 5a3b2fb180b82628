"""Plan and act on one page: a checked plan is run step by step until it is done or cannot go on.

After UniVA's plan and act (arXiv 2511.08521, section 3). Unlike there, a plan is checked before it
is approved, steps run as soon as their inputs are there, each is checked before it counts, and what
failed is repaired by changing only what is not finished. A step has a key; what was made under it
is used again, so crashes, repetitions and later rounds repeat nothing.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field

from agents.act.fusing import lasting
from agents.act.hands import Done, Goal, Hands
from agents.act.plan import ActStatus, PlanGraph, Step
from agents.act.purse import Purse
from agents.act.repair import Failure, keeps_finished
from agents.act.validate import Forecast, Problem
from agents.errors import KNOWN_ERRORS, BudgetExhausted
from agents.runtime import Run, directly
from agents.tools.base import ToolFailed

MOST_REPAIRS = 4
"""Times that a plan is changed because a step failed."""

WORKERS = 2
"""Steps that run at once."""


@dataclass(slots=True)
class Progress:
    """How far a run has come."""

    plan: PlanGraph
    forecast: Forecast
    status: ActStatus = ActStatus.RUNNING
    problems: tuple[Problem, ...] = ()
    done: dict[str, Done] = field(default_factory=dict[str, Done])
    failures: list[Failure] = field(default_factory=list[Failure])


def act(goal: Goal, hands: Hands, purse: Purse, run: Run = directly) -> Progress:
    """Reach a goal: plan, check, have it approved, run it, and repair what fails."""
    state = _checked(hands.plan(goal), hands)
    while not state.problems:
        if not hands.approve(state.plan, state.forecast):
            state.status = ActStatus.DECLINED
            return state
        hands.begin(state)
        failure = _execute(state, hands, purse, run)
        if failure is None:
            state.status = ActStatus.COMPLETED
            return state
        state.failures.append(failure)
        state.done = lasting(state.done)
        if isinstance(failure.error, BudgetExhausted):
            state.status = ActStatus.BUDGET_EXHAUSTED
            return state
        repaired = hands.repair(state) if len(state.failures) <= MOST_REPAIRS else None
        if repaired is None:
            state.status = ActStatus.FAILED
            return state
        after = _checked(repaired, hands)
        state.plan, state.forecast = after.plan, after.forecast
        state.problems = keeps_finished(state.done, repaired) or after.problems
    state.status = ActStatus.FAILED if state.done or state.failures else ActStatus.REFUSED
    return state


def _checked(plan: PlanGraph, hands: Hands) -> Progress:
    problems, forecast = hands.examine(plan)
    return Progress(plan, forecast, problems=tuple(problems))


def _execute(state: Progress, hands: Hands, purse: Purse, run: Run) -> Failure | None:
    """Run every step as soon as its inputs are there; after a failure none is begun any more."""
    running: dict[Future[Done], Step] = {}
    failure: Failure | None = None
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="step") as pool:
        try:
            while True:
                for step in [] if failure else _ready(state, running):
                    call = lambda step=step: finish(step, state, hands, purse)  # noqa: E731
                    future = pool.submit(copy_context().run, run, title_of(step), call)
                    running[future] = step
                if not running:
                    return failure
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    step = running.pop(future)
                    error = future.exception()
                    if error is None:
                        state.done[step.step_id] = future.result()
                    elif isinstance(error, KNOWN_ERRORS):
                        failure = failure or Failure(step, error)
                    else:
                        raise error
        except BaseException:
            hands.cancel()
            raise


def _ready(state: Progress, running: dict[Future[Done], Step]) -> list[Step]:
    """Steps that are not begun and whose inputs are there."""
    begun = {step.step_id for step in running.values()} | set(state.done)
    waiting = [step for step in state.plan.steps if step.step_id not in begun]
    return [step for step in waiting if all(ref.step in state.done for ref in step.refs)]


def finish(step: Step, state: Progress, hands: Hands, purse: Purse) -> Done:
    """What a step gives: as it was made before, or made now, checked and kept.

    Raises:
        ToolFailed: the tool failed, or what it wrote is not what it promised.
        BudgetExhausted: no more may be spent.
    """
    task = hands.task(step, dict(state.done))  # others end and are noted meanwhile
    known = hands.known(task)
    if known is not None:
        return known
    with purse.reserved(task.estimate) as spending:
        draft = hands.run(task, spending)
        spending.settle(draft.made.usd, 0)  # it is gone, whatever becomes of what was written
        if wrong := hands.check(task, draft):
            raise ToolFailed(f"{step.tool} gave what it should not: {'; '.join(wrong)}")
        done = hands.keep(task, draft)
        spending.settle(0.0, done.bytes)
    return done


def title_of(step: Step) -> str:
    """A step for people, in lists of task runs."""
    return f"{step.tool}: {step.expect}" if step.expect else f"{step.tool} ({step.step_id})"
