"""Laws of priority: what may never put somebody further back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from supportkit.canonical import instant_text
from supportkit.cases import MICROSECOND
from supportkit.policy import Policy
from supportkit.priority import SPEND_FIELDS, KeywordFactor, LabelFactor, LinearAgeing
from supportkit.testing.laws.law import Counterexample, Law
from supportkit.testing.laws.outcome import Facts, Outcome, asked_at, changed, urgency
from supportkit.testing.strategies.facts import MORNING, fact_values, facts

__all__ = ["LAWS"]

_SPEND = frozenset(SPEND_FIELDS.values())
_AGES = st.timedeltas(timedelta(0), timedelta(days=40)) | st.timedeltas(timedelta(0), timedelta(days=400))
_AGES_TO_COME = timedelta(days=365_000)  # a lead of more years than a calendar has cannot be tried
Pair = tuple[Facts, Facts]


def _not_behind(policy: Policy, less: Facts, more: Facts) -> Counterexample | bool:
    """Compare two openings at one instant: the second must be no less urgent and stand no further back.

    True says that it made a difference.
    """
    now = asked_at(less)
    (_, first), (_, second) = (urgency(policy, each, now=now) for each in (less, more))
    rank = policy.priority.levels.rank
    if rank(second.priority) > rank(first.priority):
        expected = {"priority": first.priority}
        found = f"{second.priority} instead of {first.priority}\n{second.explain()}"
        return Counterexample(found, ((less, expected), (more, expected)), fails=True)
    if second.sort_key > first.sort_key:
        behind = _behind(first.sort_key, second.sort_key)
        found = f"both are {first.priority}, but it stands {behind} further back"
        return Counterexample(found, tuple((each, {"priority": first.priority}) for each in (less, more)))
    return (second.priority, second.sort_key) != (first.priority, first.sort_key)


def _behind(first: int, second: int) -> str:
    return f"{timedelta(seconds=(second - first) // 1_000_000)} of waiting"


def _compared(policy: Policy, pair: Pair) -> Counterexample | bool:
    return _not_behind(policy, *pair)


def _reads(*paths: str) -> Callable[[Policy], bool]:
    return lambda policy: not policy.priority.reads.isdisjoint(paths)


def _rising(*paths: str) -> Callable[[Policy], st.SearchStrategy[Pair]]:
    """Pairs of facts that differ in one of the paths that the policy reads, the lower value first."""

    def draw(policy: Policy) -> st.SearchStrategy[Pair]:
        def pairs(path: str) -> st.SearchStrategy[Pair]:
            values = fact_values(policy, path)
            two = st.lists(values, min_size=2, max_size=2, unique=True).map(sorted)
            return st.builds(
                lambda ends, rest: (changed(rest, {path: ends[0]}), changed(rest, {path: ends[1]})),
                two,
                facts(policy),
            )

        return st.one_of(*map(pairs, sorted(policy.priority.reads.intersection(paths))))

    return draw


def _unknown_spend(policy: Policy) -> st.SearchStrategy[Pair]:
    read = policy.priority.reads & _SPEND
    return facts(policy).map(
        lambda known: (changed(known, dict.fromkeys(read, 0)), changed(known, dict.fromkeys(read)))
    )


def _unknown_not_behind(policy: Policy, pair: Pair) -> Counterexample | bool:
    verdict = _not_behind(policy, *pair)
    return verdict if isinstance(verdict, Counterexample) else True


def _seen_by_all(policy: Policy) -> st.SearchStrategy[Pair]:
    private, public = ({"contact.visibility": name} for name in ("private", "public"))
    return facts(policy).map(lambda known: (changed(known, private), changed(known, public)))


# -- words ----------------------------------------------------------------------------------------------


def _keyword_factors(policy: Policy) -> list[KeywordFactor]:
    return [factor for factor in policy.priority.factors if isinstance(factor, KeywordFactor)]


def _only_adds(policy: Policy) -> bool:
    factors = _keyword_factors(policy)
    return bool(factors) and all(points >= 0 for factor in factors for points in factor.points.values())


def _mentioned(policy: Policy) -> st.SearchStrategy[Pair]:
    sets = [each for factor in _keyword_factors(policy) for each in factor.sets]
    phrases = [phrase.text for each in sets for phrase in each.phrases]

    def pair(phrase: str, known: Facts) -> Pair:
        # What it is stays as it was: this law is about how urgent it is.
        labels = {f"case.{name}": value for name, value in Outcome.of(policy, known).labels.items()}
        before = changed(known, labels)
        text = before["contact"].get("text", "")
        return before, changed(before, {"contact.text": f"{text}. {phrase}"})

    return st.builds(pair, st.sampled_from(phrases), facts(policy))


# -- feelings ---------------------------------------------------------------------------------------------


def _felt(policy: Policy) -> st.SearchStrategy[Any]:
    return fact_values(policy, "contact.sentiment")


def _feeling_is_no_ground(policy: Policy, sentiment: Any) -> Counterexample | bool:
    calm: Facts = {"contact": {}, "customer": {}, "case": {}}
    moved = changed(calm, {"contact.sentiment": sentiment})
    (_, first), (_, second) = (urgency(policy, each, now=MORNING) for each in (calm, moved))
    if (first.priority, first.score) == (second.priority, second.score):
        return True
    expected = {"priority": first.priority}
    found = f"{second.priority} ({second.score} points) with nothing but a sentiment"
    fails = second.priority != first.priority
    return Counterexample(found, ((calm, expected), (moved, expected)), fails=fails)


# -- waiting ------------------------------------------------------------------------------------------------


def _waited(policy: Policy) -> st.SearchStrategy[tuple[list[timedelta], Facts]]:
    two = st.lists(_AGES, min_size=2, max_size=2, unique=True).map(sorted)
    return st.tuples(two, facts(policy).map(lambda known: changed(known, {"case.opened_at": None})))


def _older_is_ahead(policy: Policy, drawn: tuple[list[timedelta], Facts]) -> Counterexample | bool:
    (short, long), known = drawn
    (_, young), (_, old) = (
        urgency(policy, changed(known, {"case.opened_at": MORNING - age}), now=MORNING)
        for age in (short, long)
    )
    rank = policy.priority.levels.rank
    places = [
        policy.priority.place(each.priority, each.sort_key, since=MORNING - age, now=MORNING)
        for each, age in ((old, long), (young, short))
    ]
    if rank(old.priority) <= rank(young.priority) and places[0] < places[1]:
        return True
    found = (
        f"at {instant_text(MORNING)} a case that waited {long} is {old.priority} (place {places[0]}), "
        f"one that waited {short} is {young.priority} (place {places[1]})"
    )
    return Counterexample(found, lines=(f"both with the facts {dict(known)}",))


def _two_cases(policy: Policy) -> st.SearchStrategy[Pair]:
    some = facts(policy).map(lambda known: changed(known, {"case.opened_at": None}))
    return st.tuples(some, some)


def _front_is_reached(policy: Policy, pair: Pair) -> Counterexample | bool:
    """Whoever is ahead by points comes behind as soon as they arrive later than these points are worth."""
    ahead, behind = sorted(pair, key=lambda known: _place(policy, known, MORNING))
    low, high = (_place(policy, known, MORNING) for known in (ahead, behind))
    lead = (high - low + 1) * MICROSECOND
    if high == low or lead > _AGES_TO_COME:
        return False
    if _place(policy, ahead, MORNING + lead) > high:
        return True
    found = f"a case stays ahead of another that opened {lead} before it, more than its points are worth"
    return Counterexample(found, lines=(f"ahead: {dict(ahead)}", f"behind: {dict(behind)}"))


def _place(policy: Policy, known: Facts, at: datetime) -> int:
    return urgency(policy, changed(known, {"case.opened_at": at}), now=at)[1].sort_key


# -- the worst wait ---------------------------------------------------------------------------------------


def _crowds(policy: Policy) -> st.SearchStrategy[tuple[Facts, ...]]:
    return st.lists(facts(policy), min_size=2, max_size=6).map(tuple)


def _within_the_bound(policy: Policy, crowd: tuple[Facts, ...]) -> Counterexample | bool:
    """Let all come at once, then as many in an hour, and pick as slowly as the bound assumes."""
    line, picks = policy.priority, len(crowd)
    bound = line.bound(arrivals_per_hour=picks, picks_per_hour=picks, burst=picks)
    if bound.unbounded:
        picks += 1
        bound = line.bound(arrivals_per_hour=len(crowd), picks_per_hour=picks, burst=len(crowd))
    every, now = timedelta(hours=1) / picks, MORNING
    coming = [(MORNING, dict(each)) for each in crowd]
    coming += [
        (MORNING + (n + 1) * timedelta(hours=1) / len(crowd), dict(each)) for n, each in enumerate(crowd)
    ]
    waiting: list[tuple[datetime, Facts, Any]] = []
    since = 0
    while coming or waiting:
        now += every
        waiting += [(at, known, _opened(policy, known, at)) for at, known in coming if at <= now]
        coming = [one for one in coming if one[0] > now]
        if not waiting:
            continue
        taken, since = _picked(policy, waiting, since, now)
        waiting.remove(taken)
        if bound.wait is None or now - taken[0] > bound.wait + picks * MICROSECOND:
            found = f"somebody waited {now - taken[0]}, and the bound is {bound.wait}"
            return Counterexample(found, lines=(f"that was {dict(taken[1])}",))
    return True


def _opened(policy: Policy, known: Facts, at: datetime) -> Any:
    return urgency(policy, changed(known, {"case.opened_at": at}), now=at)[1]


def _picked(
    policy: Policy, waiting: list[tuple[datetime, Facts, Any]], since: int, now: datetime
) -> tuple[tuple[datetime, Facts, Any], int]:
    line = policy.priority

    def place(one: tuple[datetime, Facts, Any]) -> tuple[int, datetime]:
        return line.place(one[2].priority, one[2].sort_key, since=one[0], now=now), one[0]

    def guarded(one: tuple[datetime, Facts, Any]) -> bool:
        case = {**one[1].get("case", {}), "priority": one[2].priority}
        return line.in_floor({**one[1], "case": case})

    head = min(waiting, key=place)
    neglected = min(filter(guarded, waiting), key=place, default=None)
    if neglected is None or line.order.floor is None:
        return head, 0
    if neglected is head or since + 1 >= line.order.floor.every:
        return neglected, 0
    return head, since + 1


def _promises_something(policy: Policy) -> bool:
    return policy.priority.order.ageing is not None or policy.priority.order.floor is not None


# -- critical customers -----------------------------------------------------------------------------------


def _critical(policy: Policy) -> list[LabelFactor]:
    return [
        factor
        for factor in policy.priority.factors
        if isinstance(factor, LabelFactor) and factor.path == "customer.criticality"
    ]


def _judges_both(policy: Policy) -> bool:
    return bool(_critical(policy)) and not policy.priority.reads.isdisjoint(_SPEND)


def _small_and_large(policy: Policy) -> st.SearchStrategy[Pair]:
    """An idle customer who spent much and is not critical, and a most critical one who spent nothing."""
    (factor, *_) = _critical(policy)
    most = max(factor.points, key=lambda label: factor.points[label])
    read = policy.priority.reads & _SPEND
    idle = {"customer.open_cases": 0, "customer.criticality": None}
    return st.tuples(facts(policy), fact_values(policy, min(read))).map(
        lambda drawn: (
            changed(drawn[0], {**idle, **dict.fromkeys(read, drawn[1])}),
            changed(drawn[0], {**idle, **dict.fromkeys(read, 0), "customer.criticality": most}),
        )
    )


_NO_DIFFERENCE = "{} never made a difference"
LAWS = (
    Law(
        "more_spend_never_lowers",
        "All else being equal, whoever spent more is not less urgent and stands no further back.",
        source="R63",
        applies=_reads(*_SPEND),
        cases=_rising(*sorted(_SPEND)),
        judge=_compared,
        premise=_NO_DIFFERENCE.format("more spend"),
        way_out="give the spend tiers points above 0, or take spend out of the section priority",
    ),
    Law(
        "unknown_spend_never_lowers",
        "A customer whose spend is unknown is not behind one who spent nothing.",
        source="R63",
        applies=_reads(*_SPEND),
        cases=_unknown_spend,
        judge=_unknown_not_behind,
    ),
    Law(
        "an_open_case_never_sinks",
        "All else being equal, a customer with an open case is not behind a new one.",
        source="R61",
        applies=_reads("customer.open_cases"),
        cases=_rising("customer.open_cases"),
        judge=_compared,
        premise=_NO_DIFFERENCE.format("an open case"),
        way_out="give open_case points above 0, or take it out of the section priority",
    ),
    Law(
        "public_is_never_behind_private",
        "What the world can see is not behind the same said in private.",
        source="R7",
        applies=_reads("contact.visibility"),
        cases=_seen_by_all,
        judge=_compared,
        premise=_NO_DIFFERENCE.format("being public"),
        way_out="give public points above 0, or take it out of the section priority",
    ),
    Law(
        "more_words_never_lower",
        "Mentioning a keyword more never makes a case less urgent.",
        source="R23",
        applies=_only_adds,
        cases=_mentioned,
        judge=_compared,
        premise=_NO_DIFFERENCE.format("a keyword more"),
        way_out="give a keyword set points above 0, or take the factor keywords out",
    ),
    Law(
        "sentiment_is_never_the_sole_ground",
        "Where nothing else is known, a sentiment changes nothing.",
        source="R66",
        applies=_reads("contact.sentiment"),
        cases=_felt,
        judge=_feeling_is_no_ground,
    ),
    Law(
        "waiting_never_lowers",
        "All else being equal, whoever waited longer is not less urgent and stands further ahead.",
        source="R74",
        cases=_waited,
        judge=_older_is_ahead,
    ),
    Law(
        "everybody_reaches_the_front",
        "Nobody passes a case who arrives later than the points between the two are worth.",
        source="R72",
        applies=lambda policy: isinstance(policy.priority.order.ageing, LinearAgeing),
        cases=_two_cases,
        judge=_front_is_reached,
        premise="no two cases ever had different places",
        way_out="give a factor points, or take ageing out of the section priority",
    ),
    Law(
        "nobody_waits_beyond_the_bound",
        "As long as no more arrive than are picked, nobody waits longer than the bound says.",
        source="R72",
        applies=_promises_something,
        cases=_crowds,
        judge=_within_the_bound,
    ),
    Law(
        "critical_beats_spend",
        "All else being equal, a most critical small customer is not behind an idle one who spent much.",
        source="R64",
        applies=_judges_both,
        cases=_small_and_large,
        judge=_compared,
        premise=_NO_DIFFERENCE.format("being critical"),
        way_out="give the label of criticality more points than the highest tier of spend",
    ),
)
