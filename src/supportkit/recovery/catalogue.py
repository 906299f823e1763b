"""What a desk has to give: remedies by name, each with its kind and value."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from attrs import field, frozen

from supportkit.cases import currency_code
from supportkit.errors import InvalidValue
from supportkit.recovery.authority import not_negative

__all__ = ["COMPENSATIONS", "KINDS", "RemedyOption"]

KINDS: Final = (
    "fix", "compensate", "apologise", "refund", "refund_keep", "goodwill", "upgrade", "extra", "perk",
)  # fmt: skip
"""What a remedy can be: a rung of the ladder, a way to compensate, or goodwill on top of it."""

COMPENSATIONS: Final = frozenset({"compensate", "upgrade", "extra", "perk"})
"""The kinds that make up for what cannot be fixed."""

_FREE = frozenset({"fix", "apologise"})


def _amount(value: Any) -> Decimal | None:
    return None if value is None else not_negative(value, name="what a remedy is worth")


@frozen
class RemedyOption:
    """One remedy of the catalogue.

    `value` is what it is worth, always; without one the amount is said each time, up to `at_most` where there
    is a bound. `kind` is one of ours or a plugin's; `counts_as` the one of ours that a plugin's is like. The
    value counts against the limits whatever the kind.

    >>> RemedyOption("month_free", "perk", value="18.50", currency="GBP").amount()
    Decimal('18.50')
    """

    name: str
    kind: str
    value: Decimal | None = field(default=None, converter=_amount, kw_only=True)
    at_most: Decimal | None = field(default=None, converter=_amount, kw_only=True)
    currency: str = field(default="EUR", converter=currency_code, kw_only=True)
    counts_as: str = field(default="", kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self.counts_as:
            object.__setattr__(self, "counts_as", self.kind)
        if self.counts_as not in KINDS:
            raise InvalidValue(
                f"the remedy {self.name!r} is of kind {self.counts_as!r}, none of {', '.join(KINDS)}"
            )
        if self.value is not None and self.at_most is not None:
            raise InvalidValue(f"the remedy {self.name!r} has a value and an upper bound; leave one out")

    def amount(self, asked: Decimal | int | str | None = None) -> Decimal:
        """Return what it is worth this time; raises InvalidValue for an amount that it cannot have."""
        if asked is None:
            if self.value is None and self.counts_as not in _FREE:
                raise InvalidValue(f"the remedy {self.name!r} has no value of its own; give amount=")
            return self.value or Decimal()
        amount = not_negative(asked, name="amount")
        if self.value is not None and amount != self.value:
            raise InvalidValue(f"the remedy {self.name!r} is worth {self.value}, not {amount}; leave it out")
        if self.at_most is not None and amount > self.at_most:
            raise InvalidValue(f"amount={amount} of {self.name!r} is above {self.at_most}, the most there is")
        return amount
