"""Laws of a policy's escalation: kept by plans of every clock, and each found where an engine breaks it."""

import pytest
from attrs import evolve
from hypothesis import Phase, settings

from supportkit import Policy
from supportkit.cases import Event
from supportkit.escalation import EscalationPolicy
from supportkit.testing import laws
from supportkit.testing.laws import LawBroken, LawVacuous

NAMES = {"looking_again_tells_nobody", "what_an_escalation_does_raises_nothing", "quiet_hours_are_kept"}
UNSHRUNK = settings(max_examples=50, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
TELL = {"to": "ann", "wait": "1 hour"}
PLANS = {
    "ladder": {"levels": [TELL, {**TELL, "then": {"case.priority": "urgent"}}], "repeat": 1},
    "again": {"starts": "priority.decided", "levels": [TELL]},
    "quiet": {"levels": [{**TELL, "after": "30 minutes"}], "quiet_hours": {"from": "20:00", "to": "09:00"}},
    "around": {"mode": "deadline", "metric": "first_response", "levels": [{"percent": 50, "to": "ann"}]},
    "after": {"mode": "offset", "levels": [{"after": "1 hour", "to": "ann"}], "catch_up": "one_step"},
    "idle": {"mode": "age", "basis": "last_modified", "levels": [{"over": "8 hours", "to": "ann"}]},
    "up": {"mode": "priority_ladder", "every": "1 day", "order": ["normal", "urgent"]},
    "chain": {"mode": "chain", "steps": [{"do": "wait", "for": "1 hour"}, {"do": "notify", "to": "ann"}]},
}
OFFICE = Policy.from_dict(
    {
        "priority": {"levels": {"urgent": 60, "normal": 0}},
        "sla": {"first_response": [{"within": "4 hours", "calendar": "always"}]},
        "escalation": PLANS,
    }
)


def law_of(policy, name):
    return next(law for law in laws.of(policy) if law.name == name)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_plans_of_every_clock_keep_it(name):
    law_of(OFFICE, name).check(OFFICE)


def test_only_what_applies_is_listed():
    assert not NAMES & {law.name for law in laws.of(Policy.from_dict({}))}
    plain = Policy.from_dict({"escalation": {"ladder": {"levels": [TELL]}}})
    assert NAMES & {law.name for law in laws.of(plain)} == NAMES - {"quiet_hours_are_kept"}


def test_plans_that_never_tell_anybody_put_nothing_to_the_test():
    silent = Policy.from_dict(
        {"escalation": {"ladder": {"levels": [{**TELL, "when": "case.transfers > 99"}]}}}
    )
    with pytest.raises(LawVacuous, match="no level told anybody"):
        law_of(silent, "looking_again_tells_nobody").check(silent, max_examples=5)


class Restless(EscalationPolicy):
    """Takes every look for the instant at which everything is due."""

    def step(self, state, event, **asked):
        if event is None and state is not None:
            plans = {name: evolve(at, due=asked["now"]) for name, at in state.plans.items()}
            state = evolve(state, plans=plans)
        return super().step(state, event, **asked)


class Forgetful(EscalationPolicy):
    """Forgets what caused an event."""

    def step(self, state, event, **asked):
        if event is not None and event.kind == "priority.decided":
            event = Event.of(event.kind, at=event.at, priority="urgent")
        return super().step(state, event, **asked)


class Loud(EscalationPolicy):
    """Knows no quiet hours."""

    def step(self, state, event, **asked):
        loud = {name: evolve(plan, quiet=None) for name, plan in self.plans.items()}
        return EscalationPolicy(loud).step(state, event, **asked)


@pytest.mark.parametrize(
    ("name", "engine", "found"),
    (
        ("looking_again_tells_nobody", Restless, "tells somebody"),
        ("what_an_escalation_does_raises_nothing", Forgetful, "raises it again"),
        ("quiet_hours_are_kept", Loud, "in quiet hours"),
    ),
)
def test_an_engine_that_breaks_it_is_found(name, engine, found):
    broken = evolve(OFFICE, escalation=engine(OFFICE.escalation.plans))
    with pytest.raises(LawBroken, match=found):
        law_of(OFFICE, name).check(broken, settings=UNSHRUNK)
