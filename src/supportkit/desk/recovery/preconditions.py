"""What must be so before a case is settled: looked at twice, owned up to, answered where it was asked."""

from __future__ import annotations

from supportkit.desk.draft import Draft
from supportkit.desk.recovery.amends import Amends

__all__ = ["check_settling"]


def check_settling(draft: Draft) -> None:
    """Refuse to settle a complaint that is not made good, and say when a thread in public ends in silence.

    Raises CommandRefused: no_second_look (one person alone rejected it), apology_due (it was our fault, and
    nobody took it upon us).
    """
    amends: Amends | None = draft.situation.amends
    if amends is None:
        return
    _check_complaint(draft, amends)
    _note_silence_in_public(draft, amends)


def _check_complaint(draft: Draft, amends: Amends) -> None:
    complaint = amends.complaint
    if not complaint.is_open:
        return
    if draft.policy.remedies.second_look and complaint.needs_second_look:
        raise draft.refuse("no_second_look", "one person alone rejected it; somebody else looks at it, too")
    if complaint.at_fault and not complaint.owned_up:
        raise draft.refuse(
            "apology_due", "it was our fault, and nobody has owned up to it; apologise() first"
        )


def _note_silence_in_public(draft: Draft, amends: Amends) -> None:
    """Say when the customer wrote in public and never got a word there since."""
    if draft.policy.remedies.replies is None:
        return
    shown = [event for event in amends.log if event.visibility == "public"]
    asked = max((event.at for event in shown if event.is_customer_message), default=None)
    if asked is not None and not any(event.is_human_reply and event.at >= asked for event in shown):
        told = "the customer wrote in public, and the thread ends there without an answer"
        draft.record("case.fault", actor="desk", code="public_thread_open", detail=told)
