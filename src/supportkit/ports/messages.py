"""What goes through a channel: requests in, messages out, and what became of them.

Neutral of any web framework: a host turns its own request into `Request` and sends back `Response`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal

from attrs import evolve, field, fields_dict, frozen

from supportkit.cases import Contact
from supportkit.cases.instants import maybe_instant
from supportkit.errors import InvalidValue
from supportkit.sequences import as_tuple

__all__ = [
    "DELIVERY_RANK",
    "Capabilities",
    "Delivery",
    "DeliveryUpdate",
    "Inbound",
    "Outbound",
    "Request",
    "Response",
    "SendResult",
    "outranks",
]

# A state is only ever replaced by one of a higher rank, so late callbacks are ignored.
DELIVERY_RANK = {"pending": 0, "sending": 1, "sent": 2, "delivered": 3, "read": 4, "failed": 5}


def outranks(state: str, present: str) -> bool:
    """Return whether a message in state `present` changes to `state`.

    Never to one that is no word of a provider, and never from one (expired, skipped): that was never sent.
    """
    return DELIVERY_RANK.get(state, -1) > DELIVERY_RANK.get(present, max(DELIVERY_RANK.values()))


def _pairs(items: Mapping[str, str] | Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    pairs = items.items() if isinstance(items, Mapping) else items
    return tuple((str(name), str(value)) for name, value in pairs)


@frozen
class Request:
    """What a provider or a form sent us: method, query, headers (any case) and the raw body."""

    method: str = "POST"
    query: tuple[tuple[str, str], ...] = field(default=(), converter=_pairs)
    headers: tuple[tuple[str, str], ...] = field(default=(), converter=_pairs)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the first header of that name, whatever its case, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@frozen
class Response:
    """What the host answers the provider."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=(), converter=_pairs)


@frozen(kw_only=True)
class Capabilities:
    """What a channel can do.

    `receipts` is none, delivered or read; `reply_window` the time after a customer's message within which
    free text may be sent; `max_length` in characters; `rate` the messages a second it accepts. `sends`
    False means that it only takes contacts in: answers go another way. `repeats_after` is for channels that
    know a contact only by its words: the same words later than this are a contact of their own.
    """

    realtime: bool = False
    public: bool = False
    threading: bool = False
    sends: bool = True
    receipts: Literal["none", "delivered", "read"] = "none"
    reply_window: timedelta | None = None
    max_length: int | None = None
    rate: float | None = None
    repeats_after: timedelta | None = None


_WORDS = frozenset({"text", "subject", "template", "headers", "data"})


@frozen(kw_only=True)
class Outbound:
    """A message on its way out, addressed and rendered.

    `dedupe` makes the provider (and our outbox) send it once; messages of one `stream` (case and recipient)
    keep their order. `audience` internal is a notice to colleagues. `headers` are added as they are.
    """

    text: str | None = None
    subject: str | None = None
    template: str | None = None
    to: str = ""
    channel: str = ""
    dedupe: str = ""
    case: str | None = None
    party: str | None = None
    kind: str = "reply"
    audience: str = "customer"
    visibility: str = "private"
    message_id: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] = field(default=(), converter=as_tuple)
    headers: tuple[tuple[str, str], ...] = field(default=(), converter=_pairs)
    valid_until: datetime | None = maybe_instant()
    data: Mapping[str, Any] = field(factory=dict)

    @property
    def stream(self) -> str:
        """The queue it keeps its place in: case and recipient; what is told at once has one of its own."""
        at_once = "|at once" if self.data.get("at_once") else ""
        return f"{self.case or ''}|{self.to}{at_once}"

    def addressed_like(self, message: Outbound) -> Outbound:
        """Return it with the address of the message that it renders, as far as the channel left it out.

        Text, subject, template, headers and data are the channel's own word, also where they are empty.

        >>> message = Outbound(text="We are on it.", to="+447700900001", dedupe="out-1")
        >>> Outbound(template="reopen").addressed_like(message)
        Outbound(text=None, subject=None, template='reopen', to='+447700900001', ..., dedupe='out-1', ...)
        """
        left_out = {
            name: getattr(message, name)
            for name, each in fields_dict(Outbound).items()
            if name not in _WORDS and getattr(self, name) == each.default
        }
        return evolve(self, **left_out)


@frozen
class SendResult:
    """What the provider said: accepted (with its id), retry (after a while) or refused (for good)."""

    state: Literal["accepted", "retry", "refused"]
    provider_id: str | None = None
    after: timedelta | None = None
    reason: str | None = None

    @classmethod
    def accepted(cls, provider_id: str | None = None) -> SendResult:
        """Return the result of a message that the provider took."""
        return cls("accepted", provider_id)

    @classmethod
    def retry(cls, *, after: timedelta = timedelta(minutes=1), reason: str | None = None) -> SendResult:
        """Return the result of a message to be sent again `after` a while."""
        return cls("retry", None, after, reason)

    @classmethod
    def refused(cls, reason: str) -> SendResult:
        """Return the result of a message that can never be sent."""
        return cls("refused", None, None, reason)


def _delivery_state(_: object, __: object, state: str) -> None:
    if state not in DELIVERY_RANK:
        raise InvalidValue(f"state={state!r} is no state of a message; use one of {', '.join(DELIVERY_RANK)}")


@frozen
class DeliveryUpdate:
    """A provider's later word on a message: its state, one of DELIVERY_RANK.

    The message is named by `outbound`, the key it was sent with, or by `provider_id`, the id that the
    provider gave; a provider that repeats our key is understood even before it has answered the sending.
    `at` is the provider's own time, `reason` why it failed. Raises InvalidValue for another state, and for
    an update that names no message.
    """

    outbound: str | None
    state: str = field(validator=_delivery_state)
    at: datetime | None = maybe_instant()
    provider_id: str | None = None
    reason: str | None = None

    def __attrs_post_init__(self) -> None:
        if not self.outbound and not self.provider_id:
            raise InvalidValue(
                f"this delivery update ({self.state}) names no message; give outbound or provider_id"
            )


@frozen
class Delivery:
    """An outbox row that was claimed for sending: the message, its number, its lease and its tries so far."""

    number: int
    outbound: Outbound
    lease: str
    tries: int = 0


Inbound = Contact | DeliveryUpdate
