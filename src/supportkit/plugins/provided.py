"""The facts that plugins give about a contact, and what went wrong while they were asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any, Final

from attrs import field, frozen

from supportkit.cases import FACTS, Contact, Customer
from supportkit.errors import SupportkitError, nearest_name
from supportkit.plugins.fact_value import fact_value
from supportkit.plugins.implementation import Implementation
from supportkit.plugins.plugin_info import PluginInfo, said
from supportkit.rules import Field, Schema

__all__ = ["PluginFault", "Provided", "provide"]

_OPEN: Final = ("contact.sentiment", "contact.language", "contact.product", "contact.reach")
_BUILT_IN: Final = {
    each.path: each
    for each in FACTS
    if each.path in FACTS.paths
    and (each.path in _OPEN or (each.path.startswith("customer.") and each.path != "customer.id"))
}
"""Facts of our own that a plugin may give; who the customer is, is for identification to say."""


@frozen
class PluginFault:
    """Something a plugin did wrong while a decision was made ready; the decision went on without it."""

    plugin: str
    distribution: str | None
    version: str | None
    hook: str
    error: str

    @classmethod
    def of(cls, plugin: PluginInfo, *, hook: str, error: str) -> PluginFault:
        """Build the fault of a plugin."""
        return cls(plugin.name, plugin.distribution, plugin.version, hook, error)

    def __str__(self) -> str:
        return f"{PluginInfo(self.plugin, self.distribution, self.version).place(self.hook)}: {self.error}"


@frozen
class Provided:
    """Facts as nested mappings, ``{"x": {"acme": {"churn_risk": ...}}}``, and the faults met on the way."""

    facts: Mapping[str, Any] = field(factory=dict)
    faults: tuple[PluginFault, ...] = ()


def provide(
    implementations: Iterable[Implementation],
    fields: Iterable[Field],
    *,
    contact: Contact,
    customer: Customer | None,
    now: datetime,
) -> Provided:
    """Ask each plugin alone, with copies of its own; what does not fit becomes a fault, the rest counts.

    `fields` are those that plugins registered. Of two plugins that give one path the first keeps it.
    """
    gathering = _Gathering({**_BUILT_IN, **_facts(fields)})
    for one in implementations:
        gathering.ask(one, contact=contact, customer=customer, now=now)
    return Provided(gathering.facts, tuple(gathering.faults))


def _facts(fields: Iterable[Field]) -> dict[str, Field]:
    """Return the fields by path, without the parts of list elements: a list is given as a whole."""
    schema = Schema(fields)
    return {each.path: each for each in schema if each.path in schema.paths}


@frozen
class _Gathering:
    """One round of asking; owned by one call of `provide`."""

    known: Mapping[str, Field]
    facts: dict[str, Any] = field(factory=dict)
    givers: dict[str, PluginInfo] = field(factory=dict)
    faults: list[PluginFault] = field(factory=list)

    def ask(self, one: Implementation, **about: Any) -> None:
        try:
            given = one.call(**deepcopy(about))
            if given is not None and not isinstance(given, Mapping):
                raise TypeError(f"it returned a {type(given).__name__}, no mapping of paths to values")  # noqa: TRY301 - one place says what went wrong
            items = list((given or {}).items())
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the contact is received all the same
            self._fault(one, said(error))
            return
        for path, value in items:
            self._take(one, path, value)

    def _take(self, one: Implementation, path: Any, value: Any) -> None:
        if path not in self.known:
            near = nearest_name(str(path), self.known)
            hint = (
                f"did you mean {near!r}?"
                if near
                else "register a field of yours with supportkit_register_fields"
            )
            self._fault(one, f"{path!r} is no fact that plugins give; {hint}")
        elif value is not None and path in self.givers:
            self._fault(one, f"{path!r} was given by {self.givers[path]} already")
        elif value is not None:
            self._put(one, path, value)

    def _put(self, one: Implementation, path: str, value: Any) -> None:
        try:
            fitting = fact_value(self.known[path], value)
        except SupportkitError as error:
            self._fault(one, str(error))
        except Exception as error:  # noqa: BLE001 - a value of a plugin's own class may raise when it is looked at
            self._fault(one, f"{path}: {said(error)}")
        else:
            self.givers[path] = one.plugin
            *groups, name = path.split(".")
            place = self.facts
            for group in groups:
                place = place.setdefault(group, {})
            place[name] = fitting

    def _fault(self, one: Implementation, error: str) -> None:
        self.faults.append(PluginFault.of(one.plugin, hook=one.hook, error=error))
