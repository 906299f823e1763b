"""For test suites: contract kits for adapters, strategies for values, laws for policies.

`StoreContract` and `ChannelContract` prove a store and a channel, `Sample` is a real request for the latter;
`strategies` builds valid values for Hypothesis, `laws` lists what must hold of a policy; `RouterMachine`
tries one in a router, `DeskMachine` at a whole desk, `RemedyMachine` what customers are given. Nothing is
loaded before it is used; what is needed comes with the extra ``testing``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from supportkit.errors import missing_extra

if TYPE_CHECKING:
    from supportkit.testing import laws, strategies
    from supportkit.testing.channel_contract import ChannelContract, Sample
    from supportkit.testing.clock import Clock
    from supportkit.testing.machines import DeskMachine, RemedyMachine, RouterMachine
    from supportkit.testing.mailbox import Mailbox
    from supportkit.testing.store_contract import StoreContract

__all__ = [
    "ChannelContract",
    "Clock",
    "DeskMachine",
    "Mailbox",
    "RemedyMachine",
    "RouterMachine",
    "Sample",
    "StoreContract",
    "laws",
    "strategies",
]

_HOMES = {
    "ChannelContract": "supportkit.testing.channel_contract",
    "Clock": "supportkit.testing.clock",
    "DeskMachine": "supportkit.testing.machines",
    "Mailbox": "supportkit.testing.mailbox",
    "RemedyMachine": "supportkit.testing.machines",
    "RouterMachine": "supportkit.testing.machines",
    "Sample": "supportkit.testing.channel_contract",
    "StoreContract": "supportkit.testing.store_contract",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    try:
        home = import_module(_HOMES.get(name, f"{__name__}.{name}"))
    except ModuleNotFoundError as error:
        if error.name in {"hypothesis", "pytest"}:
            raise missing_extra("testing", what=f"supportkit.testing.{name}") from error
        raise
    return getattr(home, name) if name in _HOMES else home


def __dir__() -> list[str]:
    return sorted(__all__)
