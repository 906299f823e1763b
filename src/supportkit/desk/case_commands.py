"""The commands of a desk: what agents, customers and the host may tell it to do with a case.

All of them take ``now=`` (default: the desk's clock) and ``key=`` (a repeat with the same key does nothing
and gets the first result), and raise CommandRefused, with a code and nothing changed, when it cannot be done.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from supportkit.desk import commands
from supportkit.desk.receipt import Done
from supportkit.desk.recovery.reading import reading_of
from supportkit.desk.worker import Worker
from supportkit.errors import InvalidValue

__all__ = ["CaseCommands", "actor_of"]


class CaseCommands:
    """The writing half of a desk. `by` is who does it: an agent's id, ``customer`` or ``desk``."""

    _worker: Worker

    def _do(self, case: str | None, command: Any, now: datetime | None, key: str | None) -> Done:
        read = reading_of(self._worker, command, case, now)
        return self._worker.carry_out(command, case=case, now=now, key=key, read=read)

    def reply(
        self,
        case_id: str,
        text: str | None = None,
        *,
        by: str,
        automated: bool = False,
        visibility: str = "private",
        incident_message: int | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Answer the customer, the way they came; without text it was said, by phone or at the counter.

        Only a person's answer (not `automated`) stops clocks and keeps promises. Where the policy checks
        replies, what is wrong with this one is recorded with it. `incident_message` says which version of an
        incident's message it uses. Raises CommandRefused: merged, reply_blocked (by the policy).
        """
        command = commands.Reply(
            actor=actor_of(by), text=text, automated=automated, visibility=visibility,
            incident_message=incident_message,
        )  # fmt: skip
        return self._do(case_id, command, now, key)

    def note(
        self, case_id: str, text: str, *, by: str, now: datetime | None = None, key: str | None = None
    ) -> Done:
        """Leave a note for colleagues; it answers nothing."""
        return self._do(case_id, commands.Note(actor=actor_of(by), text=text), now, key)

    def classify(
        self,
        case_id: str,
        *,
        by: str,
        kind: str | None = None,
        category: str | None = None,
        product: str | None = None,
        impact: str | None = None,
        urgency: str | None = None,
        tags: tuple[str, ...] = (),
        priority: str | None = None,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Say what the matter is, and, with a reason, how urgent."""
        command = commands.Classify(
            actor=actor_of(by), kind=kind, category=category, product=product, impact=impact, urgency=urgency,
            tags=tags, priority=priority, reason=reason,
        )  # fmt: skip
        return self._do(case_id, command, now, key)

    def assign(
        self,
        case_id: str,
        *,
        by: str,
        agent: str | None = None,
        team: str | None = None,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Put an agent, a team, or an agent of a team in charge; nobody is refused."""
        return self._do(
            case_id, commands.Assign(actor=actor_of(by), agent=agent, team=team, reason=reason), now, key
        )

    def take(self, case_id: str, *, by: str, now: datetime | None = None, key: str | None = None) -> Done:
        """An agent takes the case."""
        return self._do(case_id, commands.Take(actor=actor_of(by), agent=by), now, key)

    def accept(
        self, case_id: str, agent: str, *, now: datetime | None = None, key: str | None = None
    ) -> Done:
        """An agent says yes to the offer they have; again from who has the case already, it changes nothing.

        Raises CommandRefused with the first code that holds: expired, rescinded, canceled, already_offered,
        presence, refused_before, capacity, or no_offer.
        """
        return self._do(case_id, commands.Accept(actor=f"agent:{agent}", agent=agent), now, key)

    def decline(
        self,
        case_id: str,
        agent: str,
        *,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """An agent says no to the offer they have: others are asked, and the case keeps its age and place.

        Raises CommandRefused as `accept` does.
        """
        command = commands.Decline(actor=f"agent:{agent}", agent=agent, reason=reason)
        return self._do(case_id, command, now, key)

    def complete(
        self, case_id: str, agent: str, *, now: datetime | None = None, key: str | None = None
    ) -> Done:
        """The owner's work in hand is done: their place is free, the case stays theirs until it is resolved.

        Raises CommandRefused (not_yours, not_open).
        """
        return self._do(case_id, commands.Complete(actor=f"agent:{agent}", agent=agent), now, key)

    def release(
        self,
        case_id: str,
        *,
        by: str,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """The owner gives the case back to its team, where it waits with its age kept."""
        return self._do(case_id, commands.Release(actor=actor_of(by), reason=reason), now, key)

    def hand_off(
        self,
        case_id: str,
        *,
        by: str,
        reason: str,
        agent: str | None = None,
        team: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Give the case to somebody else together with its packet, so that nothing is asked twice."""
        return self._do(
            case_id, commands.HandOff(actor=actor_of(by), agent=agent, team=team, reason=reason), now, key
        )

    def hold(
        self,
        case_id: str,
        *,
        by: str,
        status: str = "waiting_customer",
        until: datetime | None = None,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Wait for the customer (or, with status ``waiting_third_party``, for somebody else)."""
        return self._do(
            case_id, commands.Hold(actor=actor_of(by), status=status, until=until, reason=reason), now, key
        )

    def resume(self, case_id: str, *, by: str, now: datetime | None = None, key: str | None = None) -> Done:
        """Go on working."""
        return self._do(case_id, commands.Resume(actor=actor_of(by)), now, key)

    def resolve(
        self,
        case_id: str,
        *,
        by: str,
        outcome: str | None = None,
        code: str | None = None,
        article: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Settle the matter; a further message of the customer reopens it.

        `article` names the article of the knowledge base that solved it; see `knowledge_gaps`.
        """
        command = commands.Resolve(actor=actor_of(by), outcome=outcome, code=code, article=article)
        return self._do(case_id, command, now, key)

    def close(
        self,
        case_id: str,
        *,
        by: str,
        outcome: str | None = None,
        code: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Close the case for good; refused without an outcome and a reason code."""
        return self._do(case_id, commands.Close(actor=actor_of(by), outcome=outcome, code=code), now, key)

    def reopen(
        self,
        case_id: str,
        *,
        by: str,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """It was not settled after all."""
        return self._do(case_id, commands.Reopen(actor=actor_of(by), reason=reason), now, key)

    def set_next_action(
        self,
        case_id: str,
        what: str,
        *,
        by: str,
        due: datetime,
        owner: str | None = None,
        wanted: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Say what happens next, by when and by whom; `wanted` is what the customer wants, in their words."""
        command = commands.SetNextAction(actor=actor_of(by), what=what, due=due, owner=owner, wanted=wanted)
        return self._do(case_id, command, now, key)

    def promise(
        self,
        case_id: str,
        *,
        by: str,
        due: datetime | None = None,
        what: str = "reply",
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Promise the customer a reply or a call-back by `due`, in place of an earlier such promise."""
        return self._do(case_id, commands.Promise(actor=actor_of(by), what=what, due=due), now, key)

    def request_callback(
        self, case_id: str, *, by: str = "customer", due: datetime | None = None, now: datetime | None = None,
        key: str | None = None,
    ) -> Done:  # fmt: skip
        """The customer asks to be called back instead of waiting: a promise with a time, at the same place.

        A case in line keeps its age and its place, and goes to an agent when its turn has come. Without `due`
        the call is promised for when their turn comes nine times in ten (where the policy says a handling
        time and that is within opening hours), and never later than an answer is owed. Raises CommandRefused
        (no_due) where nothing says a time.
        """
        return self._do(case_id, commands.RequestCallback(actor=actor_of(by), due=due), now, key)

    def request_manager(
        self,
        case_id: str,
        *,
        by: str = "customer",
        reason: str | None = None,
        refused: bool = False,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Put a customer who asks for a manager through at once; refusing needs a reason on record."""
        return self._do(
            case_id, commands.RequestManager(actor=actor_of(by), reason=reason, refused=refused), now, key
        )

    def ack(
        self,
        case_id: str,
        *,
        by: str,
        plan: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Somebody says of an escalation: I have it."""
        return self._do(case_id, commands.Acknowledge(actor=actor_of(by), plan=plan), now, key)

    def unack(
        self,
        case_id: str,
        *,
        by: str,
        plan: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Whoever had the escalation, has it no more."""
        return self._do(case_id, commands.Unacknowledge(actor=actor_of(by), plan=plan), now, key)

    def snooze(
        self, case_id: str, *, by: str, until: datetime | None = None, plan: str | None = None,
        now: datetime | None = None, key: str | None = None,
    ) -> Done:  # fmt: skip
        """Hold an escalation until then."""
        return self._do(case_id, commands.Snooze(actor=actor_of(by), until=until, plan=plan), now, key)

    def escalate(
        self, case_id: str, *, by: str, reason: str | None = None, plan: str | None = None,
        now: datetime | None = None, key: str | None = None,
    ) -> Done:  # fmt: skip
        """Ask for the next level of an escalation now."""
        return self._do(case_id, commands.Escalate(actor=actor_of(by), reason=reason, plan=plan), now, key)

    def exclude_handler(
        self,
        case_id: str,
        agent: str,
        *,
        by: str,
        reason: str,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Keep an agent away from the case (a conflict, abuse); if they have it, somebody else gets it."""
        return self._do(
            case_id, commands.ExcludeHandler(actor=actor_of(by), agent=agent, reason=reason), now, key
        )

    def record_fault(
        self, case_id: str, code: str, *, by: str = "desk", detail: str | None = None,
        given: dict[str, Any] | None = None, now: datetime | None = None, key: str | None = None,
    ) -> Done:  # fmt: skip
        """Note that something about the case could not be done or believed, with what was given."""
        command = commands.RecordFault(actor=actor_of(by), code=code, detail=detail, given=given or {})
        return self._do(case_id, command, now, key)

    def set_presence(
        self, agent: str, presence: str, *, by: str | None = None, reason: str | None = None,
        now: datetime | None = None, key: str | None = None,
    ) -> Done:  # fmt: skip
        """An agent is ``available``, ``busy``, ``away`` or ``offline``; who comes is given work."""
        actor = actor_of(by) if by is not None else f"agent:{agent}"
        return self._do(
            None, commands.SetPresence(actor=actor, agent=agent, presence=presence, reason=reason), now, key
        )


def actor_of(by: str) -> str:
    """Agents are named by their id alone; everybody else by kind. Raises InvalidValue for nobody."""
    if not by:
        raise InvalidValue("by='' names nobody; give an agent's id, 'customer' or 'desk'")
    return by if by in {"customer", "desk"} or ":" in by else f"agent:{by}"
