"""Whether we may answer by machine, whether it is the customer speaking, and what we promise."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from attrs import field, frozen

from supportkit.cases import Contact, Deadline, Promise, utc
from supportkit.errors import InvalidValue
from supportkit.intake.mail_headers import MailView, message_ids
from supportkit.intake.signs import Disposition, Sign, own_keys, signs_in

__all__ = ["AckPolicy", "Acknowledgement", "Recent", "acknowledge"]

Limit = tuple[int, timedelta]

_CALL_FORMS = frozenset({"call", "voicemail", "callback_request"})


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)


def _limit(value: Limit | None) -> Limit | None:
    if value is None:
        return None
    count, window = value
    if count < 0 or window <= timedelta(0):
        message = (
            f"rate limit {value!r} needs a count of at least 0 and a positive window; None switches it off"
        )
        raise InvalidValue(message)
    return count, window


def _instants(values: Iterable[datetime]) -> tuple[datetime, ...]:
    return tuple(utc(value, name="recent") for value in values)


def _keys(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(key for text in texts for key in message_ids(text) or (text,))


@frozen
class AckPolicy:
    """When to stay silent.

    `own_addresses` are the desk's mailboxes, `loop_token` is what it puts into ``X-Supportkit-Loop``;
    `per_sender` and `total` are the most acknowledgements (count, window) to one address and to all.
    Raises InvalidValue for a negative count or a window that is not positive.
    """

    own_addresses: tuple[str, ...] = field(default=(), converter=_texts)
    loop_token: str | None = None
    per_sender: Limit | None = field(default=(10, timedelta(days=1)), converter=_limit)
    total: Limit | None = field(default=(500, timedelta(hours=1)), converter=_limit)
    own: frozenset[str] = field(init=False, repr=False, eq=False)
    """The own addresses normalised, worked out once."""

    @own.default
    def _own(self) -> frozenset[str]:
        return own_keys(self.own_addresses)


@frozen
class Recent:
    """What was acknowledged lately.

    `for_case` counts the acknowledgements of this case, `to_sender` and `total` are the instants of those
    to this sender and to everybody, `message_ids` the ids of mail that was received before.
    """

    for_case: int = 0
    to_sender: tuple[datetime, ...] = field(default=(), converter=_instants)
    total: tuple[datetime, ...] = field(default=(), converter=_instants)
    message_ids: frozenset[str] = field(
        default=frozenset(),
        converter=_keys,
    )


@frozen(kw_only=True)
class Acknowledgement:
    """Whether to acknowledge a contact, and why (not).

    `reason` is ``human`` when sent; else it names the weightiest rule against it and `clause` where that rule
    comes from. `counts_as_customer` says whether the contact is the customer's own word, so that it may start
    or stop clocks. `disposition`: *accept*, *accept_without_reopen* (written by a program or through a list),
    *park* (kept apart, no case) or *ignore_duplicate*. `promise` (without id: who records it derives one) and
    `headers` (what marks the answer as automatic) are there only when it is sent. `signs` are all rules that
    spoke against it.
    """

    send: bool
    reason: str
    clause: str | None = None
    counts_as_customer: bool
    disposition: Disposition
    promise: Promise | None = None
    headers: tuple[tuple[str, str], ...] = ()
    signs: tuple[Sign, ...] = ()

    def explain(self) -> str:
        """Return the decision and its grounds in words."""
        if self.send:
            return f"acknowledge: {self.reason}"
        return f"no acknowledgement, {self.disposition}: " + "; ".join(map(str, self.signs))


def acknowledge(
    contact: Contact,
    *,
    policy: AckPolicy,
    deadline: Deadline | None = None,
    recent: Recent | None = None,
    now: datetime,
) -> Acknowledgement:
    """Decide whether a contact is acknowledged, by RFC 3834 and the desk's own limits.

    1. A message id seen before is a duplicate.
    2. The headers are read for everything that says "a program", "a list", "ourselves" or "leave me alone".
    3. A case is acknowledged once; senders and the desk as a whole have a rate limit.
    4. What is left is acknowledged, and promises what `deadline` says: due times that are known and ahead.

    The weightiest reason is told: what is not the customer's at all before what a program wrote, before
    what a person wrote. Raises NaiveDatetime for `now` without a zone.

    >>> from datetime import UTC
    >>> now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    >>> mail = Contact(id="m1", channel="email", at=now, headers=[("From", "jane@example.org")])
    >>> acknowledge(mail, policy=AckPolicy(), now=now).reason
    'human'
    """
    now = utc(now)
    recent = recent or Recent()
    mail = MailView(contact)
    against = (
        *_duplicate(mail, recent),
        *signs_in(mail, own=policy.own, loop_token=policy.loop_token),
        *_limits(policy, recent, now),
    )
    if against:
        worst = against[0]
        return Acknowledgement(
            send=False,
            reason=worst.reason,
            clause=worst.clause,
            counts_as_customer=worst.disposition == "accept",
            disposition=worst.disposition,
            signs=against,
        )
    return Acknowledgement(
        send=True,
        reason="human",
        counts_as_customer=True,
        disposition="accept",
        promise=_promise(contact, deadline, now),
        headers=_marking(mail, policy),
    )


def _duplicate(mail: MailView, recent: Recent) -> tuple[Sign, ...]:
    key = mail.message_id
    if key is None or key not in recent.message_ids:
        return ()
    return (Sign("duplicate_message", "RFC 5322 §3.6.4", "ignore_duplicate", f"Message-ID: <{key}>"),)


def _limits(policy: AckPolicy, recent: Recent, now: datetime) -> tuple[Sign, ...]:
    found = []
    if recent.for_case:
        shown = f"{recent.for_case} for this case already"
        found.append(Sign("already_acknowledged_case", "policy: one for a case", "accept", shown))
    for reason, name, limit, sent in (
        ("sender_rate_limit", "per_sender", policy.per_sender, recent.to_sender),
        ("global_rate_limit", "total", policy.total, recent.total),
    ):
        if limit is None:
            continue
        count = sum(at > now - limit[1] for at in sent)
        if count >= limit[0]:
            found.append(Sign(reason, f"policy: {name}", "accept", f"{count} within {limit[1]}"))
    return tuple(found)


def _promise(contact: Contact, deadline: Deadline | None, now: datetime) -> Promise | None:
    if deadline is None or deadline.due is None or deadline.due <= now:
        return None
    what = "callback" if contact.form in _CALL_FORMS else "reply"
    return Promise(
        "", what, made_at=now, due=deadline.due, calendar=deadline.calendar, channel=contact.channel
    )


def _marking(mail: MailView, policy: AckPolicy) -> tuple[tuple[str, str], ...]:
    """Return what tells other machines not to answer (RFC 3834 §3.1, RFC 5322 §3.6.4)."""
    pairs = [("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All")]
    if mail.message_id:
        before = mail.all("references") or mail.all("in-reply-to")
        known = dict.fromkeys(key for value in before for key in message_ids(value))
        thread = [*(key for key in known if key != mail.message_id), mail.message_id]
        pairs.append(("In-Reply-To", f"<{mail.message_id}>"))
        pairs.append(("References", " ".join(f"<{key}>" for key in thread)))
    if policy.loop_token:
        pairs.append(("X-Supportkit-Loop", policy.loop_token))
    return tuple(pairs)
