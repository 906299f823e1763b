"""What a desk can be told to do to make things good, as values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from supportkit.cases.instants import maybe_instant
from supportkit.desk.commands import Command
from supportkit.sequences import as_tuple

__all__ = [
    "Apologise",
    "ApproveRemedy",
    "Assess",
    "DeclareIncident",
    "GiveRemedy",
    "ProposeRemedy",
    "RaiseComplaint",
]


@frozen(kw_only=True)
class RaiseComplaint(Command):
    """The customer complains, and wants something; in their words."""

    wanted: str = field(repr=False)
    severity: str | None = None
    incident: str | None = None


@frozen(kw_only=True)
class Assess(Command):
    """Say what was found out about a complaint, on which evidence."""

    genuine: bool
    evidence: tuple[str, ...] = field(default=(), converter=as_tuple, repr=False)
    fixable: bool | None = None
    compensable: bool | None = None
    at_fault: bool = False
    keeps_product: bool = False
    incident: str | None = None


@frozen(kw_only=True)
class Apologise(Command):
    """Say sorry; `text` None was said aloud. What is None is read from the text."""

    text: str | None = field(default=None, repr=False)
    empathy: bool | None = None
    ownership: bool | None = None
    next_step: str | None = None
    visibility: str = "private"


@frozen(kw_only=True)
class ProposeRemedy(Command):
    """Say what would make it good; `role` is the host's word where the roster has none."""

    remedy: str
    amount: Decimal | None = None
    role: str | None = None


@frozen(kw_only=True)
class ApproveRemedy(Command):
    """Agree to a remedy that somebody proposed."""

    remedy: str
    role: str | None = None


@frozen(kw_only=True)
class GiveRemedy(Command):
    """Give a remedy that was proposed, or what a `scheme` of the law owes by its `facts` on a date."""

    remedy: str | None = None
    role: str | None = None
    scheme: str | None = None
    on: date | None = None
    facts: Mapping[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class DeclareIncident(Command):
    """Say that something is wrong for many, or say it anew."""

    incident: str
    at_fault: bool = False
    affects: Mapping[str, Any] = field(factory=dict)
    limit: Decimal | None = None
    budget: Decimal | None = None
    since: datetime | None = maybe_instant()
    over: bool = False
