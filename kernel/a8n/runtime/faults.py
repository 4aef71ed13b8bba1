"""Fault points: places where a test may let this process raise, die, freeze or dawdle.

    A8N_FAULT=after_accept:raise@0.05,before_claim:kill@0.01,before_commit:delay=0.5@0.1  A8N_FAULT_SEED=7

Each part is `point:action[=seconds][@probability]`. Both variables must be set, which nobody does by accident, and the
process says on stderr that it breaks on purpose. Where they are not, a point is the very function that it stands on:
`around` gives it back unchanged when the module is imported, so it costs nothing.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import os
import random
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from a8n.runtime.errors import SettingsError

PLACES = {
    "accept": "making an execution durable, until the answer may be sent",
    "claim": "claiming due executions",
    "intent": "noting that an unsafe step is about to start; its commit follows",
    "effect": "a request of a node to the outside: after the intent's commit, before the result's record",
    "commit": "the COMMIT of the group-commit writer",
    "wake": "sending wake-ups",
    "reap": "a look of the reaper",
}
"""What each fault point stands around; the points are `before_` and `after_` it."""
POINTS = tuple(f"{when}_{place}" for place in PLACES for when in ("before", "after"))
ACTIONS = ("raise", "kill", "stop", "delay")
_PART = re.compile(r"(?P<point>\w+):(?P<action>\w+)(=(?P<seconds>[\d.]+))?(@(?P<probability>[\d.]+))?")

F = TypeVar("F", bound=Callable[..., Any])


class FaultError(ConnectionError):
    """A fault that was asked for. What catches lost connections catches it, too."""


@dataclass(frozen=True)
class Fault:
    """One fault at one point."""

    point: str
    action: str
    seconds: float = 0.0
    probability: float = 1.0

    def due(self, chance: random.Random) -> float | None:
        """Do it, or not: gives the seconds to wait, None where nothing happens.

        Raises FaultError; or ends or freezes the process.
        """
        if chance.random() >= self.probability:
            return None
        if self.action == "raise":
            raise FaultError(f"a fault at {self.point}, asked for by A8N_FAULT")
        if self.action == "delay":
            return self.seconds
        os.kill(os.getpid(), signal.SIGKILL if self.action == "kill" else signal.SIGSTOP)
        return None


def parse(text: str) -> dict[str, Fault]:
    """The faults of A8N_FAULT, by point. Raises SettingsError that names the part."""
    faults: dict[str, Fault] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        fault = _fault(part)
        if fault.point in faults:
            raise SettingsError(f"A8N_FAULT has {fault.point} twice")
        faults[fault.point] = fault
    return faults


def _fault(part: str) -> Fault:
    found = _PART.fullmatch(part)
    if found is None:
        raise SettingsError(f"A8N_FAULT has {part!r}, which is not point:action[=seconds][@probability]")
    point, action = found["point"], found["action"]
    if point not in POINTS:
        raise SettingsError(f"A8N_FAULT has no point {point!r}; there are {', '.join(POINTS)}")
    if action not in ACTIONS:
        raise SettingsError(f"A8N_FAULT has no action {action!r}; there are {', '.join(ACTIONS)}")
    if (action == "delay") != (found["seconds"] is not None):
        raise SettingsError(f"A8N_FAULT has {part!r}: `delay=seconds`, and no other action, takes seconds")
    try:
        seconds, probability = float(found["seconds"] or 0), float(found["probability"] or 1)
    except ValueError:
        raise SettingsError(f"A8N_FAULT has {part!r} with a number that is none") from None
    if probability > 1:
        raise SettingsError(f"A8N_FAULT has {part!r} with a probability above 1")
    return Fault(point, action, seconds, probability)


def armed(env: Mapping[str, str]) -> tuple[dict[str, Fault], random.Random]:
    """The faults of an environment and the chances of this process. Raises SettingsError."""
    text, seed = env.get("A8N_FAULT", "").strip(), env.get("A8N_FAULT_SEED", "").strip()
    if not text:
        return {}, random.Random()  # noqa: S311  # breaks things, hides nothing
    faults = parse(text)
    if not seed:
        print("a8n: A8N_FAULT is ignored, because A8N_FAULT_SEED is not set as well", file=sys.stderr)
        return {}, random.Random()  # noqa: S311  # as above
    print(f"a8n: this process breaks on purpose: A8N_FAULT={text}, seed {seed}", file=sys.stderr)
    return faults, random.Random(f"{seed}:{os.getpid()}")  # noqa: S311  # as above; a restart must not do the same


def wrapped(function: F, before: Fault | None, after: Fault | None, chance: random.Random) -> F:
    """The function with a fault before and one after it."""

    @functools.wraps(function)
    async def awaited(*args: Any, **kwargs: Any) -> Any:
        if before is not None and (seconds := before.due(chance)):
            await asyncio.sleep(seconds)
        result = await function(*args, **kwargs)
        if after is not None and (seconds := after.due(chance)):
            await asyncio.sleep(seconds)
        return result

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if before is not None and (seconds := before.due(chance)):
            time.sleep(seconds)
        result = function(*args, **kwargs)
        if after is not None and (seconds := after.due(chance)):
            time.sleep(seconds)
        return result

    return cast(F, awaited if inspect.iscoroutinefunction(function) else called)


_FAULTS, _CHANCE = armed(os.environ)


def around(place: str) -> Callable[[F], F]:
    """Put the points `before_` and `after_` a place around a function, if A8N_FAULT names one of them."""
    before, after = _FAULTS.get(f"before_{place}"), _FAULTS.get(f"after_{place}")
    if before is None and after is None:
        return lambda function: function
    return lambda function: wrapped(function, before, after, _CHANCE)
