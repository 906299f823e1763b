"""One plugin's implementation of one hook, called directly: pluggy finds it, and is not asked again."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from attrs import frozen

from supportkit.plugins.plugin_info import PluginInfo

__all__ = ["Implementation", "refuse_coroutine"]


@frozen
class Implementation:
    """A function, its plugin, its hook, and which of the hook's arguments it asks for."""

    plugin: PluginInfo
    hook: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]

    def call(self, **values: Any) -> Any:
        """Call it with the arguments it asks for; raises what it raises, TypeError for a coroutine."""
        return refuse_coroutine(self.function(**{name: values[name] for name in self.arguments}))


def refuse_coroutine(result: Any) -> Any:
    """Return the result; raises TypeError for one that would have to be awaited."""
    if not inspect.isawaitable(result):
        return result
    if inspect.iscoroutine(result):
        result.close()
    raise TypeError(f"it returned a {type(result).__name__}; hooks are not async")
