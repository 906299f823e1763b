"""Parts of plugins that decide, guarded: what they do wrong is told in the decision and never loses it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import frozen

from supportkit.canonical import decode, encode
from supportkit.cases import Agent, money
from supportkit.errors import InvalidValue, PluginError
from supportkit.plugins.fact_value import fact_value
from supportkit.plugins.implementation import refuse_coroutine
from supportkit.plugins.plugin_info import PluginInfo, said
from supportkit.plugins.read_only import read_only, read_only_agent
from supportkit.plugins.specs import FactorSpec, RemedySpec, StrategySpec
from supportkit.priority import Contribution, Factor, fact_at
from supportkit.routing import Item
from supportkit.routing.rank import rank_key
from supportkit.rules import Expression, Field
from supportkit.sequences import as_tuple

__all__ = ["GuardedBuild", "GuardedCompute", "GuardedFactor", "GuardedKey", "GuardedWorth"]

_FIELDS = "supportkit_register_fields"
_FACTORS = "supportkit_register_factors"
_REMEDIES = "supportkit_register_remedies"
_STRATEGIES = "supportkit_register_strategies"


@frozen
class GuardedFactor:
    """A plugin's factor: it sees what it declares, read-only; a fault counts 0 points and is told."""

    factor: Factor
    plugin: PluginInfo
    name: str
    reads: tuple[str, ...]
    expressions: tuple[Expression, ...]

    def contribute(self, facts: Any, *, now: datetime) -> Contribution:
        """Return what the factor gives; of a faulty one 0 points, all that it reads being unknown."""
        seen = self._seen(facts)
        try:
            return _sound(self.factor.contribute(seen, now=now))
        except Exception as error:  # noqa: BLE001 - a plugin may raise anything; the decision tells it and stands
            fault = f"{self.plugin.place(_FACTORS)}: {said(error)}"
            return Contribution(0, {"fault": fault}, self.reads or (self.name,), self.name)

    def _seen(self, facts: Any) -> Any:
        seen: dict[str, Any] = {}
        for path in self._paths():
            value = fact_at(facts, path)
            if value is not None:
                *groups, name = path.split(".")
                place = seen
                for group in groups:
                    place = place.setdefault(group, {})
                place[name] = value
        return read_only(seen)

    def _paths(self) -> list[str]:
        """What is declared, without what is part of a group that is declared as a whole."""
        declared = {*self.reads, *(path for one in self.expressions for path in one.fields())}
        return sorted(path for path in declared if not any(path.startswith(f"{one}.") for one in declared))


def _sound(given: Any) -> Contribution:
    """Return a contribution that an event can hold; raises for anything else."""
    given = refuse_coroutine(given)
    if not isinstance(given, Contribution):
        raise TypeError(f"contribute returned a {type(given).__name__}, no Contribution")
    evidence = decode(encode(given.evidence))
    if not isinstance(evidence, dict):
        raise TypeError(f"its evidence is a {type(given.evidence).__name__}, no mapping")
    return Contribution(given.points, evidence, tuple(map(str, given.missing)), str(given.factor))


@frozen
class GuardedBuild:
    """What makes guarded factors of what policy documents say."""

    spec: FactorSpec
    plugin: PluginInfo

    def __call__(self, given: Any) -> GuardedFactor:
        """Return the factor; raises InvalidValue, a fault of the document, for whatever goes wrong."""
        try:
            return self._guarded(refuse_coroutine(self.spec.build(deepcopy(given))))
        except InvalidValue:
            raise
        except Exception as error:
            raise InvalidValue(f"{self.plugin.place(_FACTORS)}: {self.spec.name}: {said(error)}") from error

    def _guarded(self, factor: Any) -> GuardedFactor:
        if not isinstance(factor, Factor):
            raise TypeError(f"it built a {type(factor).__name__}, which has no name, reads and contribute")
        expressions = tuple(getattr(factor, "expressions", ()))
        return GuardedFactor(factor, self.plugin, str(factor.name), as_tuple(factor.reads), expressions)


@frozen
class GuardedCompute:
    """A computed field of a plugin: it sees what it declares, read-only, and its value fits the field."""

    field: Field
    plugin: PluginInfo

    def __call__(self, facts: Mapping[str, Any], *, now: datetime) -> Any:
        """Return the value; raises PluginError for whatever goes wrong."""
        assert self.field.compute is not None
        try:
            value = refuse_coroutine(self.field.compute(_ReadOnly(facts), now=now))
            return None if value is None else fact_value(self.field, value)
        except Exception as error:
            about = self.plugin
            raise PluginError(  # what is wrong comes first: explanations cut what is long
                f"{said(error)} ({about.place(_FIELDS)})",
                plugin=about.name,
                distribution=about.distribution,
                version=about.version,
                hook=_FIELDS,
            ) from error


class _ReadOnly(Mapping[str, Any]):
    """Facts whose values nobody can change; each is read when it is asked for."""

    __slots__ = ("_facts",)

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts

    def __getitem__(self, path: str) -> Any:
        return read_only(self._facts[path])

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)


@frozen
class GuardedKey:
    """A plugin's rank word: it sees read-only agents, and what it raises names the plugin."""

    spec: StrategySpec
    plugin: PluginInfo

    def __call__(self, agent: Agent, item: Item) -> Any:
        """Return the agent's key; raises PluginError for whatever goes wrong."""
        try:
            return rank_key(refuse_coroutine(self.spec.key(read_only_agent(agent), item)))
        except Exception as error:
            raise self.plugin.error(said(error), hook=_STRATEGIES) from error


@frozen
class GuardedWorth:
    """What a plugin's kind of remedy is worth, by what a policy document says of it."""

    spec: RemedySpec
    plugin: PluginInfo

    @property
    def like(self) -> str:
        """The kind of ours that it counts as."""
        return self.spec.like

    @property
    def reads(self) -> bool:
        """Whether the plugin says what it is worth; else the document does."""
        return self.spec.worth is not None

    def __call__(self, given: Mapping[str, Any]) -> Decimal:
        """Return the worth; raises InvalidValue, a fault of the document, for whatever goes wrong."""
        assert self.spec.worth is not None
        try:
            return money(refuse_coroutine(self.spec.worth(deepcopy(dict(given)))))
        except Exception as error:
            raise InvalidValue(f"{self.plugin.place(_REMEDIES)}: {self.spec.name}: {said(error)}") from error
