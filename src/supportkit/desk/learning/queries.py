"""What a desk has learnt: measures, common problems, wanted articles, reports, whom to tell and to ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from supportkit.canonical import decode
from supportkit.cases import MICROSECOND, Case, Customer, Log, Purchase, case_facts
from supportkit.desk.case_file import CaseFile
from supportkit.desk.learning.bulletins import found, unseen_by
from supportkit.desk.learning.commands import other_cases, person_of
from supportkit.desk.learning.feedback import may_be_asked_of
from supportkit.desk.learning.outreach import preview
from supportkit.desk.learning.requests import ReachOut, bulletin_stream
from supportkit.desk.queries import Queries
from supportkit.errors import CommandRefused
from supportkit.insight import (
    Addressee,
    Bulletin,
    FeedbackItem,
    Floor,
    Gap,
    Measures,
    Problem,
    ProductReport,
    Record,
    Repeat,
    Sighting,
    Stale,
    Suggestion,
    Tip,
    bulletins,
    feedback_items,
    knowledge_gaps,
    measured,
    measures_by,
    problems,
    product_report,
    records,
    repeat_purchases,
    service_floor,
    stale_messages,
    suggest,
)
from supportkit.insight.segments import By
from supportkit.ports import CaseRow, Reader

__all__ = ["LearningQueries"]


class LearningQueries(Queries):
    """Asking a desk what is to be learnt; nothing changes. `now` defaults to the desk's clock."""

    def measures(
        self, *, since: datetime | None = None, until: datetime | None = None, now: datetime | None = None
    ) -> Measures:
        """Measure all cases by `insight.DEFINITIONS` in [since, until); until now without an `until`."""
        end = until or self._worker.present(now) + MICROSECOND
        terms = self._worker.policy.learning.terms(since=since, until=end)
        return measured(records(self._logs(), until=terms.until), terms)

    def measures_by(
        self,
        by: By,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        now: datetime | None = None,
    ) -> dict[str, Measures]:
        """Return the measures of each segment, by ``team``, ``channel``, ``product``, ...; see `measures`."""
        end = until or self._worker.present(now) + MICROSECOND
        terms = self._worker.policy.learning.terms(since=since, until=end)
        return measures_by(self._logs(), by=by, terms=terms)

    def problems(self, *, texts: bool = True, now: datetime | None = None) -> tuple[Problem, ...]:
        """Return the candidates for common problems, the least likely by chance first.

        Cases are similar by their labels, by the error codes and words of what customers wrote (`texts`), as
        far as these are still stored, and by the problem they are linked to.
        """
        worker = self._worker
        moment, rules = worker.present(now), worker.policy.learning.problems
        first = moment - rules.window - rules.base
        with worker.reading() as reader:
            rows = tuple(reader.cases())
            cases = [CaseFile.from_bytes(row.snapshot).case for row in rows]
            seen = [
                _sighting(reader, case, texts=texts)
                for case in cases
                if case.opened_at is not None and case.opened_at > first and case.status != "merged"
            ]
        began = min((case.opened_at for case in cases if case.opened_at is not None), default=None)
        return problems(seen, now=moment, rules=rules, since=began)

    def knowledge_gaps(
        self, *, since: datetime | None = None, until: datetime | None = None
    ) -> tuple[Gap, ...]:
        """Return the topics that are solved often, in [since, until), and never with an article."""
        at_least = self._worker.policy.learning.articles
        return knowledge_gaps(self._logs(), at_least=at_least, since=since, until=until)

    def product_report(
        self,
        *,
        since: datetime,
        until: datetime,
        spend: Mapping[str, Decimal] | None = None,
        examples: int = 3,
    ) -> ProductReport:
        """Report the cases opened in [since, until) by product and topic, for product development."""
        return product_report(self._logs(), since=since, until=until, spend=spend, examples=examples)

    def service_floor(
        self, *, since: datetime | None = None, now: datetime | None = None
    ) -> tuple[Floor, ...]:
        """Return each segment's worst wait beside the policy's benchmark; those below it come first.

        Raises CommandRefused (no_benchmark) when the policy has none.
        """
        benchmark = self._worker.policy.learning.benchmark
        if benchmark is None:
            raise CommandRefused("no_benchmark", "the policy has no learning.benchmark to hold waits against")
        moment = self._worker.present(now)
        return service_floor(
            self._logs(), by=benchmark.by, benchmark=benchmark.longest_wait, now=moment, since=since
        )

    def repeat_purchases(
        self,
        purchases: Mapping[str, Iterable[Purchase] | None],
        *,
        within: timedelta,
        now: datetime | None = None,
    ) -> tuple[Repeat, ...]:
        """Return what customers bought `within` a time after their cases were solved, by how these ended."""
        policy = self._worker.policy
        return repeat_purchases(
            self._logs(), purchases, within=within, now=self._worker.present(now),
            currency=policy.money.currency, rates=policy.money.rates,
            satisfied=policy.learning.feedback.satisfied,
        )  # fmt: skip

    def bulletins(self) -> tuple[Bulletin, ...]:
        """Return all bulletins in their current version, with their receipts, the latest first."""
        known = self._bulletins().values()
        return tuple(sorted(known, key=lambda each: (each.published_at, each.id), reverse=True))

    def unseen(self, bulletin: str, *, now: datetime | None = None) -> tuple[str, ...]:
        """Return who must see a bulletin before customers are told, and has not; see `learning.bulletins`.

        Raises CommandRefused (unknown_bulletin).
        """
        worker, known = self._worker, found(self._bulletins(), bulletin)
        with worker.transaction() as tx:
            agents = worker.agents(tx, worker.instant(tx, now))
        return unseen_by(worker.policy, known, agents)

    def stale_messages(self) -> tuple[Stale, ...]:
        """Return the cases whose customer was told an old version of an incident's message last."""
        return stale_messages(records(self._logs()), self._bulletins())

    def audience(
        self,
        incident: str,
        *,
        customers: Iterable[Customer | str] | None = None,
        notice: str = "notice",
        now: datetime | None = None,
    ) -> tuple[Addressee, ...]:
        """Return whom `reach_out` would tell how, and whom it would leave for which reason; nobody is told.

        Raises CommandRefused as `reach_out` does.
        """
        command = ReachOut(incident=incident, customer="", notice=notice)
        return preview(self._worker, command, customers, now=now)

    def feedback_due(self, *, about: str = "service", now: datetime | None = None) -> tuple[str, ...]:
        """Return the cases whose customers may be asked now: of each customer the one solved last."""
        moment, rules = self._worker.present(now), self._worker.policy.learning.feedback
        latest: dict[str, Record] = {}
        with self._worker.reading() as reader:
            for row in reader.cases():
                if row.open or not _may_be_due(row, about, since=moment - rules.within):
                    continue
                (record,) = records([reader.events(f"case:{row.ref}")])
                others = records(reader.events(f"case:{each.ref}") for each in other_cases(reader, row))
                if may_be_asked_of(record, others, about=about, rules=rules, now=moment):
                    person = person_of(reader, row) or row.ref
                    latest[person] = max(latest.get(person, record), record, key=_solved_at)
        return tuple(record.case.id for record in latest.values())

    def feedback_items(self, *, now: datetime | None = None) -> tuple[FeedbackItem, ...]:
        """Return all feedback that is owed an answer, with owner, action and date, the next due first."""
        return feedback_items(self._logs(), now=self._worker.present(now))

    def advocates(self) -> tuple[str, ...]:
        """Return the customers who may be asked to recommend us: once, after a complaint made good."""
        asked = (self.case(case_id) for case_id in self.feedback_due(about="referral"))
        return tuple(sorted(case.customer for case in asked if case.customer is not None))

    def suggestions(
        self, case_id: str, *, tips: Iterable[Tip] = (), now: datetime | None = None
    ) -> tuple[Suggestion, ...]:
        """Return what else would help the customer of a solved case; nothing before, and nothing to sell.

        `tips` of your own come after those of the policy. Raises CommandRefused (unknown_case).
        """
        worker = self._worker
        with worker.reading() as reader:
            row = self._row(reader, case_id)
            rows = other_cases(reader, row)
        file = CaseFile.from_bytes(row.snapshot)
        others = [CaseFile.from_bytes(other.snapshot).case for other in rows]
        facts = {**worker.policy.reading.recorded(file.facts), "case": case_facts(file.case)}
        return suggest(
            (*worker.policy.learning.tips, *tips), case=file.case, facts=facts, now=worker.present(now),
            others=others, calendars=worker.policy.calendars,
        )  # fmt: skip

    def _logs(self) -> list[Log]:
        with self._worker.reading() as reader:
            return [Log(row.ref, reader.events(f"case:{row.ref}")) for row in reader.cases()]

    def _bulletins(self) -> dict[str, Bulletin]:
        with self._worker.reading() as reader:
            return bulletins(reader.events(bulletin_stream(self._worker.name)))


def _may_be_due(row: CaseRow, about: str, *, since: datetime) -> bool:
    """Whether a case that is over is worth reading: for a question about the service, one solved since."""
    case = CaseFile.from_bytes(row.snapshot).case
    return about == "referral" or (case.resolved_at is not None and case.resolved_at >= since)


def _solved_at(record: Record) -> datetime:
    assert record.solution is not None  # nobody may be asked about what is not solved
    return record.solution.at


def _sighting(reader: Reader, case: Case, *, texts: bool) -> Sighting:
    events = reader.events(f"case:{case.id}")
    linked: list[Any] = [event.payload for event in events if event.kind == "problem.linked"]
    wrote = [
        event.payload for event in events if event.is_customer_message and event.kind == "contact.received"
    ]
    words = "\n".join(_words(reader, getattr(said, "body", None)) for said in wrote) if texts else None
    return Sighting.of(case, text=words, known=linked[0].problem if linked else None)


def _words(reader: Reader, ref: str | None) -> str:
    """Return subject and text of a stored contact; nothing when they were erased."""
    body = None if ref is None else reader.body(ref)
    said: Mapping[str, Any] = {} if body is None else decode(body.data)
    return "\n".join(str(said[name]) for name in ("subject", "text") if said.get(name))
