"""The commands by which a desk learns: bulletins, outreach, problems, feedback."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import evolve

from supportkit.cases import Customer
from supportkit.desk.case_commands import actor_of
from supportkit.desk.commands import Command
from supportkit.desk.learning.outreach import Outreach, reach_customers
from supportkit.desk.learning.requests import (
    AskFeedback,
    GiveFeedback,
    LinkProblem,
    MarkSeen,
    PublishBulletin,
    ReachOut,
    bulletin_stream,
)
from supportkit.desk.receipt import Done
from supportkit.desk.texts import latest_contact
from supportkit.desk.worker import Worker
from supportkit.ports import CaseRow, Reader, Situation, Transaction

__all__ = ["LearningCommands", "other_cases", "person_of"]


def person_of(reader: Reader, row: CaseRow) -> str | None:
    """Return the party of a case's customer, merges followed; None for a case that is nobody's."""
    party = None if row.party is None else reader.party(row.party)
    return row.party if party is None else party.root


def other_cases(reader: Reader, row: CaseRow) -> tuple[CaseRow, ...]:
    """Return the other cases of the customer of a case, also those under records that are the same person."""
    person = person_of(reader, row)
    rows = () if person is None else reader.cases_of(person)
    return tuple(other for other in rows if other.ref != row.ref)


class LearningCommands:
    """Bulletins, outreach, problems, feedback."""

    _worker: Worker

    def publish_bulletin(
        self,
        bulletin: str,
        *,
        by: str,
        title: str,
        text: str,
        message: str | None = None,
        incident: str | None = None,
        teams: Iterable[str] = (),
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Publish what every agent (of `teams`, if given) must know, or a new version of it; they are told.

        With `incident` it says how to speak of that one; `message` are the words that its customers get,
        under `title`: one message, the same for all. The same words again change nothing. Raises
        CommandRefused (incomplete) without title or text.
        """
        command = PublishBulletin(
            actor=actor_of(by), bulletin=bulletin, title=title, text=text, message=message, incident=incident,
            teams=teams,
        )  # fmt: skip
        return self._brief(command, now, key)

    def mark_seen(
        self,
        bulletin: str,
        *,
        by: str,
        version: int | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """An agent has seen a bulletin in its current version; seen again, nothing happens.

        Raises CommandRefused: unknown_bulletin, unknown_agent, stale_version (the one seen was replaced).
        """
        agent = by.removeprefix("agent:")
        return self._brief(
            MarkSeen(actor=actor_of(by), bulletin=bulletin, agent=agent, version=version), now, key
        )

    def _brief(self, command: Command, now: datetime | None, key: str | None) -> Done:
        worker, stream = self._worker, bulletin_stream(self._worker.name)

        def read(tx: Transaction) -> Situation:
            agents = worker.agents(tx, worker.instant(tx, now))
            seqs = {stream: tx.last_seq(stream)}
            return worker.about(tx, None, agents=agents, log=tx.events(stream), seqs=seqs)

        return worker.carry_out(command, case=None, now=now, key=key, read=read)

    def reach_out(
        self,
        incident: str,
        *,
        by: str,
        customers: Iterable[Customer | str] | None = None,
        notice: str = "notice",
        reason: str | None = None,
        now: datetime | None = None,
    ) -> Outreach:
        """Tell the customers whom an incident affects before they ask: each once, an open case first.

        `customers` are whom to consider (their ids, or they themselves); without them everybody that the
        directory has. Who opted out, was told already, or cannot be reached is left, with the reason. A
        `notice` of kind ``update`` brings the current version to those who were told an earlier one,
        ``resolved`` tells all who were told that it is over. Said again, nobody hears it twice, so there is
        no key. Raises CommandRefused before anybody is told: unknown_notice, unknown_incident, no_bulletin,
        no_message, not_briefed (with the names of the agents who have not seen it), no_audience (the incident
        says not whom it affects, and no `customers` are given), no_customers.
        """
        command = ReachOut(actor=actor_of(by), incident=incident, customer="", notice=notice, reason=reason)
        return reach_customers(self._worker, command, customers, now=now)

    def link_problem(
        self,
        case_id: str,
        problem: str,
        *,
        by: str,
        reason: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Say that a case is one of many with the same cause; linked again, nothing happens."""
        command = LinkProblem(actor=actor_of(by), problem=problem, reason=reason)
        return self._in_case(case_id, command, now, key)

    def ask_feedback(
        self,
        case_id: str,
        *,
        by: str = "desk",
        about: str = "service",
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Ask the customer how it went, or (about ``referral``) whether they would recommend us.

        Raises CommandRefused with the first reason against it, see `insight.may_ask` and `may_ask_referral`,
        or no_channel when nothing would reach them.
        """
        return self._in_case(case_id, AskFeedback(actor=actor_of(by), about=about), now, key)

    def give_feedback(
        self,
        case_id: str,
        *,
        score: int | None = None,
        text: str | None = None,
        by: str = "customer",
        owner: str | None = None,
        task: str | None = None,
        now: datetime | None = None,
        key: str | None = None,
    ) -> Done:
        """Take in what the customer says of how it went: a score, words, or both.

        A score below `unhappy` of the policy opens a solved case again: somebody owes an answer, promised by
        a time, and silence breaks that promise and escalates as any other. `owner` and `task` ask for the
        same whatever the score. Raises CommandRefused: says_nothing, merged.
        """
        command = GiveFeedback(actor=actor_of(by), score=score, text=text, owner=owner, task=task)
        return self._in_case(case_id, command, now, key)

    def _in_case(self, case_id: str, command: Command, now: datetime | None, key: str | None) -> Done:
        worker = self._worker

        def read(tx: Transaction) -> Situation:
            row = worker.locked(tx, case_id)
            situation = worker.about(tx, row, agents=worker.agents(tx, worker.instant(tx, now)))
            others = tuple(tx.events(f"case:{other.ref}") for other in other_cases(tx, row))
            log = tx.events(f"case:{case_id}")
            return evolve(situation, log=log, others=others, bodies=latest_contact(tx, row))

        return worker.carry_out(command, case=case_id, now=now, key=key, read=read)
