"""A step in words."""

import pytest

from supportkit.escalation import StepFault


def test_a_step_says_who_is_told_what_changes_and_where_plans_stand(opened):
    ladder = opened(
        levels=[{"to": "ann", "wait": "10 minutes"}, {"to": "bob", "then": {"case.priority": "high"}}]
    )
    ladder.tick(12)
    assert ladder.step.explain().splitlines() == [
        "ladder, level 2 tells bob at 2026-07-01 09:12:00 UTC, due 2026-07-01 09:10:00 UTC",
        "case.priority becomes high",
        "ladder is at level 2, next at 2026-07-01 09:17:00 UTC",
    ]


def test_it_names_those_a_level_stands_for_and_nobody(opened):
    ladder = opened(levels=[{"to": n, "wait": "1 minute"} for n in ("ann", "bob")] + [{"to": "schedule:x"}])
    ladder.tick(12)
    first, fault, _ = ladder.step.explain().splitlines()
    assert first.endswith(
        "tells nobody at 2026-07-01 09:12:00 UTC, due 2026-07-01 09:02:00 UTC, in place of 2"
    )
    assert fault == "nobody is on call for schedule:x"


@pytest.mark.parametrize(
    ("kind", "said", "words"),
    (
        ("escalation.acked", {"by": "eve"}, "ladder is in the hands of eve"),
        ("escalation.snoozed", {}, "ladder is put off"),
        (
            "escalation.maintenance",
            {"on": True},
            "ladder is held by maintenance, next at 2026-07-01 09:10:00 UTC",
        ),
        ("escalation.attached", {"to": "9"}, "ladder does nothing"),
        ("case.closed", {}, "ladder is over"),
    ),
)
def test_every_status_has_its_words(opened, kind, said, words):
    ladder = opened()
    ladder.event(1, kind, **said)
    assert ladder.step.explain() == words


def test_outside_its_levels_is_said_so(opened):
    ladder = opened()
    ladder.event(1, "escalation.reassigned", to="eve")
    assert ladder.step.explain().splitlines() == [
        "ladder, outside its levels tells eve at 2026-07-01 09:01:00 UTC",
        "ladder was taken over by somebody",
    ]


def test_a_fault_without_words_of_its_own_is_told_by_its_code():
    assert StepFault("odd", "p.1").explain() == "odd: p.1"
