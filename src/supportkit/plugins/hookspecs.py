"""The hooks a plugin may implement, one function each; the group of entry points is ``supportkit``.

Mark an implementation with `hookimpl`. It takes the hook's arguments by name, any of them or none. Hooks are
plain functions, never ``async``. Registration hooks are called once, while a registry is built; what they
return is called later, guarded. The others are called for one plugin after the other, in the order of their
names: one that fails does not keep the next from being called.

A misspelt name, an argument that a hook does not have, or an unmarked ``supportkit_...`` function is refused
with PluginError when the registry is built.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from pluggy import HookimplMarker, HookspecMarker

from supportkit.cases import Contact, Customer, Event
from supportkit.plugins.specs import (
    ChannelSpec,
    FactorSpec,
    MetricSpec,
    RemedySpec,
    StoreSpec,
    StrategySpec,
)
from supportkit.ports import Outbound
from supportkit.rules import Field

__all__ = [
    "HOOKS",
    "REGISTERING",
    "hookimpl",
    "supportkit_after_event_committed",
    "supportkit_on_delivery_error",
    "supportkit_provide_facts",
    "supportkit_register_channels",
    "supportkit_register_factors",
    "supportkit_register_fields",
    "supportkit_register_metrics",
    "supportkit_register_remedies",
    "supportkit_register_stores",
    "supportkit_register_strategies",
]

hookimpl = HookimplMarker("supportkit")
"""Marks a function or method of a plugin as the implementation of the hook of the same name."""

_hookspec = HookspecMarker("supportkit")


@_hookspec
def supportkit_register_channels() -> Iterable[ChannelSpec]:  # type: ignore[empty-body]
    """Return the kinds of channels that the plugin adds.

    Called once, while a registry is built; never inside a transaction. Return a list of `ChannelSpec`, an
    empty one for none. An exception, anything else in the list, or a name that is taken stops the building
    with PluginError. Since 0.1.

    >>> from supportkit.channels import MemoryChannel
    >>> from supportkit.plugins import ChannelSpec, Registry, hookimpl
    >>> class Pigeons:
    ...     @hookimpl
    ...     def supportkit_register_channels(self):
    ...         return [ChannelSpec("pigeon", factory=MemoryChannel)]
    >>> registry = Registry.build(plugins=[Pigeons()])
    >>> registry.channels["pigeon"].make(name="pigeon-north").name
    'pigeon-north'
    """


@_hookspec
def supportkit_register_stores() -> Iterable[StoreSpec]:  # type: ignore[empty-body]
    """Return the kinds of stores that the plugin adds.

    Called once, while a registry is built; never inside a transaction. Return a list of `StoreSpec`. An
    exception, anything else in the list, or a name that is taken stops the building with PluginError.
    Since 0.1.

    >>> from supportkit.plugins import Registry, StoreSpec, hookimpl
    >>> from supportkit.storage import MemoryStore
    >>> class Shelf:
    ...     @hookimpl
    ...     def supportkit_register_stores(self):
    ...         return [StoreSpec("shelf", factory=MemoryStore)]
    >>> Registry.build(plugins=[Shelf()]).store("shelf") is MemoryStore
    True
    """


@_hookspec
def supportkit_register_fields() -> Iterable[Field]:  # type: ignore[empty-body]
    """Return the facts that the plugin adds, named ``x.<distribution>.<name>``.

    Called once, while a registry is built; never inside a transaction. Return a list of `rules.Field`; write
    dashes of the distribution's name as underscores, so that conditions need no quotes. An exception,
    anything else in the list, or a path that is taken stops the building with PluginError. Conditions of a
    policy may then read the fields; `supportkit_provide_facts` (or the host) gives their values, or `compute`
    makes them of other facts (those in `reads`) when they are read: pure, guarded, at most once for each
    evaluation. Since 0.1.

    >>> from supportkit import Policy
    >>> from supportkit.plugins import Registry, hookimpl
    >>> from supportkit.rules import Field
    >>> class Churn:
    ...     @hookimpl
    ...     def supportkit_register_fields(self):
    ...         return [Field("x.acme.churn_risk", "decimal", min=0, max=1)]
    >>> classify = [{"when": "x.acme.churn_risk > 0.8", "kind": "rescue"}]
    >>> policy = Policy.from_dict({"classify": classify}, registry=Registry.build(plugins=[Churn()]))
    >>> policy.fields.field("x.acme.churn_risk").type
    'decimal'

    >>> from datetime import UTC, datetime
    >>> def weekend(facts, *, now):
    ...     return None if facts["contact.at"] is None else facts["contact.at"].weekday() > 4
    >>> class Weekends:
    ...     @hookimpl
    ...     def supportkit_register_fields(self):
    ...         return [Field("x.acme.weekend", "bool", compute=weekend, reads=["contact.at"])]
    >>> classify = [{"when": "x.acme.weekend", "kind": "out_of_hours"}, {"kind": "question"}]
    >>> policy = Policy.from_dict({"classify": classify}, registry=Registry.build(plugins=[Weekends()]))
    >>> saturday = datetime(2026, 7, 4, 12, tzinfo=UTC)
    >>> policy.classify({"contact": {"at": saturday}}, now=saturday)["kind"]
    'out_of_hours'
    """


@_hookspec
def supportkit_register_factors() -> Iterable[FactorSpec]:  # type: ignore[empty-body]
    """Return the factors that the plugin adds to ``priority.factors``.

    Called once, while a registry is built; never inside a transaction. Return a list of `FactorSpec`. An
    exception, anything else in the list, or a name that is taken stops the building with PluginError.

    ``build(given)`` is called once for each time a policy names the factor, with what stands beside the name;
    what it raises is a fault of the policy. The factor's `contribute` is called for each decision, inside the
    desk's transaction, and must be pure. It is given the facts that it declares in `reads` and no others,
    read-only. When it raises or returns no `Contribution`, it counts 0 points: the decision shows the fault
    as the factor's evidence and is provisional. Since 0.1.

    >>> from datetime import UTC, datetime
    >>> from attrs import frozen
    >>> from supportkit import Policy
    >>> from supportkit.plugins import FactorSpec, Registry, hookimpl
    >>> from supportkit.priority import Contribution, fact_at
    >>> @frozen
    ... class Weekend:
    ...     points: int
    ...     name: str = "weekend"
    ...     reads: tuple[str, ...] = ("contact.at",)
    ...     def contribute(self, facts, *, now):
    ...         at = fact_at(facts, "contact.at") or now
    ...         return Contribution(self.points if at.weekday() > 4 else 0, {"weekday": at.weekday()})
    >>> class Weekends:
    ...     @hookimpl
    ...     def supportkit_register_factors(self):
    ...         return [FactorSpec("weekend", build=lambda given: Weekend(int(given)))]
    >>> section = {"levels": {"high": 30, "normal": 0}, "factors": [{"weekend": 30}]}
    >>> policy = Policy.from_dict({"priority": section}, registry=Registry.build(plugins=[Weekends()]))
    >>> policy.priority.decide({}, now=datetime(2026, 7, 4, 12, tzinfo=UTC)).priority
    'high'
    """


@_hookspec
def supportkit_register_strategies() -> Iterable[StrategySpec]:  # type: ignore[empty-body]
    """Return the rank words that the plugin adds to ``routing.rank``.

    Called once, while a registry is built; never inside a transaction. Return a list of `StrategySpec`. An
    exception, anything else in the list, or a name that is taken stops the building with PluginError.

    ``key(agent, item)`` is called for each agent who may have an item, inside the desk's transaction, and
    must be pure: a number, or a tuple of numbers, the smaller first. The agent is read-only; the item comes
    with the queue and skills of its route and without facts. When it raises or returns anything else for one
    of the agents, the word is void for this decision and says so; the other words decide. Since 0.1.

    >>> from datetime import UTC, datetime
    >>> from supportkit import Policy
    >>> from supportkit.cases import Agent
    >>> from supportkit.plugins import Registry, StrategySpec, hookimpl
    >>> from supportkit.routing import Item
    >>> def distance(agent, item):
    ...     return agent.attrs["km"]
    >>> class Nearby:
    ...     @hookimpl
    ...     def supportkit_register_strategies(self):
    ...         return [StrategySpec("nearest", key=distance)]
    >>> document = {"routing": {"routes": [], "rank": ["nearest", "longest_idle"]}}
    >>> policy = Policy.from_dict(document, registry=Registry.build(plugins=[Nearby()]))
    >>> people = [Agent("ann", attrs={"km": 70}), Agent("bob", attrs={"km": 3})]
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> policy.routing.decide(Item("case-1", created_at=noon), people, now=noon).agent
    'bob'
    """


@_hookspec
def supportkit_register_metrics() -> Iterable[MetricSpec]:  # type: ignore[empty-body]
    """Return the metrics that the plugin adds to ``sla``.

    Called once, while a registry is built; never inside a transaction. Return a list of `MetricSpec`. An
    exception, anything else in the list, or a name that is taken stops the building with PluginError. A
    policy then gives the metric its targets. Since 0.1.

    >>> from supportkit import Policy
    >>> from supportkit.plugins import MetricSpec, Registry, hookimpl
    >>> class Repairs:
    ...     @hookimpl
    ...     def supportkit_register_metrics(self):
    ...         return [MetricSpec("repair", like="resolution", pause=["waiting_customer"])]
    >>> sla = {"repair": [{"within": "72 hours", "calendar": "always"}]}
    >>> policy = Policy.from_dict({"sla": sla}, registry=Registry.build(plugins=[Repairs()]))
    >>> policy.sla.metrics["repair"].like
    'resolution'
    """


@_hookspec
def supportkit_register_remedies() -> Iterable[RemedySpec]:  # type: ignore[empty-body]
    """Return the kinds of remedies that the plugin adds to ``remedies.catalogue``.

    Called once, while a registry is built; never inside a transaction. Return a list of `RemedySpec`. An
    exception, anything else in the list, or a name that is taken stops the building with PluginError.

    `like` is the kind of ours that it counts as, for the ladder and the guard of goodwill; what it is worth
    counts against the limits like any other. ``worth(given)`` is called for each remedy of that kind in a
    policy; what it raises is a fault of the policy. Since 0.1.

    >>> from decimal import Decimal
    >>> from supportkit import Policy
    >>> from supportkit.plugins import Registry, RemedySpec, hookimpl
    >>> def worth(given):
    ...     return Decimal(given["points"]) / 100
    >>> class Points:
    ...     @hookimpl
    ...     def supportkit_register_remedies(self):
    ...         return [RemedySpec("points", like="goodwill", worth=worth)]
    >>> catalogue = {"thanks": {"kind": "points", "points": 500}}
    >>> registry = Registry.build(plugins=[Points()])
    >>> policy = Policy.from_dict({"remedies": {"catalogue": catalogue}}, registry=registry)
    >>> policy.remedies.option("thanks").amount()
    Decimal('5')
    """


@_hookspec
def supportkit_provide_facts(  # type: ignore[empty-body]
    contact: Contact, customer: Customer | None, now: datetime
) -> Mapping[str, Any]:
    """Return facts about a contact or its customer, by their dotted paths.

    Called once for each contact that a desk receives, before its transaction and outside any lock, so it may
    ask other systems; the desk waits for it. `customer` is None when nobody is known. Both are the plugin's
    own copies. Return a mapping of paths to values: fields that plugins register (``x....``), ``customer.*``
    except the id, and ``contact.sentiment``, ``.language``, ``.product`` and ``.reach``; None as a value, or
    for the whole, says nothing. What the desk knows already stays. A path that may not be given, a value of a
    wrong type, a path that a plugin before it gave, or an exception is recorded as a fault; the rest counts.
    Since 0.1.

    >>> from datetime import UTC, datetime
    >>> from supportkit.cases import Contact
    >>> from supportkit.plugins import Registry, hookimpl
    >>> class Mood:
    ...     @hookimpl
    ...     def supportkit_provide_facts(self, contact):
    ...         return {"contact.sentiment": -0.5 if "!" in (contact.text or "") else 0}
    >>> noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    >>> contact = Contact(id="1", channel="email", at=noon, text="Again!")
    >>> Registry.build(plugins=[Mood()]).provide_facts(contact=contact, customer=None, now=noon).facts
    {'contact': {'sentiment': Decimal('-0.5')}}
    """


@_hookspec
def supportkit_after_event_committed(desk: str, event: Event) -> None:
    """Hear of an event that was committed.

    Called once for each event after each commit of a desk, in order, outside the transaction: nothing can be
    undone any more. `desk` is the desk's name, `event` the plugin's own copy. What it returns is ignored; an
    exception is logged (logger ``supportkit.plugins``) and counted in `Registry.failures`. A process that is
    killed between commit and call never calls: read the log when every event must be heard. Since 0.1.

    >>> from datetime import UTC, datetime
    >>> from supportkit.cases import Event
    >>> from supportkit.plugins import Registry, hookimpl
    >>> class Breaches:
    ...     def __init__(self):
    ...         self.seen = []
    ...     @hookimpl
    ...     def supportkit_after_event_committed(self, event):
    ...         if event.kind == "target.breached":
    ...             self.seen.append(event.stream)
    >>> plugin = Breaches()
    >>> late = Event.of("target.breached", at=datetime(2026, 7, 1, 12, tzinfo=UTC), stream="case:1")
    >>> Registry.build(plugins=[plugin]).after_event_committed("consumer", [late])
    >>> plugin.seen
    ['case:1']
    """


@_hookspec
def supportkit_on_delivery_error(desk: str, outbound: Outbound, reason: str, final: bool) -> None:
    """Hear of a message that could not be sent.

    Called each time a channel refuses a message, asks for another try or raises, outside any transaction.
    `desk` is the desk's name, `outbound` the plugin's own copy of the message, `reason` what the channel
    said; `final` says that it will not be tried again. What it returns is ignored; an exception is logged
    (logger ``supportkit.plugins``) and counted in `Registry.failures`. Since 0.1.

    >>> from supportkit.plugins import Registry, hookimpl
    >>> from supportkit.ports import Outbound
    >>> class Bounces:
    ...     def __init__(self):
    ...         self.lost = []
    ...     @hookimpl
    ...     def supportkit_on_delivery_error(self, outbound, reason, final):
    ...         if final:
    ...             self.lost.append((outbound.to, reason))
    >>> plugin = Bounces()
    >>> registry = Registry.build(plugins=[plugin])
    >>> registry.on_delivery_error("consumer", Outbound(to="jo@example.org"), "no such mailbox", True)
    >>> plugin.lost
    [('jo@example.org', 'no such mailbox')]
    """


REGISTERING: Final = {
    "supportkit_register_channels": ChannelSpec,
    "supportkit_register_stores": StoreSpec,
    "supportkit_register_fields": Field,
    "supportkit_register_factors": FactorSpec,
    "supportkit_register_strategies": StrategySpec,
    "supportkit_register_metrics": MetricSpec,
    "supportkit_register_remedies": RemedySpec,
}
"""The hooks that register, and what each returns."""

HOOKS: Final = (
    *REGISTERING,
    "supportkit_provide_facts",
    "supportkit_after_event_committed",
    "supportkit_on_delivery_error",
)
"""All hooks, by name."""
