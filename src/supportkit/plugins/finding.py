"""Plugins before they are loaded: those that were given, those that are installed, and who may come in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points
from itertools import pairwise
from types import ModuleType
from typing import Any

from attrs import frozen

from supportkit.errors import PluginError, nearest_name
from supportkit.plugins.plugin_info import PluginInfo, said
from supportkit.sequences import as_tuple

__all__ = ["GROUP", "FoundPlugin", "chosen", "given_plugins", "installed_plugins"]

GROUP = "supportkit"
"""The group of entry points by which distributions announce plugins."""


@frozen
class FoundPlugin:
    """A plugin that can be loaded: what is known of it without importing it."""

    info: PluginInfo
    source: Callable[[], Any]

    @property
    def names(self) -> frozenset[str]:
        """What `allow` and `block` may call it: its name or its distribution, however that is written."""
        return frozenset(_normal(name) for name in (self.info.name, self.info.distribution) if name)

    def load(self) -> Any:
        """Return the plugin itself; raises PluginError when importing it fails."""
        try:
            return self.source()
        except Exception as error:
            raise self.info.error(f"it cannot be loaded: {said(error)}") from error


def given_plugins(plugins: Iterable[Any]) -> list[FoundPlugin]:
    """Return plugins that were given as objects; raises PluginError for a class or a text.

    Their name is their ``__name__`` (modules have one), else that of their class; their version is their
    ``__version__``, where they have one.
    """
    found = []
    for plugin in as_tuple(plugins):
        if isinstance(plugin, type | str) or plugin is None:
            raise PluginError(f"plugins={plugin!r}: give a module or an instance, or use entry_points=True")
        version = getattr(plugin, "__version__", None)
        info = PluginInfo(_name(plugin), version=None if version is None else str(version))
        found.append(FoundPlugin(info, lambda plugin=plugin: plugin))  # type: ignore[misc]
    return found


def _name(plugin: Any) -> str:
    name = getattr(plugin, "__name__", None)
    if isinstance(plugin, ModuleType) or (isinstance(name, str) and name):
        return str(name)
    return f"{type(plugin).__module__}.{type(plugin).__qualname__}"


def installed_plugins() -> list[FoundPlugin]:
    """Return what installed distributions announce in the group ``supportkit``; nothing is imported."""
    return [FoundPlugin(_announced(each), each.load) for each in entry_points(group=GROUP)]


def _announced(entry: EntryPoint) -> PluginInfo:
    distribution = entry.dist
    if distribution is None:
        return PluginInfo(entry.name)
    return PluginInfo(entry.name, distribution.name, distribution.version)


def chosen(
    found: Iterable[FoundPlugin], *, allow: Iterable[str] | None, block: Iterable[str]
) -> list[FoundPlugin]:
    """Return the plugins that may come in, by name.

    `allow` None allows all. Raises PluginError for a name that no plugin has, with the nearest one, and for
    two plugins of one name.
    """
    every = sorted(found, key=lambda each: each.info.name)
    blocked = _known(every, "block", as_tuple(block))
    allowed = None if allow is None else _known(every, "allow", as_tuple(allow))
    left = [each for each in every if not each.names & blocked and (allowed is None or each.names & allowed)]
    for one, other in pairwise(left):
        if one.info.name == other.info.name:
            raise other.info.error(f"it is loaded twice, or shares its name with {one.info}; leave one out")
    return left


def _known(every: Sequence[FoundPlugin], option: str, names: Iterable[str]) -> frozenset[str]:
    known = sorted({name for each in every for name in (each.info.name, each.info.distribution) if name})
    normal = {_normal(name) for name in known}
    for name in names:
        if _normal(name) not in normal:
            near = nearest_name(name, known)
            hint = f"did you mean {near!r}?" if near else f"found are: {', '.join(known) or 'none'}"
            raise PluginError(f"{option} names {name!r}, but no plugin of that name was found; {hint}")
    return frozenset(map(_normal, names))


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
