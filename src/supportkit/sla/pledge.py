"""Promises on a case: made by us, kept only by a person's answer in time."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypeAlias

from attrs import evolve, frozen

from supportkit.cases import Event, Promise

__all__ = ["Outcome", "Pledge", "made", "replied"]

Outcome: TypeAlias = Literal["open", "kept", "broken", "superseded"]


@frozen
class Pledge:
    """A promise as the log tells it; `number` counts from 1 over the case's promises.

    `outcome` is known once a reply, a later promise or the log itself decided it; an open promise whose
    `due` has passed is broken all the same. `stopped` is when a person answered or another promise took its
    place, `recorded` whether the log says the outcome.
    """

    number: int
    id: str
    what: str
    made: datetime
    due: datetime | None = None
    calendar: str | None = None
    outcome: Outcome = "open"
    stopped: datetime | None = None
    by: str | None = None
    recorded: bool = False

    def outcome_at(self, at: datetime) -> Outcome:
        """Return open, kept, broken or superseded, as it stands at `at`."""
        late = self.outcome == "open" and self.due is not None and at > self.due
        return "broken" if late else self.outcome

    def promise(self, at: datetime) -> Promise:
        """Return the promise as cases know it, with its state at `at`."""
        return Promise(self.id, self.what, self.made, self.due, self.outcome_at(at), calendar=self.calendar)

    def ending(self, outcome: Outcome, at: datetime) -> Pledge:
        """Return the promise as the log says it ended; a broken one still waits for its answer."""
        stopped = self.stopped if outcome == "broken" else self.stopped or at
        return evolve(self, outcome=outcome, stopped=stopped, recorded=True)

    @property
    def over(self) -> bool:
        """Whether nothing about it can change or needs to be said any more."""
        return self.recorded and (self.outcome != "broken" or self.stopped is not None)


def replied(pledge: Pledge, at: datetime) -> Pledge:
    """Return the promise after a person answered the customer at `at`."""
    if pledge.stopped is not None:
        return pledge
    outcome: Outcome = "kept" if pledge.outcome_at(at) == "open" else "broken"
    return evolve(pledge, outcome=outcome, stopped=at)


def made(pledges: tuple[Pledge, ...], event: Event, number: int) -> tuple[Pledge, ...]:
    """Return the promises after another one was made; an explicit one supersedes open ones of its kind.

    What a desk promises by itself (with an acknowledgement) is not explicit.
    """
    said = event.payload
    new = Pledge(number, said.id, said.what, event.at, said.due, said.calendar)  # type: ignore[attr-defined]
    explicit = not event.automated and event.actor_kind != "desk"
    others = (pledge for pledge in pledges if pledge.id != new.id)
    return (*(_superseded(pledge, new) if explicit else pledge for pledge in others), new)


def _superseded(pledge: Pledge, new: Pledge) -> Pledge:
    if pledge.what != new.what or pledge.stopped is not None or pledge.outcome_at(new.made) != "open":
        return pledge
    return evolve(pledge, outcome="superseded", stopped=new.made, by=new.id)
