"""What check finds in the plans of an escalation: levels that never come, hours that never open."""

import pytest

from supportkit import Policy
from supportkit.policy import check

PRIORITY = {"levels": {"urgent": 60, "normal": 0}}
TELL = {"to": "ann", "wait": "1 hour"}


def found(plan, **checking):
    policy = Policy.from_dict({"priority": PRIORITY, "escalation": {"p": plan}})
    return [(finding.code, finding.path) for finding in check(policy, **checking)]


@pytest.mark.parametrize(
    ("plan", "finding"),
    (
        ({"levels": [{**TELL, "when": "case.transfers > 5 and case.transfers < 3"}]}, ("unsatisfiable", "levels[0]")),
        (
            {"levels": [TELL], "quiet_hours": {"from": "22:00", "to": "07:00", "unless": "case.reopens < 0 and case.reopens > 0"}},
            ("unsatisfiable", "quiet_hours.unless"),
        ),
        (
            {"mode": "age", "entries": [{"levels": [{"over": "1 hour", "to": "a"}]}, {"when": "case.public", "levels": [{"over": "1 hour", "to": "b"}]}]},
            ("shadowed", "entries[1]"),
        ),
        ({"levels": [{**TELL, "window": {"from": "09:00", "to": "09:00"}}]}, ("never_opens", "levels[0].window")),
        ({"levels": [TELL], "quiet_hours": {"from": "09:00", "to": "09:00"}}, ("never_opens", "quiet_hours")),
        ({"levels": [{**TELL, "window": {"from": "23:00", "to": "05:00"}}], "quiet_hours": {"from": "22:00", "to": "07:00"}}, ("never_opens", "levels[0].window")),
        ({"levels": [TELL], "quiet_hours": {"from": "00:00", "to": "24:00"}}, ("unreachable", "quiet_hours")),
        (
            {"mode": "chain", "steps": [{"do": "notify", "to": "a"}, {"do": "resolve"}, {"do": "notify", "to": "b"}]},
            ("unreachable", "steps[2]"),
        ),
        (
            {"mode": "chain", "steps": [{"do": "wait", "for": "1 hour"}, {"do": "notify", "to": "a"}, {"do": "repeat", "times": -1}, {"do": "resolve"}]},
            ("unreachable", "steps[3]"),
        ),
        ({"mode": "deadline", "metric": "first_reply", "levels": [{"percent": 50, "to": "a"}]}, ("unreachable", "metric")),
        ({"mode": "priority_ladder", "every": "1 day", "order": ["normal", "high", "urgent"]}, ("unknown_priority", "order")),
        ({"levels": [{**TELL, "then": {"case.priority": "hihg"}}]}, ("unknown_priority", "levels[0].then")),
        ({"levels": [{"to": [], "wait": "1 hour"}]}, ("nobody", "levels[0].to")),
        ({"levels": [{"to": [], "wait": "1 hour"}], "repeat": -1}, ("endless", None)),
        (
            {"mode": "offset", "levels": [{"to": "a", "if": "not_closed"}], "repeat": {"after": "1 hour", "times": -1}},
            ("endless", "repeat"),
        ),
        (
            {"mode": "offset", "levels": [{"to": "a"}], "repeat": {"after": "1 hour", "times": -1, "revert_ack": True}},
            ("endless", "repeat"),
        ),
    ),
)  # fmt: skip
def test_what_can_never_happen_or_never_ends_is_found(plan, finding):
    code, place = finding
    assert (code, f"escalation.p.{place}" if place else "escalation.p") in found(plan)


def test_a_window_in_a_chain_that_never_opens_keeps_what_comes_after_it():
    steps = [{"do": "window", "from": "09:00", "to": "09:00"}, {"do": "notify", "to": "a"}]
    assert found({"mode": "chain", "steps": steps}) == [
        ("never_opens", "escalation.p.steps[0]"), ("unreachable", "escalation.p.steps[1]"),
    ]  # fmt: skip


@pytest.mark.parametrize(("schedules", "codes"), ((None, []), ({"night"}, []), (set(), ["nobody"])))
def test_a_schedule_that_nobody_covers_is_found_when_the_schedules_are_told(schedules, codes):
    plan = {"levels": [{"to": ["schedule:night", {"one_of": ["ann"]}], "wait": "1 hour"}]}
    assert [code for code, _ in found(plan, schedules=schedules)] == codes


@pytest.mark.parametrize(
    "plan",
    (
        {
            "levels": [{**TELL, "when": "case.public"}],
            "repeat": -1,
            "quiet_hours": {"from": "22:00", "to": "07:00"},
        },
        {"mode": "age", "entries": [{"when": "case.public", "levels": [{"over": "1 hour", "to": "a"}]}]},
        {"mode": "deadline", "metric": "promise", "levels": [{"offset": "0 minutes", "to": "a"}]},
        {"mode": "deadline", "metric": "first_response", "levels": [{"offset": "0 minutes", "to": "a"}]},
        {"mode": "priority_ladder", "every": "1 day", "order": ["normal", "urgent"]},
        {"mode": "counter", "of": "case.transfers", "at_least": 3, "to": "lead"},
        {
            "mode": "chain",
            "steps": [{"do": "notify", "to": "a"}, {"do": "repeat", "times": 2}, {"do": "resolve"}],
        },
        {"mode": "offset", "levels": [{"to": "a"}], "repeat": {"after": "1 hour", "times": -1}},
    ),
)
def test_a_plan_that_can_happen_is_left_alone(plan):
    assert found(plan) == []
