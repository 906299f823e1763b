"""Metrics are data: what starts a clock, what stops it, what solving does, where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from attrs import evolve, field, frozen

from supportkit.cases import check_status, known_kinds
from supportkit.errors import InvalidValue, nearest_name
from supportkit.sla.target import Target

__all__ = ["BUILT_IN", "SIGNALS", "Kind", "Metric", "Rule"]


@frozen(kw_only=True)
class Kind:
    """How a metric lives.

    `starts`, `stops` and `cancels` are signals (see `SIGNALS`) or kinds of events. `solve` says what solving
    does: stop the clock, or cancel what is within its target. `resumes`: a reopened case lets the same cycle
    run on. `defers`: a signal after solving starts at the reopening. `once`: there is one cycle, ever.
    `holds`: time on hold within a call counts, also while the clock stands.
    """

    starts: tuple[str, ...]
    stops: tuple[str, ...] = ()
    cancels: tuple[str, ...] = ()
    pause: tuple[str, ...] = ()
    solve: Literal["stop", "cancel"] = "stop"
    resumes: bool = False
    defers: bool = False
    once: bool = False
    holds: bool = False


SIGNALS: dict[str, str] = {
    "opened": "the case began",
    "message": "the customer wrote, called or posted",
    "later_message": "the same, after a first answer",
    "reply": "a person answered the customer",
    "any_reply": "a person or a machine answered the customer",
    "later_message_to_any": "the customer wrote after a first answer of a person or a machine",
    "team": "another team is in charge, or its case was reopened",
    "callback": "a call-back was asked for",
    "acknowledged": "the acknowledgement was sent",
    "not_acknowledged": "there will be no acknowledgement",
}
"""What starts and stops clocks, beside the kinds of events themselves (``"x.shop.parcel_sent"``)."""

_OF_ANYBODY = {"reply": "any_reply", "later_message": "later_message_to_any"}
_LIFE = ("starts", "stops", "cancels", "solve")
_CYCLES: dict[str, dict[str, Any]] = {
    "resume": {"resumes": True, "once": False},
    "again": {"resumes": False, "once": False},
    "once": {"resumes": False, "once": True},
}
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
    "requester_wait": Kind(starts=("opened",), resumes=True, pause=_WAITING[:1], holds=True),
    "agent_work": Kind(starts=("opened",), resumes=True, pause=_WAITING),
    "resolution": Kind(starts=("opened",), resumes=True),
    "first_resolution": Kind(starts=("opened",), once=True),
    "ownership": Kind(starts=("team",), stops=("team",)),
    "callback": Kind(starts=("callback",), stops=_REPLY, defers=True),
    "promise": Kind(starts=()),
}
"""The metrics that ship. ``promise`` carries its own times: each promise made is a cycle."""


Rule: TypeAlias = Literal["keep", "restart", "retroactive_with_pauses", "retroactive_without_pauses"]
OCCASIONS = ("priority", "policy", "reopen", "merge", "reassignment")
RULES: tuple[Rule, ...] = ("keep", "restart", "retroactive_with_pauses", "retroactive_without_pauses")
_MESSAGES = frozenset({"message", "later_message", "callback"})


def _statuses(values: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple(map(check_status, values))


def _targets(values: Any) -> tuple[Target, ...]:
    targets = (values,) if isinstance(values, Target) else tuple(values)
    for target in targets:
        if not isinstance(target, Target):
            raise InvalidValue(f"{target!r} is no Target; a metric is a list of them, or a Metric")
    return targets


def _signals(values: Iterable[str] | str | None) -> tuple[str, ...] | None:
    if values is None:
        return None
    given = (values,) if isinstance(values, str) else tuple(values)
    for value in given:
        if value not in SIGNALS and value not in known_kinds() and not str(value).startswith("x."):
            near = nearest_name(str(value), [*SIGNALS, *known_kinds()])
            hint = (
                f"did you mean {near!r}?" if near else f"known are {', '.join(SIGNALS)}, and kinds of events"
            )
            raise InvalidValue(f"no clock starts or stops with {value!r}; {hint}")
    return given


def _one_of(*choices: str | None) -> Any:
    def check(_: object, attribute: Any, value: str | None) -> None:
        if value not in choices:
            names = ", ".join(choice for choice in choices if choice is not None)
            raise InvalidValue(f"{attribute.name}={value!r} is none of {names}")

    return check


def _rules(values: Mapping[str, str] | None) -> dict[str, Rule]:
    if values is not None and not isinstance(values, Mapping):
        raise InvalidValue(f'carry={values!r} is no mapping; write it like {{"priority": "restart"}}')
    return {_known("carry", name, OCCASIONS): _rule(name, value) for name, value in (values or {}).items()}


def _rule(name: str, value: str) -> Rule:
    text = str(value).replace(" ", "_")
    rule: Rule = _known(f"carry.{name}", "retroactive_with_pauses" if text == "retroactive" else text, RULES)
    return rule


def _known(what: str, value: str, names: tuple[Any, ...]) -> Any:
    if value not in names:
        raise InvalidValue(f"{what}: {value!r} is none of {', '.join(names)}")
    return value


@frozen
class Metric:
    """What is measured, and its targets: the first whose condition holds counts.

    `like` names the built-in metric whose life this one shares; without it the metric's own name does.
    `pause` replaces the statuses in which the clock stands; in those of `hide` it runs on unseen (no due
    time is shown). ``start="attached"`` starts when a target first fits (where the log recorded the first
    target, there) instead of at the opening.
    `reopen` says what a reopening does to a clock that solving stopped: ``leave_out`` runs on without the
    solved time, ``count`` runs on as if it had never stood, ``restart`` begins a new cycle; clocks that
    an answer stops for good are not touched by it.

    `carry` says by occasion what a clock takes along: on a change of ``priority`` or ``policy`` that changes
    the target, on a ``reopen``, on a ``reassignment`` to another team, on a ``merge`` of another case into
    this one. ``keep`` (the default) keeps the start, what has elapsed and the pauses; ``restart`` ends the
    cycle (cancelled, or breached if it was over) and begins the next; ``retroactive_with_pauses`` (short
    ``retroactive``) measures all again from the start in the calendar of the new target,
    ``retroactive_without_pauses`` too, and lets the pauses until then count. After a merge that start is the
    earlier one of both cases: for clocks that start with the opening the other's opening, for those that
    start with a customer's message the instant since which the other customer waits.

    A life of one's own: `starts`, `stops` and `cancels` are `SIGNALS` or kinds of events, `solve` what
    solving does (``stop``, or ``cancel`` what is within its target), `cycle` what a reopening and the next
    start do (``resume`` the same cycle, begin ``again``, or ``once``), and `answers` who answers:
    a ``person``, or ``anybody``, which lets an automatic reply count. With `like` they change a copy of that
    life; the built-in names keep theirs. Raises InvalidValue.

    >>> repair = Metric([Target("3 business days", "always")], starts="x.shop.repair_began",
    ...                 stops="x.shop.repair_done", pause=["waiting_third_party"])
    >>> repair.kind("repair").stops
    ('x.shop.repair_done',)
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
    carry: Mapping[str, Rule] = field(default=None, kw_only=True, converter=_rules, hash=False)
    starts: tuple[str, ...] | None = field(default=None, kw_only=True, converter=_signals)
    stops: tuple[str, ...] | None = field(default=None, kw_only=True, converter=_signals)
    cancels: tuple[str, ...] | None = field(default=None, kw_only=True, converter=_signals)
    solve: Literal["stop", "cancel"] | None = field(
        default=None, kw_only=True, validator=_one_of(None, "stop", "cancel")
    )
    cycle: Literal["resume", "again", "once"] | None = field(
        default=None, kw_only=True, validator=_one_of(None, *_CYCLES)
    )
    answers: Literal["person", "anybody"] | None = field(
        default=None, kw_only=True, validator=_one_of(None, "person", "anybody")
    )

    def __attrs_post_init__(self) -> None:
        if "reopen" in self.carry and self.reopen != "leave_out":
            raise InvalidValue(
                f"reopen={self.reopen!r} and carry.reopen say the same thing; write one of them"
            )

    @property
    def life(self) -> dict[str, Any]:
        """The options that make a life of its own, as far as they are given."""
        said = {name: getattr(self, name) for name in (*_LIFE, "cycle", "answers")}
        return {name: value for name, value in said.items() if value is not None}

    def kind(self, name: str) -> Kind:
        """Return how this metric lives when it is called `name`; raises InvalidValue for an unknown one."""
        wanted = self.like or (None if self.starts and name not in BUILT_IN else name)
        kind = Kind(starts=()) if wanted is None else _built_in(wanted)
        if self.life:
            kind = self._changed(kind, name, wanted)
        if self.start == "attached" and "opened" not in kind.starts:
            raise InvalidValue(
                f"{name}: start='attached' is for metrics that start with the opening; leave it out"
            )
        if wanted == "promise" and self.targets:
            raise InvalidValue(f"{name}: a promise carries its own time; write Metric([]) without targets")
        return kind

    def _changed(self, kind: Kind, name: str, wanted: str | None) -> Kind:
        if name in BUILT_IN or wanted == "promise":
            raise InvalidValue(
                f"{name}: {', '.join(self.life)} would change what {wanted!r} means; "
                "give the metric a name of its own, and like= or starts=",
            )
        given: dict[str, Any] = {name: self.life[name] for name in _LIFE if name in self.life}
        kind = evolve(kind, **given, **(_CYCLES[self.cycle] if self.cycle else {}))
        if self.starts:
            kind = evolve(kind, defers=not _MESSAGES.isdisjoint(kind.starts))
        if self.answers == "anybody":
            kind = evolve(kind, starts=_of_anybody(kind.starts), stops=_of_anybody(kind.stops))
        return kind


def _built_in(name: str) -> Kind:
    kind = BUILT_IN.get(name)
    if kind is None:
        near = nearest_name(name, BUILT_IN)
        hint = (
            f"did you mean {near!r}?"
            if near
            else f"one of your own needs like=, such as {', '.join(BUILT_IN)}, or starts="
        )
        raise InvalidValue(f"no built-in metric is called {name!r}; {hint}")
    return kind


def _of_anybody(signals: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_OF_ANYBODY.get(signal, signal) for signal in signals)
