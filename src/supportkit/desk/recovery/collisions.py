"""One customer, one voice: two people who answer at once, neither knowing of the other, are told so."""

from __future__ import annotations

from supportkit.desk import commands
from supportkit.desk.draft import Draft

__all__ = ["note_collision"]


def note_collision(draft: Draft, command: commands.Reply) -> None:
    """Record (or refuse, by the policy) a reply that comes on the heels of another person's.

    After news from the customer there is something to answer, and whoever does so collides with nobody.
    Raises CommandRefused (replies_collide).
    """
    rules, case = draft.policy.collisions, draft.case
    if (
        rules.then == "ignore"
        or command.automated
        or case.last_reply_at is None
        or case.last_reply_by is None
    ):
        return
    news = case.last_contact_at is not None and case.last_contact_at > case.last_reply_at
    if news or case.last_reply_by == command.actor or draft.now - case.last_reply_at >= rules.within:
        return
    told = f"{case.last_reply_by} answered at {case.last_reply_at:%H:%M:%S} UTC, and nothing new came since"
    if rules.then == "refuse":
        raise draft.refuse("replies_collide", f"{told}; speak with them, or leave a note")
    draft.record(
        "case.fault", actor="desk", code="replies_collide", detail=told,
        given={"first": case.last_reply_by, "second": command.actor},
    )  # fmt: skip
