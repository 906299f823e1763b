"""Many requests of one channel at once: each for itself, what is wrong with one delays no other."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Any

from attrs import field, frozen

from supportkit.desk.receipt import Carried, ContactReceipt, Receipt
from supportkit.errors import CommandRefused, RetryTransaction, StoreError
from supportkit.sequences import as_tuple

__all__ = ["Batch", "Rejected", "receive_each"]

_log = logging.getLogger("supportkit.desk")


@frozen
class Rejected:
    """A request that could not be taken in: its place in the batch, the kind of error and what it says.

    `code` is that of a CommandRefused. `error` is the exception itself.
    """

    number: int
    kind: str
    message: str
    code: str | None = None
    error: Exception | None = field(default=None, repr=False, eq=False)


@frozen
class Batch:
    """What became of a batch: a receipt for each request, in order, None for those that are `rejected`."""

    receipts: tuple[Receipt | None, ...] = field(default=(), converter=as_tuple)
    rejected: tuple[Rejected, ...] = field(default=(), converter=as_tuple)

    @property
    def contacts(self) -> tuple[ContactReceipt, ...]:
        """What became of every contact that was read, in order."""
        return tuple(contact for receipt in self.receipts if receipt for contact in receipt.contacts)

    @property
    def follow_up(self) -> tuple[Carried, ...]:
        """What is for `Desk.committed`, when the desk works in the host's transaction."""
        return tuple(done for receipt in self.receipts if receipt for done in receipt.follow_up)

    @property
    def duplicate(self) -> bool:
        """Whether all contacts had been taken in before, and there were some."""
        return bool(self.contacts) and all(contact.duplicate for contact in self.contacts)


def receive_each(
    receive: Callable[[Any, str | None], Receipt], payloads: Iterable[Any], *, key: str | None
) -> Batch:
    """Let each payload be received, with a key of its own; see `Desk.receive_many`."""
    receipts: list[Receipt | None] = []
    rejected: list[Rejected] = []
    for number, payload in enumerate(payloads):
        try:
            receipts.append(receive(payload, None if key is None else f"{key}#{number}"))
        except (StoreError, RetryTransaction):
            raise
        except Exception as error:  # noqa: BLE001 - whatever one request raises must not stop the others
            _log.warning("request %d of a batch was rejected", number, exc_info=error)
            receipts.append(None)
            rejected.append(_rejected(number, error))
    return Batch(receipts, rejected)


def _rejected(number: int, error: Exception) -> Rejected:
    code = error.code if isinstance(error, CommandRefused) else None
    return Rejected(number, type(error).__name__, str(error), code, error)
