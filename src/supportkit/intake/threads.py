"""Which case does a contact belong to? By evidence in a fixed order, and only for who may write to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import Literal

from attrs import field, frozen

from supportkit.canonical import digest
from supportkit.cases import FORMS, OPEN_STATUSES, Contact, ContactPoint, utc
from supportkit.cases.case import check_status
from supportkit.cases.instants import maybe_instant
from supportkit.errors import InvalidValue
from supportkit.intake._thanks import only_thanks
from supportkit.intake.emails import parse_email
from supportkit.intake.mail_headers import MailView, message_ids
from supportkit.intake.points import point_text
from supportkit.intake.signs import is_own, own_keys, signs_in

__all__ = ["Candidates", "CaseRef", "ThreadPolicy", "Threading", "thread"]

Action = Literal["new", "append", "reopen", "duplicate", "quarantine", "ignored"]
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


def _participant(text: str) -> str:
    """Return a participant's key; a plain mail address is taken for one."""
    kind, separator, value = text.partition(":")
    if kind == "email" or (not separator and "@" in text):
        return point_text(ContactPoint("email", value or text)) or text
    return text


def _participants(points: Iterable[str]) -> frozenset[str]:
    return frozenset(map(_participant, points))


@frozen
class CaseRef:
    """What threading needs to know about a case.

    `signal` is the key of the device's fault that opened it (`ThreadPolicy.signal_key`).
    `participants` are the normalised points (`point_text`, ``email:jane@example.org``) of those who may
    write to it; `closed_at` is when it was resolved or closed, None when unknown.
    """

    id: str
    status: str = field(default="open", converter=check_status)
    participants: frozenset[str] = field(default=frozenset(), converter=_participants)
    closed_at: datetime | None = maybe_instant()
    merged_into: str | None = None
    product: str | None = None
    signal: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.status in OPEN_STATUSES


def _cases(cases: Iterable[CaseRef]) -> tuple[CaseRef, ...]:
    return tuple(cases)


def _by_message_id(messages: Mapping[str, str]) -> dict[str, str]:
    return {key: case for text, case in messages.items() for key in message_ids(text) or (text,)}


@frozen
class Candidates:
    """The cases that a contact may belong to: those it refers to, and its customer's own.

    `messages` maps the ids of mail sent and received to the id of their case.
    """

    cases: tuple[CaseRef, ...] = field(default=(), converter=_cases)
    messages: Mapping[str, str] = field(factory=dict, converter=_by_message_id)


def _nobody(address: str) -> str | None:  # noqa: ARG001 - the shape of verify_token
    return None


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else tuple(values)


def _forms(forms: Iterable[str]) -> tuple[str, ...]:
    found = tuple(forms)
    if unknown := set(found) - set(FORMS):
        message = f"join_open_case: {', '.join(sorted(unknown))} is no form of a contact ({', '.join(FORMS)})"
        raise InvalidValue(message)
    return found


@frozen
class ThreadPolicy:
    """How contacts find their case.

    `subject_token` holds ``{case}`` where the case id stands; `verify_token` says to which case an address
    with a signed token belongs (None: it holds no valid one). A closed case is reopened within
    `reopen_within`, later a new, linked one begins; None reopens always. `thanks_reopens` False lets a bare
    "thank you" be added without reopening. A contact of the forms `join_open_case` that carries no reference
    joins its customer's only open case; a signal that names any of `same_signal` (in `Contact.given`) joins
    the open case of the same device and fault, and no other. Raises InvalidValue for a token without
    ``{case}``, a negative window, an unknown form.
    """

    own_addresses: tuple[str, ...] = field(default=(), converter=_texts)
    subject_token: str | None = "[#{case}]"  # noqa: S105 - a mark in subjects, no secret
    verify_token: Callable[[str], str | None] = _nobody
    reopen_within: timedelta | None = None
    thanks_reopens: bool = True
    join_open_case: tuple[str, ...] = field(
        default=("call", "voicemail", "callback_request", "visit", "signal"), converter=_forms
    )

    same_signal: tuple[str, ...] = field(default=("device", "fault"), converter=_texts)

    own: frozenset[str] = field(init=False, repr=False, eq=False)
    """The own addresses normalised, worked out once."""

    @own.default
    def _own(self) -> frozenset[str]:
        return own_keys(self.own_addresses)

    def __attrs_post_init__(self) -> None:
        if self.subject_token is not None and self.subject_token.count("{case}") != 1:
            message = f"subject_token={self.subject_token!r} must hold {{case}} once, like '[#{{case}}]'"
            raise InvalidValue(message)
        if self.reopen_within is not None and self.reopen_within < timedelta(0):
            message = f"reopen_within={self.reopen_within} is negative; None reopens always"
            raise InvalidValue(message)

    def cases_in(self, subject: str) -> tuple[str, ...]:
        """Return the case ids that a subject's tokens name, from the left."""
        if self.subject_token is None:
            return ()
        before, _, after = map(re.escape, self.subject_token.partition("{case}"))
        pattern = rf"{before}(\S{{1,200}}?){after}" if after else rf"{before}([\w-]{{1,200}})"
        return tuple(re.findall(pattern, subject, re.IGNORECASE))

    def signal_key(self, contact: Contact) -> str | None:
        """Return what two signals of one fault of one device share; None for any other contact."""
        named = [str(contact.given.get(name) or "").strip().casefold() for name in self.same_signal]
        return digest(named, length=16) if contact.form == "signal" and any(named) else None

    def cases_by_token(self, contact: Contact) -> tuple[str, ...]:
        """Return the case ids that valid tokens in the addresses of a contact lead to."""
        found = (self.verify_token(address) for address in _addressees(MailView(contact)))
        return tuple(dict.fromkeys(filter(None, found)))


@frozen
class Threading:
    """What becomes of a contact.

    `action`: *new*, *append*, *reopen*, *duplicate* (seen before), *quarantine* (it refers to a case that its
    sender has no part in: no comment, no attachment, no reopening) or *ignored* (our own mail came back).
    `case` is the case it goes to; `linked_to` the earlier case of a new one, or the case that a quarantined
    contact claimed. `matched_by` is message_id, reply_token, in_reply_to, references, subject_token,
    open_case, signal (the same fault of the same device), host (who knew it) or key (another contact had the
    same id); `evidence` says in words what was seen.
    """

    action: Action
    case: str | None = None
    linked_to: str | None = None
    matched_by: str | None = None
    evidence: tuple[str, ...] = ()

    def explain(self) -> str:
        """Return the decision and its evidence in words."""
        target = self.case or (f"linked to {self.linked_to}" if self.linked_to else "")
        return "; ".join((f"{self.action} {target}".strip(), *self.evidence))


@frozen
class _Match:
    case: str
    matched_by: str
    shown: str
    entitled: bool = False


def thread(contact: Contact, candidates: Candidates, *, policy: ThreadPolicy, now: datetime) -> Threading:
    """Find the case of a contact.

    1. Mail from one of our own addresses is ignored; a message id seen before is a duplicate.
    2. The first evidence that leads to a known case decides: signed reply token, In-Reply-To, References from
       the right, subject token. A case that was merged stands for the end of its merges.
    3. Without a valid token the sender must be a participant, else the contact is quarantined.
    4. An open case gets it appended; a closed one is reopened, but not by automatic mail, nor by bare thanks
       when the policy says so, and not after `reopen_within`.
    5. Without any reference a call, a visit or a signal joins the customer's only open case; a signal that
       names its device or fault joins the open case of the same, and no other.

    Raises NaiveDatetime for `now` without a zone.

    >>> from datetime import UTC
    >>> now = datetime(2026, 3, 2, 9, tzinfo=UTC)
    >>> known = Candidates(cases=[CaseRef(id="17", participants=["email:jane@example.org"])])
    >>> mail = Contact(id="m1", channel="email", at=now, sender="jane@example.org", subject="Re: it [#17]")
    >>> found = thread(mail, known, policy=ThreadPolicy(), now=now)
    >>> found.action, found.case, found.matched_by
    ('append', '17', 'subject_token')
    """
    now = utc(now)
    mail = MailView(contact)
    cases = {case.id: case for case in candidates.cases}
    addresses = tuple(filter(None, (parse_email(address) for _, address in mail.senders if address)))
    if returned := next((address for address in addresses if is_own(address, policy.own)), None):
        return Threading("ignored", evidence=(f"from our own address {returned}",))
    if mail.message_id is not None and (seen := candidates.messages.get(mail.message_id)):
        shown = (f"Message-ID <{mail.message_id}> was seen before",)
        return Threading("duplicate", _end(seen, cases)[-1], matched_by="message_id", evidence=shown)
    match = next(_references(mail, candidates, cases, policy), None)
    if match is None:
        return _join(contact, cases, policy)
    writers = {point_text(point) for point in contact.points} | {
        f"email:{sender.key}" for sender in addresses
    }
    return _follow(mail, match, writers, cases, policy, now)


def _references(
    mail: MailView, candidates: Candidates, cases: Mapping[str, CaseRef], policy: ThreadPolicy
) -> Iterator[_Match]:
    for address in _addressees(mail):
        if case := policy.verify_token(address):
            yield _Match(case, "reply_token", f"signed token in {address}", entitled=True)
    for name, values in (("in_reply_to", mail.all("in-reply-to")), ("references", mail.all("references"))):
        keys = [key for value in values for key in message_ids(value)]
        for key in reversed(keys) if name == "references" else keys:
            if case := candidates.messages.get(key):
                yield _Match(case, name, f"{name} <{key}>")
    for case in policy.cases_in(mail.subject):
        if case in cases:
            yield _Match(case, "subject_token", f"subject {mail.subject!r}")


def _addressees(mail: MailView) -> Iterator[str]:
    given = [text for text in (mail.contact.addressed_to, mail.contact.entry_point) if text and "@" in text]
    found = [address for _, address in mail.boxes(*_RECIPIENTS) if address]
    return iter(dict.fromkeys((*found, *given)))


def _end(case: str, cases: Mapping[str, CaseRef]) -> list[str]:
    """Return the case and what it was merged into, step by step; a cycle ends where it would begin again."""
    path = [case]
    while (known := cases.get(path[-1])) is not None and known.merged_into not in {None, *path}:
        path.append(str(known.merged_into))
    return path


def _follow(
    mail: MailView,
    match: _Match,
    writers: AbstractSet[str | None],
    cases: Mapping[str, CaseRef],
    policy: ThreadPolicy,
    now: datetime,
) -> Threading:
    path = _end(match.case, cases)
    merged = () if len(path) == 1 else (f"{match.case} was merged into {path[-1]}",)
    evidence = (match.shown, *merged)
    entitled = {point for step in path if step in cases for point in cases[step].participants}
    if not match.entitled and entitled.isdisjoint(writers):
        evidence = (*evidence, "the sender has no part in it")
        return Threading("quarantine", None, path[-1], match.matched_by, evidence)
    target = cases.get(path[-1], CaseRef(id=path[-1]))
    action, why = _action(mail, target, policy, now)
    if action == "new":
        return Threading("new", None, target.id, match.matched_by, (*evidence, *why))
    return Threading(action, target.id, None, match.matched_by, (*evidence, *why))


def _action(
    mail: MailView, case: CaseRef, policy: ThreadPolicy, now: datetime
) -> tuple[Literal["append", "reopen", "new"], tuple[str, ...]]:
    if case.is_open:
        return "append", ()
    if case.status == "merged":
        return "new", ("it was merged, nobody says into what",)
    automatic = [sign for sign in signs_in(mail) if sign.disposition != "accept"]
    if automatic:
        return "append", (f"automatic mail never reopens: {automatic[0]}",)
    if not policy.thanks_reopens and only_thanks(mail.contact.text):
        return "append", ("only thanks",)
    limit = policy.reopen_within
    if limit is not None and case.closed_at is not None and now - case.closed_at > limit:
        return "new", (f"closed more than {limit} ago",)
    return "reopen", (f"it was {case.status}",)


def _join(contact: Contact, cases: Mapping[str, CaseRef], policy: ThreadPolicy) -> Threading:
    still_open = [case for case in cases.values() if case.is_open]
    key = policy.signal_key(contact)
    if contact.form in policy.join_open_case and key is not None:
        same = next((case.id for case in still_open if case.signal == key), None)
        shown = ("the same fault of the same device",)
        return Threading("append", same, matched_by="signal", evidence=shown) if same else Threading("new")
    if contact.form not in policy.join_open_case or len(still_open) != 1:
        return Threading("new")
    case = still_open[0]
    if contact.product and case.product and contact.product != case.product:
        return Threading("new", evidence=(f"{case.id} is about {case.product}",))
    return Threading("append", case.id, matched_by="open_case", evidence=("the customer's only open case",))
