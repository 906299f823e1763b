"""The error tree: every error names the thing, the value and the way out.

::

    SupportkitError
    ├── InvalidValue (ValueError)          a value that can never be right
    │   └── NaiveDatetime                  a datetime without a zone
    ├── UnknownZone (LookupError)          no such time zone in the zone data
    ├── UnknownField (LookupError)         no such fact; .nearest names the likely one
    ├── NoOpenTime (LookupError)           a calendar that never opens (again)
    ├── ExpressionError (ValueError)       .faults: all that is wrong with a condition
    ├── PolicyError (ValueError)           .faults: all that is wrong with a policy
    ├── CommandRefused (ValueError)        .code: why a desk or router says no
    ├── ConcurrentChange (RuntimeError)    somebody else changed it first; read again
    │   └── RetryTransaction               the host's transaction must be run again
    ├── StoreError (RuntimeError)          the store cannot do its work
    │   └── SchemaMismatch                 the tables are older or newer than the code
    ├── ChannelError (RuntimeError)        a channel's request cannot be read or verified
    └── PluginError (RuntimeError)         a plugin or an extra is missing or at fault

Each class also inherits the built-in exception that a caller would catch anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import partial

from attrs import frozen

__all__ = [
    "ChannelError",
    "CommandRefused",
    "ConcurrentChange",
    "ExpressionError",
    "Fault",
    "InvalidValue",
    "NaiveDatetime",
    "NoOpenTime",
    "PluginError",
    "PolicyError",
    "RetryTransaction",
    "SchemaMismatch",
    "StoreError",
    "SupportkitError",
    "UnknownField",
    "UnknownZone",
    "missing_extra",
    "nearest_name",
]


def nearest_name(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that `name` most likely meant, or None when nothing is near.

    >>> nearest_name("spend_356d", ["spend_365d", "plan"])
    'spend_365d'
    """
    matches = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return matches[0] if matches else None


@frozen
class Fault:
    """One thing that is wrong in a document or an expression, and where.

    `line` and `column` count from 1, columns in code points; both are None for input without text
    (a mapping built in Python). `path` is the dotted place inside the document
    (``priority.levels.urgent``). `code` is stable and meant for machines, `message` for people,
    `hint` says the way out.
    """

    code: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str = ""
    message: str = ""
    hint: str | None = None

    def __str__(self) -> str:
        place = self.file or ""
        if self.line is not None:
            place += f":{self.line}" + (f":{self.column}" if self.column is not None else "")
        where = " ".join(part for part in (place.lstrip(":"), self.path) if part)
        text = f"{where}: {self.message}" if where else self.message
        return f"{text} ({self.hint})" if self.hint else text


class SupportkitError(Exception):
    """Something went wrong in supportkit."""


class InvalidValue(SupportkitError, ValueError):
    """A value that can never be right here."""


class NaiveDatetime(InvalidValue):
    """A datetime without a zone, where an instant is needed."""

    @classmethod
    def of(cls, name: str, value: object) -> NaiveDatetime:
        """Build the error for the parameter or field called `name`."""
        return cls(
            f"{name}={value!r} has no time zone, so it names no instant; "
            'give it one, for example value.replace(tzinfo=ZoneInfo("Europe/London"))',
        )


class UnknownZone(SupportkitError, LookupError):
    """A time zone that the zone data do not know."""


class UnknownField(SupportkitError, LookupError):
    """A fact that the schema does not know; `nearest` names the one that was likely meant."""

    def __init__(self, message: str, *, nearest: str | None = None) -> None:
        super().__init__(message)
        self.nearest = nearest


class NoOpenTime(SupportkitError, LookupError):
    """The calendar has no open time in the asked direction."""


class _Faulty(SupportkitError, ValueError):
    """An error that carries all faults of one input at once."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self) -> tuple[type[_Faulty], tuple[tuple[Fault, ...]]]:
        return type(self), (self.faults,)


class ExpressionError(_Faulty):
    """A condition that cannot be read; `faults` lists everything that is wrong with it."""


class PolicyError(_Faulty):
    """A policy that cannot be used; `faults` lists everything that is wrong with it."""


class CommandRefused(SupportkitError, ValueError):
    """A command that the desk or the router refuses; `code` says why, nothing was changed."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code

    def __reduce__(self) -> tuple[type[CommandRefused], tuple[str, str]]:
        return type(self), (self.code, str(self))


class ConcurrentChange(SupportkitError, RuntimeError):
    """Somebody else changed the same thing first; read it again and decide again."""


class RetryTransaction(ConcurrentChange):
    """The host's transaction lost a race and must be rolled back and run again."""


class StoreError(SupportkitError, RuntimeError):
    """The store cannot do its work."""


class SchemaMismatch(StoreError):
    """The tables in the database are older or newer than this code."""


class ChannelError(SupportkitError, RuntimeError):
    """A channel's request cannot be read or verified; nothing of it was taken in.

    `status` is the HTTP status to answer the provider with: 400 for what cannot be read, 401 for what cannot
    be verified.
    """

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status

    def __reduce__(self) -> tuple[partial[ChannelError], tuple[str]]:
        return partial(type(self), status=self.status), (str(self),)


class PluginError(SupportkitError, RuntimeError):
    """A plugin or an optional dependency is missing or at fault.

    `plugin`, `distribution`, `version` and `hook` say whose fault it is, as far as that is known.
    """

    def __init__(
        self,
        message: str,
        *,
        plugin: str | None = None,
        distribution: str | None = None,
        version: str | None = None,
        hook: str | None = None,
    ) -> None:
        super().__init__(message)
        self.plugin, self.distribution, self.version, self.hook = plugin, distribution, version, hook

    def __reduce__(self) -> tuple[partial[PluginError], tuple[str]]:
        said = {name: getattr(self, name) for name in ("plugin", "distribution", "version", "hook")}
        return partial(type(self), **said), (str(self),)


def missing_extra(extra: str, *, what: str) -> PluginError:
    """Build the error for a feature whose optional dependencies are not installed.

    >>> print(missing_extra("phone", what="normalise_phone()"))
    normalise_phone() needs the extra 'phone': pip install 'supportkit[phone]'
    """
    return PluginError(f"{what} needs the extra {extra!r}: pip install 'supportkit[{extra}]'")
