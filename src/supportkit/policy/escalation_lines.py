"""What is wrong with the plans of an escalation beyond what loading checks: levels that never come."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime

from attrs import evolve

from supportkit.escalation import Entry, Hours, Level, OneOf, Plan, QuietHours
from supportkit.policy.lines import LineFinding
from supportkit.policy.policy import Policy
from supportkit.rules import Expression, Rule, RuleSet, Schema, analyse

__all__ = ["escalation_findings"]

_SCHEDULE = "schedule:"
_SOME_TIME = datetime(2026, 1, 5, tzinfo=UTC)


def escalation_findings(policy: Policy, *, schedules: Collection[str] | None = None) -> Iterator[LineFinding]:
    """Find levels that can never fire, hours that never open, and plans that nothing can end.

    `schedules` are the names of the rotations there are; without them no schedule is looked up.
    """
    for name, plan in policy.escalation.plans.items():
        path = f"escalation.{name}"
        if name in policy.document.get("escalation", {}):
            yield from _never_true(policy, plan, path)
            yield from _never_open(plan, path)
            yield from _never_reached(policy, plan, path)
            yield from _nobody(plan, path, schedules)
            yield from _endless(plan, path)


def _places(plan: Plan, path: str) -> Iterator[tuple[str, Level]]:
    """Yield every level of a plan with its place in the document."""
    word = "steps" if plan.mode == "chain" else "levels"
    if plan.mode in {"counter", "priority_ladder"}:
        yield from ((path, level) for level in plan.levels[:1])
    elif plan.mode != "age" or plan.levels:
        yield from ((f"{path}.{word}[{number}]", level) for number, level in enumerate(plan.levels))
    else:
        for index, entry in enumerate(plan.entries):
            place = f"{path}.entries[{index}].levels"
            yield from ((f"{place}[{number}]", level) for number, level in enumerate(entry.levels))


# -- conditions -----------------------------------------------------------------------------------


def _never_true(policy: Policy, plan: Plan, path: str) -> Iterator[LineFinding]:
    """Find conditions that nothing fits, and entries whose cases all go to earlier ones."""
    conditions = {place: level.when for place, level in _places(plan, path) if level.when is not None}
    if plan.quiet is not None and plan.quiet.unless is not None:
        conditions[f"{path}.quiet_hours.unless"] = plan.quiet.unless
    yield from _unfit(policy, conditions, hit="collect")
    if plan.entries and "entries" in policy.document["escalation"][plan.name]:
        entries = {f"{path}.entries[{n}]": _condition(entry) for n, entry in enumerate(plan.entries)}
        yield from _unfit(policy, entries, hit="first")


def _condition(entry: Entry) -> Expression | str:
    return "True" if entry.when is None else entry.when


def _unfit(policy: Policy, conditions: Mapping[str, Expression | str], *, hit: str) -> Iterator[LineFinding]:
    if not conditions:
        return
    anything = Schema([evolve(each, nullable=True) for each in policy.fields])
    rules = [Rule(place, when, {"place": place}) for place, when in conditions.items()]
    found = analyse(
        RuleSet(rules, schema=anything, hit=hit, keywords=policy.keywords), calendars=policy.calendars
    )
    for finding in found:
        if finding.code in {"unsatisfiable", "shadowed"}:
            (place,) = finding.rules
            message = "nothing ever fits this condition"
            if finding.code == "shadowed":
                message = f"this never counts: whatever fits it fits {' or '.join(finding.by)} first"
            yield LineFinding(finding.code, place, message)


# -- hours ----------------------------------------------------------------------------------------


def _never_open(plan: Plan, path: str) -> Iterator[LineFinding]:
    for place, level in _places(plan, path):
        if level.window is not None and level.window.start == level.window.end:
            where = place if plan.mode == "chain" else f"{place}.window"
            yield LineFinding("never_opens", where, "these hours end when they begin, so they never come")
        elif level.window is not None and plan.mode == "ladder" and _hushed(level.window, plan.quiet):
            yield LineFinding(
                "never_opens", f"{place}.window", "these hours lie in the quiet hours of the plan"
            )
    quiet = plan.quiet
    if quiet is None:
        return
    if quiet.hours.start == quiet.hours.end:
        yield LineFinding(
            "never_opens", f"{path}.quiet_hours", "these hours end when they begin: nothing is quiet"
        )
    elif quiet.unless is None and _always(quiet.hours):
        message = "these hours never end, so the plan never fires by itself"
        yield LineFinding("unreachable", f"{path}.quiet_hours", message)


def _hushed(window: Hours, quiet: QuietHours | None) -> bool:
    """Return whether a window lies in quiet hours, week after week, so that nothing fires in it."""
    opens: datetime | None = _SOME_TIME
    for _ in range(14 if quiet is not None and quiet.unless is None else 0):
        opens = None if opens is None else window.opens(opens)
        ends = None if opens is None else window.ends(opens)
        if opens is None or ends is None or quiet is None or not quiet.hours.holds(opens):
            return False
        if (quiet.hours.ends(opens) or ends) < ends:
            return False
        opens = ends
    return quiet is not None and quiet.unless is None


def _always(hours: Hours) -> bool:
    return hours.ends(_SOME_TIME) is None


# -- levels ---------------------------------------------------------------------------------------


def _never_reached(policy: Policy, plan: Plan, path: str) -> Iterator[LineFinding]:
    """Find levels behind something that never lets them come."""
    if plan.mode == "chain":
        yield from _behind(plan, path)
    if plan.mode == "deadline" and plan.metric not in {"promise", *policy.sla.metrics}:
        message = f"the policy owes nothing called {plan.metric!r}, so nothing is ever due"
        yield LineFinding("unreachable", f"{path}.metric", message)
    set_by = [(f"{place}.then", level.then.get("case.priority")) for place, level in _places(plan, path)]
    for place, priority in [*((f"{path}.order", word) for word in plan.order), *set_by]:
        if priority is not None and priority not in policy.priority.levels.names:
            known = ", ".join(policy.priority.levels.names)
            message = f"the policy has no priority {priority!r}; it has {known}"
            yield LineFinding("unknown_priority", place, message)


def _behind(plan: Plan, path: str) -> Iterator[LineFinding]:
    for number, step in enumerate(plan.levels):
        never = step.window is not None and step.window.start == step.window.end
        if step.do == "resolve" or never or (step.do == "repeat" and step.times < 0):
            if number + 1 < len(plan.levels):
                because = (
                    "never opens"
                    if never
                    else "ends the chain"
                    if step.do == "resolve"
                    else "goes back for ever"
                )
                message = f"no step comes after steps[{number}], which {because}"
                yield LineFinding("unreachable", f"{path}.steps[{number + 1}]", message)
            return


def _nobody(plan: Plan, path: str, schedules: Collection[str] | None) -> Iterator[LineFinding]:
    """Find levels that tell nobody at any hour."""
    for place, level in _places(plan, path):
        if level.do != "notify" or plan.mode == "priority_ladder":
            continue
        missing = [one for one in level.to if schedules is not None and _unknown(one, schedules)]
        if not level.to:
            yield LineFinding("nobody", f"{place}.to", "this level tells nobody")
        elif missing:
            yield LineFinding("nobody", f"{place}.to", f"nobody is ever on call for {missing[0]}")


def _unknown(target: str | OneOf, schedules: Collection[str]) -> bool:
    if isinstance(target, OneOf) or not target.startswith(_SCHEDULE):
        return False
    return target.removeprefix(_SCHEDULE) not in schedules


def _endless(plan: Plan, path: str) -> Iterator[LineFinding]:
    """Find plans that repeat for ever whatever anybody does."""
    forever = plan.repeat < 0 or any(level.do == "repeat" and level.times < 0 for level in plan.levels)
    if not forever:
        return
    told = [level for level in plan.levels if level.to]
    if not told:
        yield LineFinding("endless", path, "this repeats for ever and tells nobody who could stop it")
    elif plan.revert_ack or any(not level.only_unacked for level in told if plan.mode == "offset"):
        message = "this repeats for ever: an acknowledgement does not stop it, only the end of the case"
        yield LineFinding("endless", f"{path}.repeat", message)
