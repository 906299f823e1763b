"""What registration hooks return: descriptions of a channel, store, factor, strategy, metric or remedy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from attrs import field, fields_dict, frozen

from supportkit.cases import Agent
from supportkit.errors import InvalidValue
from supportkit.plugins.settings import read_settings, settings_class
from supportkit.ports import Channel
from supportkit.priority import Factor
from supportkit.recovery import KINDS
from supportkit.routing import Item
from supportkit.sequences import as_tuple
from supportkit.sla import Metric, SlaPolicy

__all__ = ["ChannelSpec", "FactorSpec", "MetricSpec", "RemedySpec", "StoreSpec", "StrategySpec"]

_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def _name(value: Any) -> str:
    """Return a name as it is compared: without white space around it, in small letters."""
    name = value.strip().lower() if isinstance(value, str) else ""
    if not _NAME.fullmatch(name):
        raise InvalidValue(f"{value!r} is no name; use letters, digits, '_' and '-', and begin with a letter")
    return name


def _words(given: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if given is None else as_tuple(given)


def _callable(spec: Any, attribute: Any, value: Any) -> None:
    if not callable(value):
        raise InvalidValue(
            f"{type(spec).__name__} {spec.name!r}: {attribute.name}={value!r} cannot be called"
        )


@frozen
class ChannelSpec:
    """A kind of channel: what makes one, and the class of its settings.

    `factory` is called with the settings (when there is a class for them) and, when an instance has a name of
    its own, ``name=``. `settings` is a pydantic model, an attrs class or a dataclass. Raises InvalidValue for
    a name that is none and for anything else as `factory` or `settings`.
    """

    name: str = field(converter=_name)
    factory: Callable[..., Any] = field(validator=_callable)
    settings: type | None = field(default=None, validator=settings_class)

    def make(self, name: str | None = None, settings: Any = None) -> Channel:
        """Return a channel called `name` (by default, what the factory calls it).

        `settings` are an instance of the settings class, or a mapping that is read into one: unknown and
        missing keys are refused. Raises InvalidValue for settings that do not fit, and when what was made is
        no channel or has another name.

        >>> from supportkit.channels import MemoryChannel
        >>> ChannelSpec("pigeon", factory=MemoryChannel).make(name="pigeon-north").name
        'pigeon-north'
        """
        given = [] if self.settings is None else [read_settings(self.settings, settings, what=self._what)]
        if self.settings is None and settings is not None:
            raise InvalidValue(f"{self._what} takes no settings; leave them out")
        channel = self.factory(*given, **({} if name is None else {"name": name}))
        if not isinstance(channel, Channel):
            raise InvalidValue(
                f"{self._what}: its factory made a {type(channel).__name__}, which is no channel"
            )
        if name is not None and channel.name != name:
            raise InvalidValue(f"{self._what}: asked for {name!r}, its factory made {channel.name!r}")
        return channel

    @property
    def _what(self) -> str:
        return f"the channel {self.name!r}"


@frozen
class StoreSpec:
    """A kind of store, and what makes one; hosts call `factory` with whatever it asks for."""

    name: str = field(converter=_name)
    factory: Callable[..., Any] = field(validator=_callable)


@frozen
class FactorSpec:
    """A factor for ``priority.factors``.

    ``build(given)`` makes the factor of what stands beside the name in a policy document, where every scalar
    is text; it raises ValueError (InvalidValue is one) for what can never be right.
    """

    name: str = field(converter=_name)
    build: Callable[[Any], Factor] = field(validator=_callable)


@frozen
class StrategySpec:
    """A word for ``routing.rank``: a pure function of agent and item, a number or a tuple of numbers.

    The agent with the smaller key comes first.
    """

    name: str = field(converter=_name)
    key: Callable[[Agent, Item], Any] = field(validator=_callable)


@frozen
class MetricSpec:
    """A metric for ``sla``: how it lives; a policy document gives it targets. See `sla.Metric`.

    `like` names the built-in metric whose life it shares, `starts` and what follows give it one of its own.
    Raises InvalidValue for what makes no metric.

    >>> MetricSpec("repair", like="resolution", pause=["waiting_customer"]).pause
    ('waiting_customer',)
    """

    name: str = field(converter=_name)
    like: str | None = field(default=None, kw_only=True)
    pause: tuple[str, ...] | None = field(default=None, converter=_words, kw_only=True)
    hide: tuple[str, ...] = field(default=(), converter=as_tuple, kw_only=True)
    start: Literal["opened", "attached"] = field(default="opened", kw_only=True)
    reopen: Literal["leave_out", "count", "restart"] = field(default="leave_out", kw_only=True)
    carry: Mapping[str, str] = field(factory=dict, kw_only=True)
    starts: tuple[str, ...] | None = field(default=None, converter=_words, kw_only=True)
    stops: tuple[str, ...] | None = field(default=None, converter=_words, kw_only=True)
    cancels: tuple[str, ...] | None = field(default=None, converter=_words, kw_only=True)
    solve: Literal["stop", "cancel"] | None = field(default=None, kw_only=True)
    cycle: Literal["resume", "again", "once"] | None = field(default=None, kw_only=True)
    answers: Literal["person", "anybody"] | None = field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.name.isidentifier():
            raise InvalidValue(f"the metric {self.name!r} could not be read off a report; use '_' for '-'")
        SlaPolicy({self.name: Metric([], **self.options)})

    @property
    def options(self) -> dict[str, Any]:
        """The life of the metric, as `sla.Metric` takes it, without what is left to the built-in metric."""
        said = {name: getattr(self, name) for name in fields_dict(MetricSpec) if name != "name"}
        return {name: value for name, value in said.items() if value is not None}


def _like(spec: Any, attribute: Any, value: Any) -> None:
    if value not in KINDS:
        raise InvalidValue(
            f"RemedySpec {spec.name!r}: {attribute.name}={value!r} is none of {', '.join(KINDS)}"
        )


def _maybe_callable(spec: Any, attribute: Any, value: Any) -> None:
    if value is not None:
        _callable(spec, attribute, value)


@frozen
class RemedySpec:
    """A kind of remedy for ``remedies.catalogue``; `like` names the kind of ours that it counts as.

    ``worth(given)`` returns what one is worth (a Decimal, an int or text) from what stands beside the kind in
    the policy document, where every scalar is text; it raises ValueError for what can never be right. Without
    it the document says ``value`` or ``at_most``, as for our own kinds.
    """

    name: str = field(converter=_name)
    like: str = field(validator=_like)
    worth: Callable[[Mapping[str, Any]], Any] | None = field(default=None, validator=_maybe_callable)
