"""Laws of acknowledging: machines are never answered by our machine."""

from __future__ import annotations

from attrs import evolve
from hypothesis import strategies as st

from supportkit.cases import Contact
from supportkit.intake import acknowledge
from supportkit.policy import Policy
from supportkit.testing.laws.law import Counterexample, Law
from supportkit.testing.strategies.mails import mails

__all__ = ["LAWS"]


def _own_mail(policy: Policy) -> st.SearchStrategy[Contact]:
    own = st.sampled_from(policy.acknowledgement.rules.own_addresses)
    return st.builds(
        lambda address, mail: evolve(mail, sender=address, headers=(("From", address),)),
        own,
        mails(about=policy),
    )


def _unanswered(policy: Policy, mail: Contact) -> Counterexample | bool:
    verdict = acknowledge(mail, policy=policy.acknowledgement.rules, now=mail.at)
    return Counterexample("this mail is acknowledged", lines=_headers(mail)) if verdict.send else True


def _answered(policy: Policy, mail: Contact) -> Counterexample | bool:
    verdict = acknowledge(mail, policy=policy.acknowledgement.rules, now=mail.at)
    if verdict.send:
        return True
    return Counterexample(f"this mail is not acknowledged: {verdict.explain()}", lines=_headers(mail))


def _echo(policy: Policy, mail: Contact) -> Counterexample | bool:
    """Let another machine send our acknowledgement on, in its own name."""
    verdict = acknowledge(mail, policy=policy.acknowledgement.rules, now=mail.at)
    if not verdict.send:
        return False
    sent_on = (*verdict.headers, ("From", "robot@elsewhere.example"))
    echo = Contact(id="echo", channel="email", at=mail.at, headers=sent_on)
    return _unanswered(policy, echo)


def _headers(mail: Contact) -> tuple[str, ...]:
    return tuple(f"  {name}: {value}" for name, value in mail.headers)


def _may_answer(policy: Policy) -> bool:
    rules = policy.acknowledgement.rules
    return all(limit is None or limit[0] > 0 for limit in (rules.per_sender, rules.total))


def _of_machines(policy: Policy) -> st.SearchStrategy[Contact]:
    return mails(machine=True, about=policy)


def _of_people(policy: Policy) -> st.SearchStrategy[Contact]:
    own = policy.acknowledgement.rules.own
    drawn = mails(about=policy).filter(
        lambda mail: not own.intersection(point.value for point in mail.points)
    )
    return drawn.map(lambda mail: evolve(mail, subject="A question", headers=_asking(mail)))


def _asking(mail: Contact) -> tuple[tuple[str, str], ...]:
    """Return the headers with a subject that no program writes."""
    return tuple((name, "A question" if name == "Subject" else value) for name, value in mail.headers)


LAWS = (
    Law(
        "people_are_acknowledged",
        "A person's first mail is acknowledged, whatever headers it has that only look like a machine's.",
        source="R40",
        cases=_of_people,
        judge=_answered,
        applies=_may_answer,
    ),
    Law(
        "machines_are_never_acknowledged",
        "Automatic, bulk and list mail, reports, and mail without a return path get no acknowledgement.",
        source="R41, RFC 3834",
        cases=_of_machines,
        judge=_unanswered,
    ),
    Law(
        "an_acknowledgement_is_never_acknowledged",
        "Our acknowledgement that another machine sends back gets none: two desks come to rest.",
        source="R41, RFC 3834 §3.1",
        cases=_of_people,
        judge=_echo,
        applies=_may_answer,
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
