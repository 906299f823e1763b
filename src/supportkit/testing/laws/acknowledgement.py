"""Laws of acknowledging: machines are never answered by our machine."""

from __future__ import annotations

from attrs import evolve
from hypothesis import strategies as st

from supportkit.cases import Contact
from supportkit.intake import acknowledge
from supportkit.policy import Policy
from supportkit.testing.laws.law import Counterexample, Law
from supportkit.testing.strategies.contacts import contacts

__all__ = ["LAWS"]

# One header each that RFC 3834 (or a receiver's convention built on it) forbids to answer.
_MACHINE_MADE = (
    ("Auto-Submitted", "auto-generated"),
    ("Auto-Submitted", "auto-replied"),
    ("Return-Path", "<>"),
    ("Precedence", "bulk"),
    ("Precedence", "list"),
    ("List-Id", "<news.example.org>"),
    ("X-Auto-Response-Suppress", "All"),
    ("Content-Type", "multipart/report; report-type=delivery-status"),
)


def _mail(policy: Policy) -> st.SearchStrategy[Contact]:
    return contacts(channel="email", about=policy)


def _machine_mail(policy: Policy) -> st.SearchStrategy[Contact]:
    return st.builds(
        lambda sign, mail: evolve(mail, headers=(sign, *mail.headers)),
        st.sampled_from(_MACHINE_MADE),
        _mail(policy),
    )


def _own_mail(policy: Policy) -> st.SearchStrategy[Contact]:
    own = st.sampled_from(policy.acknowledgement.rules.own_addresses)
    return st.builds(
        lambda address, mail: evolve(mail, sender=address, headers=(("From", address),)), own, _mail(policy)
    )


def _unanswered(policy: Policy, mail: Contact) -> Counterexample | bool:
    verdict = acknowledge(mail, policy=policy.acknowledgement.rules, now=mail.at)
    if not verdict.send:
        return True
    headers = tuple(f"  {name}: {value}" for name, value in mail.headers)
    return Counterexample("this mail is acknowledged", lines=headers)


LAWS = (
    Law(
        "machines_are_never_acknowledged",
        "Automatic, bulk and list mail and mail without a return path gets no acknowledgement.",
        source="R41, RFC 3834",
        cases=_machine_mail,
        judge=_unanswered,
    ),
    Law(
        "we_never_answer_ourselves",
        "Mail from one of the desk's own addresses gets no acknowledgement.",
        source="R41, RFC 3834",
        cases=_own_mail,
        judge=_unanswered,
        applies=lambda policy: bool(policy.acknowledgement.rules.own_addresses),
    ),
)
