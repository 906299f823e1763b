"""The frozen registry that a policy is compiled with and a desk is built from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from attrs import field, frozen

from supportkit.errors import PluginError, nearest_name

__all__ = ["Registry"]

_CHANNELS = {
    "email": "EmailChannel",
    "manual": "ManualChannel",
    "memory": "MemoryChannel",
    "web": "WebFormChannel",
}
_STORES = {"memory": "MemoryStore", "sqlite": "SqliteStore", "sql": "SqlStore"}


@frozen
class Registry:
    """Channels, stores and factors by name, and the versions of the plugins they come from; immutable."""

    channels: Mapping[str, str] = field(factory=lambda: dict(_CHANNELS))
    stores: Mapping[str, str] = field(factory=lambda: dict(_STORES))
    factors: Mapping[str, Any] = field(factory=dict)
    versions: Mapping[str, str] = field(factory=dict)

    @classmethod
    def build(
        cls,
        *,
        plugins: Iterable[Any] = (),
        entry_points: bool = False,
        allow: Iterable[str] | None = None,
        block: Iterable[str] = (),
    ) -> Registry:
        """Return the registry of the built-in parts.

        Plugins (given, or found by entry points) are not built yet and are refused with PluginError, as are
        `allow` and `block`, which choose among them.

        >>> sorted(Registry.build().channels)
        ['email', 'manual', 'memory', 'web']
        """
        asked = {
            "plugins": tuple(plugins),
            "entry_points": entry_points,
            "allow": allow,
            "block": tuple(block),
        }
        for name, value in asked.items():
            if value:
                raise PluginError(
                    f"{name}={value!r}: plugins are not built yet; build the registry without them"
                )
        return cls()

    def channel(self, name: str) -> Any:
        """Return the class of a channel by its name; raises PluginError for an unknown one."""
        return _load("supportkit.channels", "channel", name, self.channels)

    def store(self, name: str) -> Any:
        """Return the class of a store by its name; raises PluginError for an unknown one."""
        return _load("supportkit.storage", "store", name, self.stores)


def _load(package: str, what: str, name: str, known: Mapping[str, str]) -> Any:
    if name not in known:
        near = nearest_name(name, known)
        hint = f"did you mean {near!r}?" if near else f"there are {', '.join(sorted(known))}"
        raise PluginError(f"there is no {what} {name!r}; {hint}")
    # By name, because plugins stand below storage and channels and never import them.
    return getattr(import_module(package), known[name])
