"""One customer is told of an incident: decided by what they were told before and where they are now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from supportkit.cases import Customer
from supportkit.desk.commands import Command
from supportkit.desk.draft import Draft
from supportkit.desk.handling import write_back
from supportkit.desk.learning.bulletins import briefed_bulletin, mark_seen, publish
from supportkit.desk.learning.requests import MarkSeen, PublishBulletin, ReachOut
from supportkit.desk.learning.told import addressees
from supportkit.insight import Addressee, Bulletin, reachable_point
from supportkit.ports import Commit, Outbound

__all__ = ["DESK_HANDLERS"]


def tell_customer(draft: Draft, command: ReachOut) -> Commit:
    """Tell the situation's customer of an incident, unless they are told already or to be left alone.

    The situation's `log` holds the bulletins, `told` what the customer was told, its row their open case.
    Whether the incident affects them was seen when they were chosen.
    """
    situation, customer = draft.situation, draft.situation.customer
    assert customer is not None
    bulletin = briefed_bulletin(draft.policy, command.incident, log=situation.log, agents=situation.agents)
    found = addressees(
        [customer], {customer.id: situation.told}, affects={}, notice=command.notice,
        version=bulletin.version, channels=situation.channels, now=draft.now, zone=draft.policy.home_zone,
    )  # fmt: skip
    reach = found[0] if found else Addressee(customer=customer.id, how="nothing", reason="forgotten")
    if reach.how != "nothing":
        reach = _told(draft, command, bulletin, customer, in_case=reach.how == "case")
    if draft.exists:
        draft.advance(draft.now)
    said = {name: getattr(reach, name) for name in ("customer", "how", "case", "reason", "until")}
    return draft.commit(outcome=said)


def _told(
    draft: Draft, command: ReachOut, bulletin: Bulletin, customer: Customer, *, in_case: bool
) -> Addressee:
    """Send the one message, in the case where the customer can be answered there; record whom it told."""
    assert bulletin.message is not None
    text = draft.situation.bodies[bulletin.message].data.decode()
    outbound = write_back(draft, text, kind="outreach", subject=bulletin.title) if in_case else None
    reach = Addressee(customer=customer.id, how="case", case=draft.ref)
    if outbound is None:
        reach, outbound = _by_message(draft, command, bulletin, customer, text)
    if outbound is None:
        return reach
    said: dict[str, Any] = {
        "incident": command.incident, "message": bulletin.message, "version": bulletin.version,
        "notice": command.notice, "outbound": outbound.dedupe, "actor": command.actor,
        "reason": command.reason, "automated": True,
        "audience": "customer",
    }  # fmt: skip
    if draft.exists:
        draft.record("outreach.sent", **said)
    draft.record_elsewhere(f"customer:{draft.party}", "outreach.sent", case=draft.ref or None, **said)
    return reach


def _by_message(
    draft: Draft, command: ReachOut, bulletin: Bulletin, customer: Customer, text: str
) -> tuple[Addressee, Outbound | None]:
    ways = {channel.kind: channel.name for channel in reversed(draft.situation.channels) if channel.sends}
    point = reachable_point(customer, ways)
    if point is None:
        return Addressee(customer=customer.id, how="nothing", reason="unreachable"), None
    about = f"outreach/{command.incident}/{command.notice}/{bulletin.version}/{draft.party}"
    outbound = draft.send(
        to=point.value, channel=ways["social" if point.kind == "handle" else point.kind],
        subject=bulletin.title, text=text, kind="outreach", about=about,
    )  # fmt: skip
    return Addressee(customer=customer.id, how="message", point=point), outbound


DESK_HANDLERS: Mapping[type[Command], Callable[[Draft, Any], Commit]] = {
    PublishBulletin: publish,
    MarkSeen: mark_seen,
    ReachOut: tell_customer,
}
