"""Metrics are data: what starts a clock, what stops it, what solving does, where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from attrs import field, frozen

from supportkit.cases import check_status
from supportkit.errors import InvalidValue, nearest_name
from supportkit.sla.target import Target

__all__ = ["BUILT_IN", "Kind", "Metric"]


@frozen(kw_only=True)
class Kind:
    """How a metric lives.

    `starts`, `stops` and `cancels` are signals: ``opened``, ``message`` (a customer's own),
    ``later_message`` (the same, after a first answer), ``reply`` (a person's, to the customer), ``team``
    (another team is in charge, or its case was reopened), ``callback`` (one was asked for),
    ``acknowledged``, ``not_acknowledged``. `solve` says what solving does: stop the clock, or cancel what
    is within its target. `resumes`: a reopened case lets the same cycle run on. `defers`: a signal after
    solving starts at the reopening. `once`: no reopening begins a new cycle.
    """

    starts: tuple[str, ...]
    stops: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    pause: tuple[str, ...] = ()
    solve: Literal["stop", "cancel"] = "stop"
    resumes: bool = False
    defers: bool = False
    once: bool = False


_REPLY = ("reply",)
_WAITING = ("waiting_customer", "waiting_third_party")

BUILT_IN: dict[str, Kind] = {
    "acknowledgement": Kind(
        starts=("opened",),
        stops=("acknowledged", "reply"),
        cancels=("not_acknowledged",),
        solve="cancel",
        once=True,
    ),
    "first_response": Kind(starts=("opened",), stops=_REPLY, solve="cancel", resumes=True),
    "next_response": Kind(starts=("later_message",), stops=_REPLY, defers=True),
    "customer_waiting": Kind(starts=("message",), stops=_REPLY, defers=True),
    "periodic_update": Kind(starts=_REPLY, stops=_REPLY),
    "pausable_update": Kind(starts=_REPLY, stops=_REPLY, pause=_WAITING[:1]),
    "requester_wait": Kind(starts=("opened",), resumes=True, pause=_WAITING[:1]),
    "agent_work": Kind(starts=("opened",), resumes=True, pause=_WAITING),
    "resolution": Kind(starts=("opened",), resumes=True),
    "first_resolution": Kind(starts=("opened",), once=True),
    "ownership": Kind(starts=("team",), stops=("team",)),
    "callback": Kind(starts=("callback",), stops=_REPLY, defers=True),
    "promise": Kind(starts=()),
}
"""The metrics that ship. ``promise`` carries its own times: each promise made is a cycle."""


def _statuses(values: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(map(check_status, values))


def _targets(values: Any) -> tuple[Target, ...]:
    targets = (values,) if isinstance(values, Target) else tuple(values)
    for target in targets:
        if not isinstance(target, Target):
            raise InvalidValue(f"{target!r} is no Target; a metric is a list of them, or a Metric")
    return targets


def _no_carry(_: object, __: object, value: Any) -> None:
    if value is not None:
        raise InvalidValue(
            f"carry={value!r} is not built yet; leave it out: elapsed time and pauses are kept"
        )


def _one_of(*choices: str) -> Any:
    def check(_: object, attribute: Any, value: str) -> None:
        if value not in choices:
            raise InvalidValue(f"{attribute.name}={value!r} is none of {', '.join(choices)}")

    return check


@frozen
class Metric:
    """What is measured, and its targets: the first whose condition holds counts.

    `like` names the built-in metric whose life this one shares; without it the metric's own name does.
    `pause` replaces the statuses in which the clock stands; in those of `hide` it runs on unseen (no due
    time is shown). ``start="attached"`` starts when a target first fits (where the log recorded the first
    target, there) instead of at the opening.
    `reopen` says what a reopening does to a clock that solving stopped: ``leave_out`` runs on without the
    solved time, ``count`` runs on as if it had never stood, ``restart`` begins a new cycle; clocks that
    an answer stops for good are not touched by it. Raises InvalidValue.
    """

    targets: tuple[Target, ...] = field(converter=_targets)
    like: str | None = field(default=None, kw_only=True)
    pause: tuple[str, ...] | None = field(default=None, kw_only=True, converter=_statuses)
    hide: tuple[str, ...] = field(default=(), kw_only=True, converter=_statuses)
    start: Literal["opened", "attached"] = field(
        default="opened", kw_only=True, validator=_one_of("opened", "attached")
    )
    reopen: Literal["leave_out", "count", "restart"] = field(
        default="leave_out", kw_only=True, validator=_one_of("leave_out", "count", "restart")
    )
    carry: Any = field(default=None, kw_only=True, validator=_no_carry)

    def kind(self, name: str) -> Kind:
        """Return how this metric lives when it is called `name`; raises InvalidValue for an unknown one."""
        wanted = self.like or name
        kind = BUILT_IN.get(wanted)
        if kind is None:
            near = nearest_name(wanted, BUILT_IN)
            hint = (
                f"did you mean {near!r}?"
                if near
                else f"one of your own needs like=, such as {', '.join(BUILT_IN)}"
            )
            raise InvalidValue(f"no built-in metric is called {wanted!r}; {hint}")
        if self.start == "attached" and "opened" not in kind.starts:
            raise InvalidValue(
                f"{name}: start='attached' is for metrics that start with the opening; leave it out"
            )
        if wanted == "promise" and self.targets:
            raise InvalidValue(f"{name}: a promise carries its own time; write Metric([]) without targets")
        return kind
