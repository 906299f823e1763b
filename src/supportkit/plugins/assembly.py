"""Plugins are loaded, their hooks checked and called once, and what they register is gathered."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import evolve, field, frozen
from pluggy import HookImpl, PluginManager, PluginValidationError

from supportkit.errors import PluginError, nearest_name
from supportkit.plugins import hookspecs
from supportkit.plugins.finding import GROUP, FoundPlugin
from supportkit.plugins.hookspecs import HOOKS, REGISTERING
from supportkit.plugins.implementation import Implementation
from supportkit.plugins.plugin_info import PluginInfo, said

__all__ = ["Assembly", "Registered"]

_OPTIONS = ("wrapper", "hookwrapper", "tryfirst", "trylast")
_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


@frozen
class Registered:
    """One thing that a plugin registered, and whose it is."""

    what: Any
    plugin: PluginInfo
    hook: str


@frozen
class Assembly:
    """The plugins of one registry while it is built; owned by `Registry.build`."""

    plugins: list[PluginInfo] = field(factory=list)
    implementations: dict[str, tuple[Implementation, ...]] = field(factory=dict)
    registered: list[Registered] = field(factory=list)

    @classmethod
    def of(cls, found: Iterable[FoundPlugin]) -> Assembly:
        """Load the plugins in the order given; raises PluginError for the first thing that is wrong."""
        assembly = cls()
        manager = PluginManager(GROUP)
        manager.add_hookspecs(hookspecs)
        loaded: dict[int, PluginInfo] = {}
        for each in found:
            plugin = each.load()
            if id(plugin) in loaded:
                raise each.info.error(f"it is loaded twice, before as {loaded[id(plugin)]}; leave one out")
            loaded[id(plugin)] = each.info
            assembly._add(plugin, each.info, manager)
        return assembly

    def _add(self, plugin: Any, info: PluginInfo, manager: PluginManager) -> None:
        if isinstance(plugin, type):
            raise info.error("it is a class; announce an instance or a module")
        _refuse_unmarked(plugin, info)
        found = _hooks(plugin, info, manager)
        if not found:
            raise info.error("it implements no hook; mark its functions with @hookimpl")
        named = evolve(info, hooks=tuple(sorted(found)))
        self.plugins.append(named)
        for hook, function in sorted(found.items()):
            one = Implementation(named, hook, function, _arguments(function, hook, info))
            self.implementations[hook] = (*self.implementations.get(hook, ()), one)
            if hook in REGISTERING:
                self.registered.extend(Registered(each, named, hook) for each in _returned(one))

    def parts(self, hook: str, *, built_in: Iterable[str] = ()) -> dict[str, Registered]:
        """Return what was registered through a hook, by name; raises PluginError for a name that is taken."""
        taken = dict.fromkeys(built_in)
        parts: dict[str, Registered] = {}
        for each in (one for one in self.registered if one.hook == hook):
            name = getattr(each.what, "path", None) or each.what.name
            if name in taken:
                raise each.plugin.error(f"{name!r} is built in; choose another name", hook=hook)
            if name in parts:
                whose = parts[name].plugin
                raise each.plugin.error(
                    f"{name!r} is registered by {whose} as well; leave one out", hook=hook
                )
            parts[name] = each
        return parts


def _refuse_unmarked(plugin: Any, info: PluginInfo) -> None:
    """A function that was meant as a hook and lacks the marker would never be called, without a word."""
    for name in HOOKS:
        function = inspect.getattr_static(plugin, name, None)
        function = getattr(function, "__func__", function)
        marks = ("supportkit_impl", "supportkit_spec")  # a module may have imported the specification
        if inspect.isroutine(function) and not any(hasattr(function, mark) for mark in marks):
            raise info.error("it is not marked; decorate it with @hookimpl", hook=name)


def _hooks(plugin: Any, info: PluginInfo, manager: PluginManager) -> dict[str, Callable[..., Any]]:
    try:
        manager.register(plugin, info.name)
    except PluginValidationError as error:
        raise _invalid(info, error) from None
    except Exception as error:
        raise info.error(f"its hooks cannot be read: {said(error)}") from error
    found = {}
    for caller in manager.get_hookcallers(plugin) or ():
        for one in caller.get_hookimpls():
            if one.plugin is plugin and _wanted(caller.name, one, info):
                found[caller.name] = one.function
    return found


def _invalid(info: PluginInfo, error: PluginValidationError) -> PluginError:
    words = " ".join(str(error).split())
    hook = next((name for name in HOOKS if repr(name) in words), None)
    arguments = ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters) if hook else ""
    return info.error(f"{words}; the hook's arguments are ({arguments})", hook=hook)


def _wanted(hook: str, one: HookImpl, info: PluginInfo) -> bool:
    """Tell whether an implementation is one of a hook of ours; raises PluginError for what cannot work."""
    if hook not in HOOKS:
        near = nearest_name(hook, HOOKS)
        hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(HOOKS)}"
        if not one.optionalhook:
            raise info.error(f"there is no hook {hook!r}; {hint}", hook=hook)
        return False
    if inspect.iscoroutinefunction(one.function) or inspect.isasyncgenfunction(one.function):
        raise info.error("it is async; hooks are not async: write a plain function", hook=hook)
    for option in _OPTIONS:
        if getattr(one, option):
            raise info.error(
                f"{option}=True has no meaning here: plugins come in the order of their names", hook=hook
            )
    return True


def _arguments(function: Callable[..., Any], hook: str, info: PluginInfo) -> tuple[str, ...]:
    """Return the hook's arguments that the function takes, those with a default included."""
    there = tuple(inspect.signature(getattr(hookspecs, hook)).parameters)
    takes = inspect.signature(function).parameters
    if any(each.kind is inspect.Parameter.VAR_KEYWORD for each in takes.values()):
        return there
    for name, each in takes.items():
        if (
            each.default is each.empty
            and (each.kind not in _NAMED or name not in there)
            and each.kind is not each.VAR_POSITIONAL
        ):
            raise info.error(
                f"it cannot be called by name with ({', '.join(there)}): {name!r} is left over", hook=hook
            )
    return tuple(name for name, each in takes.items() if name in there and each.kind in _NAMED)


def _returned(one: Implementation) -> Iterator[Any]:
    kind = REGISTERING[one.hook]
    try:
        items = one.call()
        if isinstance(items, str | bytes | Mapping) or not isinstance(items, Iterable):
            raise TypeError(f"it returned {items!r}")  # noqa: TRY301 - one place says what went wrong
        listed = list(items)
    except Exception as error:
        raise one.plugin.error(f"{said(error)}; return a list of {kind.__name__}", hook=one.hook) from error
    for item in listed:
        if not isinstance(item, kind):
            raise one.plugin.error(
                f"it returned {item!r} among others; return a list of {kind.__name__}", hook=one.hook
            )
        yield item
