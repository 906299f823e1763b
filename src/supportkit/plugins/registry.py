"""The frozen registry that a policy is compiled with and a desk is built from."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from datetime import datetime
from importlib import import_module
from typing import Any

from attrs import evolve, field, frozen

from supportkit.cases import Agent, Contact, Customer, Event
from supportkit.errors import InvalidValue, PluginError, nearest_name
from supportkit.plugins.assembly import Assembly, Registered
from supportkit.plugins.failures import Failures
from supportkit.plugins.finding import FoundPlugin, chosen, given_plugins, installed_plugins
from supportkit.plugins.guards import GuardedBuild, GuardedCompute, GuardedKey, GuardedWorth
from supportkit.plugins.hookspecs import HOOKS
from supportkit.plugins.implementation import Implementation
from supportkit.plugins.plugin_info import PluginInfo, said
from supportkit.plugins.provided import Provided, provide
from supportkit.plugins.specs import ChannelSpec, MetricSpec, StoreSpec
from supportkit.ports import Outbound
from supportkit.priority import Factor
from supportkit.recovery import KINDS
from supportkit.routing import RANK_WORDS, Item
from supportkit.rules import Field, Schema
from supportkit.sequences import as_tuple
from supportkit.sla import BUILT_IN as METRICS

__all__ = ["Registry"]

_log = logging.getLogger("supportkit.plugins")

_PROVIDE = "supportkit_provide_facts"
_COMMITTED = "supportkit_after_event_committed"
_DELIVERY = "supportkit_on_delivery_error"
_FACTORS = frozenset("keywords spend open_case channel reach plan criticality matrix rules sentiment".split())


@frozen
class BuiltIn:
    """A class of ours, imported when it is asked for: plugins stand below channels and storage."""

    package: str
    name: str

    def load(self) -> Any:
        """Return the class."""
        return getattr(import_module(self.package), self.name)

    def __call__(self, *args: Any, **options: Any) -> Any:
        return self.load()(*args, **options)


_CHANNELS = {
    name: ChannelSpec(name, BuiltIn("supportkit.channels", cls))
    for name, cls in {
        "email": "EmailChannel",
        "manual": "ManualChannel",
        "memory": "MemoryChannel",
        "phone": "PhoneChannel",
        "social": "SocialChannel",
        "web": "WebFormChannel",
        "webhook": "WebhookChannel",
    }.items()
}
_STORES = {
    name: StoreSpec(name, BuiltIn("supportkit.storage", cls))
    for name, cls in {"memory": "MemoryStore", "sqlite": "SqliteStore", "sql": "SqlStore"}.items()
}


def _names(parts: Mapping[str, Any]) -> str:
    return str(sorted(parts))


@frozen
class Registry:
    """Channels, stores, fields, factors, rank words, metrics and remedies by name, and whose they are.

    Immutable, but for `failures`, which counts lifecycle hooks that raised. `versions` (by distribution, or
    by plugin where there is none) are part of `Policy.version`. `factors` and `strategies` may be given by a
    host that needs no plugin: functions that build a factor from its part of a document, and functions of
    agent and item whose smaller result comes first.
    """

    channels: Mapping[str, ChannelSpec] = field(factory=lambda: dict(_CHANNELS), repr=_names)
    stores: Mapping[str, StoreSpec] = field(factory=lambda: dict(_STORES), repr=_names)
    fields: tuple[Field, ...] = field(default=(), converter=as_tuple)
    factors: Mapping[str, Callable[[Any], Factor]] = field(factory=dict)
    strategies: Mapping[str, Callable[[Agent, Item], Any]] = field(factory=dict)
    metrics: Mapping[str, MetricSpec] = field(factory=dict)
    remedies: Mapping[str, GuardedWorth] = field(factory=dict)
    plugins: tuple[PluginInfo, ...] = field(default=(), converter=as_tuple)
    versions: Mapping[str, str] = field(factory=dict)
    implementations: Mapping[str, tuple[Implementation, ...]] = field(factory=dict, repr=False)
    failures: Failures = field(factory=Failures, eq=False, repr=False)

    @classmethod
    def build(
        cls,
        *,
        plugins: Iterable[Any] = (),
        entry_points: bool = False,
        allow: Iterable[str] | None = None,
        block: Iterable[str] = (),
    ) -> Registry:
        """Return the registry of the built-in parts and of plugins.

        `plugins` are modules or instances with implementations of hooks (see `hookspecs`); with
        `entry_points`, what installed distributions announce in the group ``supportkit`` comes in too. Of all
        these `allow` names the only ones that may come in, `block` those that may not, by plugin or by
        distribution; what may not come in is never imported. No environment variable is read.

        Raises PluginError, which names plugin, distribution, version and hook, for a plugin that cannot be
        imported, implements an unknown hook, raises or returns rubbish while it registers, takes a name
        that is taken, or is there twice; and for a name to allow or block that no plugin has.

        >>> sorted(Registry.build().stores)
        ['memory', 'sql', 'sqlite']
        """
        found = [*given_plugins(plugins), *(installed_plugins() if entry_points else ())]
        left = chosen(found, allow=allow, block=block)
        return cls.of(left) if left else cls()

    @classmethod
    def of(cls, found: Iterable[FoundPlugin]) -> Registry:
        """Return the registry of the built-in parts and of these plugins, in this order; see `build`."""
        assembly = Assembly.of(found)
        factors = assembly.parts("supportkit_register_factors", built_in=_FACTORS)
        strategies = assembly.parts("supportkit_register_strategies", built_in=RANK_WORDS)
        metrics = assembly.parts("supportkit_register_metrics", built_in=METRICS)
        remedies = assembly.parts("supportkit_register_remedies", built_in=KINDS)
        channels = assembly.parts("supportkit_register_channels", built_in=_CHANNELS)
        stores = assembly.parts("supportkit_register_stores", built_in=_STORES)
        return cls(
            channels=_CHANNELS | {name: each.what for name, each in channels.items()},
            stores=_STORES | {name: each.what for name, each in stores.items()},
            fields=_fields(assembly),
            factors={name: GuardedBuild(each.what, each.plugin) for name, each in factors.items()},
            strategies={name: GuardedKey(each.what, each.plugin) for name, each in strategies.items()},
            metrics={name: each.what for name, each in metrics.items()},
            remedies={name: GuardedWorth(each.what, each.plugin) for name, each in remedies.items()},
            plugins=assembly.plugins,
            versions=_versions(assembly),
            implementations=assembly.implementations,
        )

    def channel(self, name: str) -> Any:
        """Return what makes a channel of that kind: its class; raises PluginError for an unknown one."""
        return _made_by("channel", name, self.channels)

    def store(self, name: str) -> Any:
        """Return what makes a store of that kind: its class; raises PluginError for an unknown one."""
        return _made_by("store", name, self.stores)

    def listens(self, hook: str) -> bool:
        """Tell whether a plugin implements a hook; raises PluginError for a hook that there is not."""
        if hook not in HOOKS:
            raise PluginError(f"there is no hook {hook!r}; there are: {', '.join(HOOKS)}", hook=hook)
        return hook in self.implementations

    def provide_facts(self, *, contact: Contact, customer: Customer | None, now: datetime) -> Provided:
        """Ask every plugin for facts about a contact; what a plugin does wrong is among the faults."""
        asked = self.implementations.get(_PROVIDE, ())
        return provide(asked, self.fields, contact=contact, customer=customer, now=now)

    def after_event_committed(self, desk: str, events: Iterable[Event]) -> None:
        """Let every plugin hear of committed events, in order; what it raises is logged and counted."""
        for event in events:
            self._tell(_COMMITTED, desk=desk, event=event)

    def on_delivery_error(self, desk: str, outbound: Outbound, reason: str, final: bool) -> None:
        """Let every plugin hear of a message that was not sent; what it raises is logged and counted."""
        self._tell(_DELIVERY, desk=desk, outbound=outbound, reason=reason, final=final)

    def _tell(self, hook: str, **about: Any) -> None:
        for one in self.implementations.get(hook, ()):
            try:
                one.call(**deepcopy(about))
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything; what is committed stands
                self.failures.add(one.plugin.name, hook)
                _log.error("%s: %s", one.plugin.place(hook), said(error), exc_info=error)


def _made_by(what: str, name: str, known: Mapping[str, ChannelSpec | StoreSpec]) -> Any:
    if name not in known:
        near = nearest_name(name, known)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(sorted(known))}"
        raise PluginError(f"there is no {what} {name!r}; {hint}")
    factory = known[name].factory
    return factory.load() if isinstance(factory, BuiltIn) else factory


def _fields(assembly: Assembly) -> tuple[Field, ...]:
    """Return the registered fields; one that could never stand beside the others is refused."""
    parts = assembly.parts("supportkit_register_fields")
    for path, each in parts.items():
        group, *rest = path.split(".")
        if group != "x" or len(rest) < 2:
            hint = "name a field x.<distribution>.<name>"
            raise each.plugin.error(f"{path!r} is no name for a field of a plugin; {hint}", hook=each.hook)
        inner = next((other for other in parts if other.startswith(f"{path}.")), None)
        if inner is not None and each.what.type != "list":
            whose = parts[inner].plugin
            raise each.plugin.error(f"{path!r} cannot hold {inner!r} of {whose}; rename one", hook=each.hook)
        _refuse_clash(each, [one.what for one in parts.values()])
    return tuple(_guarded(each) for each in parts.values())


def _refuse_clash(each: Registered, fields: Iterable[Field]) -> None:
    """Refuse a computed field that reads itself, by whatever way, and parts of lists of plain values."""
    own = each.what
    try:
        Schema([own, *(other for other in fields if other.path != own.path)])
    except InvalidValue as error:
        raise each.plugin.error(str(error), hook=each.hook) from error


def _guarded(each: Registered) -> Field:
    own: Field = each.what
    return own if own.compute is None else evolve(own, compute=GuardedCompute(own, each.plugin))


def _versions(assembly: Assembly) -> dict[str, str]:
    """Return the versions of the plugins that can change what a policy decides."""
    deciding = {each.plugin for each in assembly.registered}
    deciding |= {one.plugin for one in assembly.implementations.get(_PROVIDE, ())}
    return {
        each.distribution or each.name: each.version or "" for each in assembly.plugins if each in deciding
    }
