"""When to ask how it went, and what becomes of the answer."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from attrs import field, frozen

from supportkit.cases import Event, utc
from supportkit.cases.instants import instant, maybe_instant
from supportkit.errors import InvalidValue
from supportkit.insight.made_good import made_good
from supportkit.insight.reading import records
from supportkit.insight.record import Record
from supportkit.sequences import as_tuple

__all__ = ["FeedbackItem", "FeedbackRules", "MayAsk", "feedback_items", "may_ask", "may_ask_referral"]


def _not_negative(_: Any, attribute: Any, value: timedelta) -> None:
    if value < timedelta(0):
        raise InvalidValue(f"{attribute.name}={value} is a negative duration")


@frozen(kw_only=True)
class FeedbackRules:
    """When feedback may be asked for, and which answer calls for an answer.

    Asked is from `after` the solution until `within` it, once for each solution (with `each_solution` False
    once for a case), and not sooner than `quiet` after the customer was asked about any case. A case whose
    tags, outcome or reason code are in `not_for` is left alone. A score of at least `satisfied` is good; one
    below `unhappy` is to be answered by a person within `answer_within`.
    """

    after: timedelta = field(default=timedelta(hours=1), validator=_not_negative)
    within: timedelta = field(default=timedelta(days=7), validator=_not_negative)
    quiet: timedelta = field(default=timedelta(days=30), validator=_not_negative)
    each_solution: bool = True
    not_for: tuple[str, ...] = field(default=("spam", "duplicate"), converter=as_tuple)
    satisfied: int = 4
    unhappy: int = 3
    answer_within: timedelta = field(default=timedelta(days=1), validator=_not_negative)

    def __attrs_post_init__(self) -> None:
        if self.within < self.after:
            raise InvalidValue(f"within={self.within} ends before after={self.after} begins")
        if self.unhappy > self.satisfied:
            raise InvalidValue(
                f"unhappy={self.unhappy} lies above satisfied={self.satisfied}: a score cannot be both"
            )


@frozen
class MayAsk:
    """Whether to ask now; if not, why, and with `at` from when on it may be asked again."""

    ask: bool
    reason: str
    at: datetime | None = maybe_instant()

    def __bool__(self) -> bool:
        return self.ask


def may_ask(
    record: Record,
    *,
    now: datetime,
    rules: FeedbackRules | None = None,
    others: Iterable[Record] = (),
) -> MayAsk:
    """Return whether to ask how the solution of a case was, with the first reason against it.

    `others` are the customer's other cases. Reasons, in this order: merged, not_solved, not_for,
    agent_started, auto_closed, work_goes_on (a promise of the case is open, or another case of theirs),
    asked, too_late, too_early, quiet; else due.

    >>> from datetime import UTC
    >>> from supportkit.cases import Log
    >>> from supportkit.insight import read_record
    >>> nine = datetime(2026, 7, 1, 9, tzinfo=UTC)
    >>> record = read_record(Log("17").opened(at=nine).resolved(at=nine, actor="agent:ann"))
    >>> may_ask(record, now=nine).reason, may_ask(record, now=nine + timedelta(hours=1)).reason
    ('too_early', 'due')
    """
    rules, now = rules or FeedbackRules(), utc(now)
    other = tuple(others)
    against = _kind_of_case(record, rules) or _work(record, other) or _asked(record, rules)
    return MayAsk(ask=False, reason=against) if against else _moment(record, other, rules, now)


def _kind_of_case(record: Record, rules: FeedbackRules) -> str | None:
    case, solution = record.case, record.solution
    if case.status == "merged":
        return "merged"
    if solution is None:
        return "not_solved"
    if not {*case.tags, case.outcome, case.code}.isdisjoint(rules.not_for):
        return "not_for"
    if case.opened_by != "customer":
        return "agent_started"
    return "auto_closed" if solution.automatic else None


def _work(record: Record, others: tuple[Record, ...]) -> str | None:
    goes_on = bool(record.case.promises) or any(other.case.is_open for other in others)
    return "work_goes_on" if goes_on else None


def _asked(record: Record, rules: FeedbackRules) -> str | None:
    solved = record.solution.at if record.solution is not None and rules.each_solution else None
    asked = any(solved is None or each.at >= solved for each in record.asked if each.about == "service")
    told = any(solved is None or each.at >= solved for each in record.given)
    return "asked" if asked or told else None


def _moment(record: Record, others: tuple[Record, ...], rules: FeedbackRules, now: datetime) -> MayAsk:
    assert record.solution is not None
    first, last = record.solution.at + rules.after, record.solution.at + rules.within
    quiet = max((each.at + rules.quiet for other in (record, *others) for each in other.asked), default=first)
    if now > last or quiet > last:
        return MayAsk(ask=False, reason="too_late" if now > last else "quiet")
    if now < first:
        return MayAsk(ask=False, reason="too_early", at=max(first, quiet))
    return MayAsk(ask=False, reason="quiet", at=quiet) if now < quiet else MayAsk(ask=True, reason="due")


def may_ask_referral(
    record: Record, *, rules: FeedbackRules | None = None, others: Iterable[Record] = ()
) -> MayAsk:
    """Return whether to ask a customer to recommend us: once, after a complaint made good in their words.

    Reasons: not_confirmed, work_goes_on, asked; else due. `others` are the customer's other cases.
    """
    rules, other = rules or FeedbackRules(), tuple(others)
    if made_good(record, satisfied=rules.satisfied) is not True:
        return MayAsk(ask=False, reason="not_confirmed")
    if work := _work(record, other):
        return MayAsk(ask=False, reason=work)
    before = any(asked.about == "referral" for each in (record, *other) for asked in each.asked)
    return MayAsk(ask=not before, reason="asked" if before else "due")


@frozen(kw_only=True)
class FeedbackItem:
    """Feedback that is owed an answer: whose, by when, what is to be done, and whether it was.

    `state` is open, answered (a person wrote back since), or late.
    """

    case: str
    customer: str | None
    score: int | None
    given_at: datetime = instant(kw_only=True)
    owner: str | None = None
    action: str | None = None
    due: datetime = instant(kw_only=True)
    answered_at: datetime | None = maybe_instant(kw_only=True)
    state: Literal["open", "answered", "late"]


def feedback_items(logs: Iterable[Iterable[Event]], *, now: datetime) -> tuple[FeedbackItem, ...]:
    """Return all feedback that is owed an answer, the next due first, as known at `now`.

    An answer that came after its time stays late.
    """
    now = utc(now)
    items = (item for record in records(logs) for item in _items(record, now))
    return tuple(sorted(items, key=lambda item: (item.due, item.case)))


def _items(record: Record, now: datetime) -> Iterable[FeedbackItem]:
    for given in record.given:
        if given.due is None or given.at > now:
            continue
        answered = next((at for at in record.replies if given.at <= at <= now), None)
        late = (answered or now) > given.due
        yield FeedbackItem(
            case=record.case.id, customer=record.case.customer, score=given.score, given_at=given.at,
            owner=given.owner, action=given.action, due=given.due, answered_at=answered,
            state="late" if late else "open" if answered is None else "answered",
        )  # fmt: skip
