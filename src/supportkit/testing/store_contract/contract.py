"""The kit that proves a store."""

from __future__ import annotations

import pytest

from supportkit.ports import Store
from supportkit.testing.clock import Clock
from supportkit.testing.store_contract.cases import CaseLaws
from supportkit.testing.store_contract.commands import CommandLaws
from supportkit.testing.store_contract.joining import JoiningLaws
from supportkit.testing.store_contract.lines import LineLaws
from supportkit.testing.store_contract.outbox import OutboxLaws
from supportkit.testing.store_contract.parties import PartyLaws
from supportkit.testing.store_contract.reading import ReadingLaws
from supportkit.testing.store_contract.seats import SeatLaws

__all__ = ["StoreContract"]


class StoreContract(
    CaseLaws, ReadingLaws, PartyLaws, CommandLaws, LineLaws, SeatLaws, OutboxLaws, JoiningLaws
):
    """What every store promises: subclass it in a test module and give the fixture `store`.

    `store` is a new and empty store for each test. A store whose clock can be set takes the fixture `clock`
    (see `supportkit.testing.Clock`); one that reads a clock of its own sets ``takes_clock = False``.
    Optional fixtures: `begin`, a callable that opens a host's transaction, for stores that join one;
    `reopened`, a callable that closes the store and opens the same data again. Without them their laws are
    skipped, and say so. No law can be overridden (see `supportkit.testing.contract.Contract`).

    >>> from supportkit.storage import MemoryStore
    >>> class TestMemoryStore(StoreContract):
    ...     store = pytest.fixture(lambda self, clock: MemoryStore(clock=clock))
    """

    @pytest.fixture
    def store(self) -> Store:
        """The store to prove: new and empty."""
        pytest.fail(
            f"{type(self).__name__} has no fixture `store`; add "
            "`store = pytest.fixture(lambda self, clock: YourStore(..., clock=clock))`"
        )

    @pytest.fixture
    def clock(self) -> Clock:
        """The clock that the laws move: give it to the store."""
        return Clock()
