"""Relaxation: which step a waiting item is in, which skills are dropped, and until when that holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from attrs import field, frozen

from supportkit.cases import Agent
from supportkit.cases.durations import read_duration
from supportkit.errors import InvalidValue, nearest_name
from supportkit.routing.item import Item, Skill
from supportkit.routing.step import Step

__all__ = ["AFTER_STEPS", "Relaxation", "Stage"]

AFTER_STEPS: Final = ("nobody", "anybody")


@frozen
class Stage:
    """Where an item stands: the number of the step (one more than there are: all spent), what was dropped.

    `until` is the next instant at which the step ends or a group of skills is dropped, `since` when the last
    of these happened.
    """

    step: int = 0
    dropped: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def _steps(values: Iterable[Step]) -> tuple[Step, ...]:
    steps = tuple(values)
    for step in steps:
        if not isinstance(step, Step):
            raise InvalidValue(f"{step!r} is no Step; write steps=[Step(timedelta(minutes=2)), ...]")
    return steps


def _after(value: Any) -> str:
    if value in AFTER_STEPS:
        return str(value)
    near = nearest_name(str(value), AFTER_STEPS)
    hint = f"did you mean {near!r}?" if near else f"choose one of {', '.join(AFTER_STEPS)}"
    raise InvalidValue(f"after_steps={value!r} says not who may have what no step found; {hint}")


def _period(value: Any) -> timedelta | None:
    period = None if value is None else read_duration(value)
    if period is None or period > timedelta(0):
        return period
    raise InvalidValue(f"drop_after={value!r} is no time at all; give a period such as '2 minutes'")


@frozen(kw_only=True)
class Relaxation:
    """How a policy lets more people take an item the longer it waits.

    With `earlier_first` the circle grows: whoever an earlier step named stays in, and comes first.
    """

    steps: tuple[Step, ...] = field(default=(), converter=_steps)
    after_steps: str = field(default="nobody", converter=_after)
    earlier_first: bool = False
    drop_after: timedelta | None = field(default=None, converter=_period)

    def __bool__(self) -> bool:
        return bool(self.steps) or self.drop_after is not None

    @property
    def skips(self) -> bool:
        """Whether a step may be skipped by who is there."""
        return any(step.skip_if is not None for step in self.steps)

    def stages(
        self, item: Item, skills: tuple[Skill, ...], skipped: Callable[[int], bool]
    ) -> Iterator[Stage]:
        """Yield the stages of a wait in order, each ending where the next begins; the last never ends."""
        optional = sorted((s for s in skills if not s.required), key=lambda skill: -skill.drop)
        groups = sorted({skill.drop for skill in optional}, reverse=True)
        began = item.waiting_since or item.created_at
        drops = [began + self.drop_after * (n + 1) for n in range(len(groups))] if self.drop_after else []
        for number, start, end in self._spans(began, skipped):
            cuts = [at for at in drops if at > start and (end is None or at < end)]
            for since, until in zip([start, *cuts], [*cuts, end], strict=True):
                gone = groups[: sum(at <= since for at in drops)]
                yield Stage(number, self._dropped(number, optional, gone), since, until)

    def _spans(
        self, start: datetime, skipped: Callable[[int], bool]
    ) -> Iterator[tuple[int, datetime, datetime | None]]:
        """Yield (step, start, end) of the steps that are not skipped and of what follows them."""
        for number, step in enumerate(self.steps):
            if skipped(number):
                continue
            if step.within is None:
                yield number, start, None
                return
            if step.within:
                yield number, start, start + step.within
            start += step.within
        yield len(self.steps), start, None

    def _dropped(self, number: int, optional: list[Skill], gone: list[int]) -> tuple[str, ...]:
        """Return what the steps so far and the periods so far dropped, in that order."""
        names = [skill.name for skill in optional]
        by_step = [name for step in self.steps[: number + 1] for name in step.drop if name in names]
        by_time = [skill.name for skill in optional if skill.drop in gone]
        return tuple(dict.fromkeys((*by_step, *by_time)))

    def dropped_by(self, number: int, skills: tuple[Skill, ...]) -> tuple[str, ...]:
        """Return the optional skills that the steps up to this one drop."""
        return self._dropped(number, [skill for skill in skills if not skill.required], [])

    def admits(self, number: int, agent: Agent, item: Item) -> bool:
        """Return whether the agent belongs to the circle of a step, or of what follows the last one."""
        if not self.steps:
            return True
        if number == len(self.steps):
            return self.after_steps == "anybody"
        own = self.steps[: number + 1] if self.earlier_first else (self.steps[number],)
        return any(step.admits(agent, item) for step in own)
