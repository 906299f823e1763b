"""What one case adds to each measure; see `definitions` for what they count."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from itertools import zip_longest

from supportkit.insight.figures import Durations, Ratio, Spread
from supportkit.insight.made_good import made_good
from supportkit.insight.record import Ended, Record, Solution
from supportkit.insight.terms import Terms


def _ended(record: Record, terms: Terms, *hows: str) -> list[Ended]:
    return [promise for promise in record.promises if promise.how in hows and terms.covers(promise.at)]


def kept(record: Record, terms: Terms) -> Ratio:
    return Ratio(len(_ended(record, terms, "kept")), len(_ended(record, terms, "kept", "broken")))


def _margins(record: Record, terms: Terms) -> list[timedelta]:
    """By how much each promise that was kept early was beaten."""
    margins = [each.due - each.at for each in _ended(record, terms, "kept") if each.due is not None]
    return [margin for margin in margins if margin > terms.early]


def kept_early(record: Record, terms: Terms) -> Ratio:
    return Ratio(len(_margins(record, terms)), len(_ended(record, terms, "kept", "broken")))


def beaten_by(record: Record, terms: Terms) -> Durations:
    return Durations(_margins(record, terms))


def broken(record: Record, terms: Terms) -> Ratio:
    return Ratio(len(_ended(record, terms, "broken")), len(_ended(record, terms, "kept", "broken")))


def superseded(record: Record, terms: Terms) -> Ratio:
    ended = _ended(record, terms, "kept", "broken", "superseded")
    return Ratio(len(_ended(record, terms, "superseded")), len(ended))


def first_answer(record: Record, terms: Terms) -> Durations:
    first, opened = record.case.first_reply_at, record.case.opened_at
    asked = record.case.opened_by == "customer" and first is not None and terms.covers(first)
    return Durations([first - opened] if asked else [])  # type: ignore[operator]


def unanswered(record: Record, terms: Terms) -> Ratio:
    case = record.case
    if case.opened_by != "customer" or not terms.covers(case.opened_at) or case.status == "merged":
        return Ratio()
    return Ratio(int(case.first_reply_at is None), 1)


def waiting(record: Record, terms: Terms) -> Durations:
    over = [wait for wait in record.waits if wait.until is not None and terms.covers(wait.until)]
    return Durations(wait.until - wait.since for wait in over)  # type: ignore[operator]


def _solution(record: Record, terms: Terms) -> Solution | None:
    solution = record.solution
    return solution if solution is not None and terms.covers(solution.at) else None


def time_to_solution(record: Record, terms: Terms) -> Durations:
    solution, opened = _solution(record, terms), record.case.opened_at
    return Durations([solution.at - opened] if solution is not None and opened is not None else [])


def right_first_time(record: Record, terms: Terms) -> Ratio:
    solution = _solution(record, terms)
    return Ratio() if solution is None else Ratio(int(solution.transfers == 0), 1)


def at_first_contact(record: Record, terms: Terms) -> Ratio:
    solution = _solution(record, terms)
    if solution is None or record.case.opened_by != "customer":
        return Ratio()
    return Ratio(int((solution.contacts, solution.transfers, len(record.reopened)) == (1, 0, 0)), 1)


def transfers(record: Record, terms: Terms) -> Ratio:
    solution = _solution(record, terms)
    return Ratio() if solution is None else Ratio(solution.transfers, 1)


def reopened(record: Record, terms: Terms) -> Ratio:
    if not record.solutions or not terms.covers(record.solutions[0].at):
        return Ratio()
    return Ratio(int(bool(record.reopened)), 1)


def time_to_apology(record: Record, terms: Terms) -> Durations:
    sorry, complained = _apology(record), record.complained_at
    return Durations([sorry - complained] if sorry and complained and terms.covers(sorry) else [])


def _apology(record: Record) -> datetime | None:
    """The first apology since the complaint."""
    complained = record.complained_at
    return next((at for at in record.apologies if complained is not None and at >= complained), None)


def apologised(record: Record, terms: Terms) -> Ratio:
    complained, sorry = record.complained_at, _apology(record)
    goes_on_elsewhere = sorry is None and record.case.status == "merged"
    if complained is None or not terms.covers(complained) or goes_on_elsewhere:
        return Ratio()
    last = complained + terms.apology_within
    known_until = record.end if terms.until is None else terms.until
    if sorry is None and record.case.is_open and known_until <= last:
        return Ratio()
    return Ratio(int(sorry is not None and sorry <= last), 1)


def recovered(record: Record, terms: Terms) -> Ratio:
    verdict = made_good(record, satisfied=terms.satisfied)
    if verdict is None or not terms.covers(record.complained_at):
        return Ratio()
    return Ratio(int(verdict), 1)


def recovery_unknown(record: Record, terms: Terms) -> Ratio:
    if record.solution is None or not terms.covers(record.complained_at):
        return Ratio()
    return Ratio(int(made_good(record, satisfied=terms.satisfied) is None), 1)


def overturned(record: Record, terms: Terms) -> Ratio:
    rejected = next((at for at, genuine in record.verdicts if not genuine), None)
    if rejected is None or not terms.covers(rejected):
        return Ratio()
    after = (genuine for at, genuine in record.verdicts if at >= rejected)
    return Ratio(int(any(after)), 1)


def spread(record: Record, terms: Terms) -> Spread:
    sums: dict[tuple[str, str], Decimal] = {}
    for remedy in record.remedies:
        if terms.covers(remedy.at) and remedy.ours and remedy.amount and remedy.currency is not None:
            group = (record.topic, remedy.currency)
            sums[group] = sums.get(group, Decimal()) + remedy.amount
    return Spread({group: [amount] for group, amount in sums.items()})


def answered(record: Record, terms: Terms) -> Ratio:
    asked = [each.at for each in record.asked if each.about == "service"]
    windows = [(at, end) for at, end in zip_longest(asked, asked[1:]) if terms.covers(at)]
    within = [
        any(given.at >= at and (end is None or given.at < end) for given in record.given)
        for at, end in windows
    ]
    return Ratio(sum(within), len(within))


def satisfaction(record: Record, terms: Terms) -> Ratio:
    scores = [given.score for given in record.given if given.score is not None and terms.covers(given.at)]
    return Ratio(sum(scores), len(scores))
