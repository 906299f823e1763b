"""Whom a fault is told of: a plugin, and what it adds to a desk."""

from __future__ import annotations

from attrs import frozen

from supportkit.errors import PluginError

__all__ = ["PluginInfo", "said"]

_LONGEST = 300


@frozen
class PluginInfo:
    """A plugin: its name, its distribution and version as far as they are known, the hooks it implements.

    >>> print(PluginInfo("sms", "acme-sms", "1.2"))
    plugin 'sms' (acme-sms 1.2)
    """

    name: str
    distribution: str | None = None
    version: str | None = None
    hooks: tuple[str, ...] = ()

    def __str__(self) -> str:
        origin = " ".join(part for part in (self.distribution, self.version) if part)
        return f"plugin {self.name!r}" + (f" ({origin})" if origin else "")

    def place(self, hook: str | None) -> str:
        """Say where in the plugin something went wrong."""
        return str(self) if hook is None else f"{self}, hook {hook}"

    def error(self, message: str, *, hook: str | None = None) -> PluginError:
        """Build the error for something that is wrong with the plugin."""
        return PluginError(
            f"{self.place(hook)}: {message}",
            plugin=self.name,
            distribution=self.distribution,
            version=self.version,
            hook=hook,
        )


def said(error: Exception) -> str:
    """Return an exception's kind and words, short enough for a record.

    >>> said(ValueError("no such customer"))
    'ValueError: no such customer'
    """
    try:
        words = str(error)
    except Exception:  # noqa: BLE001 - an exception of a plugin may not even be able to speak
        words = "it cannot say what is wrong"
    text = f"{type(error).__name__}: {words}" if words else type(error).__name__
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
