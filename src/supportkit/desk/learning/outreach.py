"""Reaching out: each affected customer is told once, in their open case or by a message of their own."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from datetime import datetime
from typing import Any

from attrs import evolve, field, frozen

from supportkit.cases import Customer, Event
from supportkit.desk.decide import decide
from supportkit.desk.learning.bulletins import briefed_bulletin
from supportkit.desk.learning.requests import NOTICES, ReachOut, bulletin_stream
from supportkit.desk.learning.told import ToldOf, View, addressees
from supportkit.desk.reach import failed_to
from supportkit.desk.receipt import Carried
from supportkit.desk.texts import latest_contact, read_texts
from supportkit.desk.worker import Worker
from supportkit.errors import CommandRefused, InvalidValue
from supportkit.insight import Addressee, Bulletin, reachable_point
from supportkit.ports import Body, CaseRow, Commit, Reader, Transaction
from supportkit.recovery import Incident, declared_incidents
from supportkit.sequences import as_tuple

__all__ = ["Outreach", "preview", "reach_customers"]


@frozen(kw_only=True)
class Outreach:
    """What became of reaching out: who was told which version, who was left alone and for which reason.

    `follow_up` is for `Desk.committed`, and empty unless the desk works in the host's transaction.
    """

    incident: str
    notice: str
    version: int
    told: tuple[Addressee, ...] = field(default=(), converter=as_tuple)
    left: tuple[Addressee, ...] = field(default=(), converter=as_tuple)
    follow_up: tuple[Carried, ...] = field(default=(), converter=as_tuple, repr=False)


@frozen
class _Plan:
    """Whom to tell which version of what, as far as was known when nobody was told yet."""

    bulletin: Bulletin
    customers: Mapping[str, Customer]
    addressees: tuple[Addressee, ...]


def preview(
    worker: Worker, command: ReachOut, customers: Iterable[Customer | str] | None, *, now: datetime | None
) -> tuple[Addressee, ...]:
    """Return what each affected customer would get now, open cases first."""
    return _plan(worker, command, customers, now=now).addressees


def reach_customers(
    worker: Worker, command: ReachOut, customers: Iterable[Customer | str] | None, *, now: datetime | None
) -> Outreach:
    """Tell every affected customer, those with an open case first, each in a transaction of their own.

    Raises CommandRefused before anybody is told: unknown_notice, unknown_incident, no_bulletin, no_message,
    not_briefed, no_audience, no_customers.
    """
    plan = _plan(worker, command, customers, now=now)
    told: list[Addressee] = []
    done: list[Carried] = []
    left = [each for each in plan.addressees if each.how == "nothing"]
    for planned in plan.addressees:
        if planned.how == "nothing":
            continue
        carried = _tell(worker, evolve(command, customer=planned.customer), plan, now)
        reach = _reach(worker, carried.outcome, plan.customers[planned.customer])
        (left if reach.how == "nothing" else told).append(reach)
        done.append(carried)
    return Outreach(
        incident=command.incident, notice=command.notice, version=plan.bulletin.version, told=told, left=left,
        follow_up=done if worker.connection is not None else (),
    )  # fmt: skip


def _reach(worker: Worker, outcome: Mapping[str, Any], customer: Customer) -> Addressee:
    kinds = {channel.kind for channel in worker.channels if channel.sends}
    point = reachable_point(customer, kinds) if outcome["how"] == "message" else None
    names = ("customer", "how", "case", "reason", "until")
    return Addressee(**{name: outcome[name] for name in names}, point=point)


def _plan(
    worker: Worker, command: ReachOut, customers: Iterable[Customer | str] | None, *, now: datetime | None
) -> _Plan:
    if command.notice not in NOTICES:
        raise CommandRefused("unknown_notice", f"notice={command.notice!r} is none of {', '.join(NOTICES)}")
    with worker.transaction() as tx:
        incident = _declared(tx.events(f"desk:{worker.name}"), command.incident)
        if customers is None and command.notice == "notice" and not incident.affects:
            raise CommandRefused(
                "no_audience",
                f"incident {command.incident!r} does not say whom it affects; declare it with affects=, or "
                "give customers=",
            )
        log = tx.events(bulletin_stream(worker.name))
        moment = worker.instant(tx, now)
        agents = worker.agents(tx, moment)
        bulletin = briefed_bulletin(worker.policy, command.incident, log=log, agents=agents)
        failing = failed_to(tx.outbox())
        known = {each.id: _reachable(each, failing) for each in _candidates(worker, tx, command, customers)}
        views = {name: View.of(tx, name, command.incident) for name in known}
    found = addressees(
        known.values(), views, affects=incident.affects if command.notice == "notice" else {},
        notice=command.notice, version=bulletin.version, channels=worker.channels, now=moment,
        zone=worker.policy.home_zone,
    )  # fmt: skip
    return _Plan(bulletin, known, found)


def _declared(events: Iterable[Event], incident: str) -> Incident:
    known = declared_incidents(events)
    if incident in known:
        return known[incident]
    names = ", ".join(sorted(known)) or "none"
    raise CommandRefused("unknown_incident", f"no incident {incident!r} was declared; known are {names}")


def _candidates(
    worker: Worker, reader: Reader, command: ReachOut, customers: Iterable[Customer | str] | None
) -> Iterable[Customer]:
    """Return whom to consider: those given, else whoever was told before, or everybody there is."""
    if customers is None and command.notice != "notice":
        return [_known(worker, name) or Customer(name) for name in _told_before(reader, command.incident)]
    if customers is None:
        everybody: Callable[[], Iterable[Customer]] | None = getattr(worker.customers, "everybody", None)
        if everybody is None:
            raise CommandRefused(
                "no_customers", "give customers=, or a directory of customers that has everybody()"
            )
        customers = everybody()
    return [each if isinstance(each, Customer) else _named(worker, each) for each in customers]


def _reachable(customer: Customer, failing: Container[str]) -> Customer:
    """Return a customer without the addresses that our last message did not reach."""
    points = [point for point in customer.points if point.value.strip().lower() not in failing]
    return customer if len(points) == len(customer.points) else evolve(customer, points=points)


def _told_before(reader: Reader, incident: str) -> Iterable[str]:
    """Yield whom the log says we told of an incident, whether a directory still knows them or not."""
    for stream in reader.streams():
        kind, _, name = stream.partition(":")
        if kind == "customer" and ToldOf.of(reader.events(stream), incident).version is not None:
            yield name


def _known(worker: Worker, customer: str) -> Customer | None:
    return None if worker.customers is None else worker.customers.customer(customer)


def _named(worker: Worker, customer: str) -> Customer:
    found = _known(worker, customer)
    if found is None:
        raise InvalidValue(f"no directory knows customer {customer!r}; give the Customer itself")
    return found


def _tell(worker: Worker, command: ReachOut, plan: _Plan, now: datetime | None) -> Carried:
    def deciding(tx: Transaction, moment: datetime, _: str | None) -> Commit:
        root = tx.lock_party(command.customer)
        view = View.of(tx, root, command.incident)
        row = None if view.case is None else worker.locked(tx, view.case)
        log, stream = tx.events(bulletin_stream(worker.name)), f"customer:{root}"
        situation = evolve(
            worker.about(tx, row, agents=worker.agents(tx, moment), log=log, bodies=_texts(tx, log, row)),
            party=root, customer=plan.customers[command.customer], told=view,
            seqs={stream: tx.last_seq(stream)},
        )  # fmt: skip
        return decide(worker.policy, situation, command, now=moment)

    return worker.once(deciding, now=now, scope="outreach", key=None, body="")


def _texts(tx: Transaction, log: Iterable[Event], row: CaseRow | None) -> dict[str, Body]:
    """Read the messages for customers, and how the customer of an open case can be answered."""
    found = read_texts(tx, (getattr(event.payload, "message", None) for event in log))
    return found if row is None else {**found, **latest_contact(tx, row)}
