"""Mails of people and of machines, with the headers that tell them apart and those that only seem to."""

from __future__ import annotations

from attrs import evolve
from hypothesis import strategies as st

from supportkit.cases import Contact
from supportkit.policy import Policy
from supportkit.testing.strategies.contacts import contacts

__all__ = ["headers", "mails"]

Header = tuple[str, str]

# Each alone forbids an answer (RFC 3834, RFC 3464, and the conventions built on them).
_OF_MACHINES: tuple[Header, ...] = (
    ("Auto-Submitted", "auto-generated"),
    ("Auto-Submitted", "auto-replied (vacation)"),
    ("Auto-Submitted", "auto-notified; owner-email=x"),
    ("Return-Path", "<>"),
    ("Precedence", "bulk"),
    ("Precedence", "list"),
    ("List-Id", "<news.example.org>"),
    ("List-Unsubscribe", "<mailto:off@example.org>"),
    ("X-Autoreply", "yes"),
    ("X-Failed-Recipients", "sam@example.org"),
    ("Content-Type", "multipart/report; report-type=delivery-status"),
    ("Content-Type", 'multipart/report; report-type="disposition-notification"'),
    ("Content-Type", "text/calendar; method=REPLY"),
    ("Sender", "news-request@example.org"),
    ("X-Spam-Flag", "YES"),
)
# A wish for silence, which says nothing about who wrote.
_ASKS_FOR_SILENCE: tuple[Header, ...] = (
    ("X-Auto-Response-Suppress", "All"),
    ("X-Auto-Response-Suppress", "DR, OOF, AutoReply"),
)
# What people's mail carries, too.
_OF_PEOPLE: tuple[Header, ...] = (
    ("Auto-Submitted", "no"),
    ("Auto-Submitted", "No (a person)"),
    ("Return-Path", "<jo@example.org>"),
    ("Precedence", "first-class"),
    ("X-Auto-Response-Suppress", "DR, NRN"),
    ("Content-Type", "text/plain; charset=utf-8"),
    ("X-Spam-Status", "No, score=0.1"),
    ("In-Reply-To", "<before@example.org>"),
    ("Authentication-Results", "mx.example; spf=pass; dmarc=pass"),
)


def headers(*, machine: bool) -> st.SearchStrategy[tuple[Header, ...]]:
    """Headers besides those that every mail has, in any order.

    Those of a `machine` hold at least one that forbids an automatic answer; those of a person none. Towards
    a single one, or none.
    """
    harmless = st.lists(st.sampled_from(_OF_PEOPLE), max_size=3, unique_by=lambda pair: pair[0])
    if not machine:
        return harmless.map(tuple)
    telling = st.sampled_from((*_OF_MACHINES, *_ASKS_FOR_SILENCE))
    return st.builds(_among, telling, harmless, st.integers(0, 3))


def _among(telling: Header, harmless: list[Header], place: int) -> tuple[Header, ...]:
    others = [pair for pair in harmless if pair[0] != telling[0]]
    return (*others[:place], telling, *others[place:])


def mails(*, machine: bool = False, about: Policy | None = None) -> st.SearchStrategy[Contact]:
    """Mails of persons, or of a `machine`: those a desk must not answer by itself; towards a plain one.

    `about` a policy, they use its words.
    """
    return st.builds(_with, contacts(channel="email", about=about), headers(machine=machine))


def _with(mail: Contact, more: tuple[Header, ...]) -> Contact:
    path = next((value.strip("<>") for name, value in more if name == "Return-Path"), None)
    return evolve(mail, headers=(*mail.headers, *more), envelope_sender=path)
