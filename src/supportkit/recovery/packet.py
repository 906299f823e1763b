"""The hand-off packet: what the next person must know so that the customer never tells it twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import attrs
from attrs import field, frozen

from supportkit.canonical import to_plain
from supportkit.cases import NextAction, Promise
from supportkit.cases.instants import instant, maybe_instant
from supportkit.cases.questions import question_key

__all__ = ["Answer", "Asset", "EarlierCase", "Packet", "Remedy", "Said", "Transfer", "Tried", "Who"]


@frozen(kw_only=True)
class Who:
    """Who the customer is, and how sure we are: recognised (`status`) is not authenticated (`verified`)."""

    customer: str | None = None
    name: str | None = None
    status: str = "unidentified"
    verified: bool = False
    evidence: tuple[Any, ...] = ()
    candidates: tuple[str, ...] = ()


@frozen(kw_only=True)
class Said:
    """What the customer wants: their own words when somebody wrote these down, else where they stand."""

    words: str | None = None
    ref: str | None = None
    event: str = ""
    at: datetime | None = maybe_instant(kw_only=True)


@frozen(kw_only=True)
class Asset:
    """Something the customer owns; `matched_by` says how the case is about it (serial, model, product)."""

    product: str | None = None
    model: str | None = None
    serial: str | None = None
    bought_at: datetime | None = maybe_instant(kw_only=True)
    matched_by: str | None = None


@frozen(kw_only=True)
class Tried:
    """One thing that was done (`what`: reply, note, apology, resolution) or how it turned out (reopening)."""

    at: datetime = instant(kw_only=True)
    what: str
    by: str | None = None
    ref: str | None = None
    outcome: str | None = None
    event: str = ""


@frozen(kw_only=True)
class Answer:
    """A question that was answered already: when, and by which event."""

    question: str
    answer: Any
    at: datetime | None = maybe_instant(kw_only=True)
    event: str = ""


@frozen(kw_only=True)
class Remedy:
    """What was proposed, approved or given to make it good."""

    at: datetime = instant(kw_only=True)
    state: str
    remedy: str | None = None
    kind: str | None = None
    amount: Decimal | None = None
    currency: str | None = None


@frozen(kw_only=True)
class Transfer:
    """One change of hands; `sender` and `receiver` are ``agent:<id>`` or ``team:<id>``."""

    at: datetime = instant(kw_only=True)
    sender: str | None
    receiver: str | None
    why: str | None = None


@frozen(kw_only=True)
class EarlierCase:
    """Another matter of the same customer."""

    id: str
    status: str
    kind: str | None = None
    product: str | None = None
    opened_at: datetime | None = maybe_instant(kw_only=True)
    outcome: str | None = None


@frozen(kw_only=True)
class Packet:
    """Everything about a case that changes hands, made from its log; texts only by reference.

    `assets` are all the customer owns, those the case is about first. `answers` are the questions already
    answered, `facts` what is known besides (name, email, serial, ...): neither is ever asked again. `mood`
    are the sentiments of the customer's messages, oldest first. `transfers` are the changes of hands so
    far, this one not included; `sender`, `receiver` and `why` are this one's. `needed` are the questions that
    the case needs answered (see `to_ask`). `texts` (reference to text)
    serve `str()` alone and are never written.
    """

    case: str
    who: Who = Who()
    wanted: Said | None = None
    assets: tuple[Asset, ...] = ()
    tried: tuple[Tried, ...] = ()
    answers: tuple[Answer, ...] = ()
    facts: Mapping[str, Any] = field(factory=dict)
    promises: tuple[Promise, ...] = ()
    remedies: tuple[Remedy, ...] = ()
    mood: tuple[float, ...] = ()
    earlier: tuple[EarlierCase, ...] = ()
    transfers: tuple[Transfer, ...] = ()
    sender: str | None = None
    receiver: str | None = None
    why: str | None = None
    next_action: NextAction | None = None
    channel: str | None = None
    language: str | None = None
    needed: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(factory=dict, eq=False, repr=False)

    @property
    def asset(self) -> Asset | None:
        """The one thing the case is about, or None when it is unknown or could be several."""
        matched = [asset for asset in self.assets if asset.matched_by]
        return matched[0] if len(matched) == 1 else None

    @property
    def known(self) -> Mapping[str, Any]:
        """Everything that must not be asked again, by the name of the question."""
        return {**self.facts, **{answer.question: answer.answer for answer in self.answers}}

    def asks_again(self, questions: Iterable[str]) -> tuple[str, ...]:
        """Return those of the questions that were answered already; good packets are never asked any.

        Questions are compared by name: case, spaces and punctuation do not matter.
        """
        known = {question_key(name) for name in self.known}
        return tuple(question for question in questions if question_key(question) in known)

    def missing(self, needed: Iterable[str]) -> tuple[str, ...]:
        """Return what is needed and not yet known: all that may be asked."""
        known = {question_key(name) for name in self.known}
        return tuple(question for question in needed if question_key(question) not in known)

    @property
    def to_ask(self) -> tuple[str, ...]:
        """What the case needs to know and nobody has answered yet."""
        return self.missing(self.needed)

    def to_plain(self) -> dict[str, Any]:
        """Return the packet as canonical JSON's plain types; no text of a message is in it."""
        said = attrs.asdict(self, filter=lambda attribute, _: attribute.name != "texts")
        return {name: to_plain(value) for name, value in said.items() if value not in (None, (), {})}

    def __str__(self) -> str:
        from supportkit.recovery._wording import packet_text  # noqa: PLC0415 - it reads the classes of this module

        return packet_text(self)
