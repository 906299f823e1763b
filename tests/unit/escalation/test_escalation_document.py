"""Reading plans: everything that is wrong is told at once, with its place."""

from datetime import timedelta

import pytest

from supportkit.cases import FACTS
from supportkit.errors import PolicyError
from supportkit.escalation import EscalationPolicy, Level, OneOf, Plan
from supportkit.rules import parse

TEN = timedelta(minutes=10)


def faults(document, **reading):
    with pytest.raises(PolicyError) as error:
        EscalationPolicy.from_dict(document, **reading)
    return [(fault.code, fault.path) for fault in error.value.faults]


def plan_of(plan, **reading):
    return EscalationPolicy.from_dict({"p": plan}, **reading).plans["p"]


def test_a_plan_reads_as_written():
    plan = plan_of(
        {
            "id": "v2",
            "starts": "recovery.complaint_raised",
            "repeat": "1",
            "catch_up": "replay",
            "hold_while": "waiting_customer",
            "ack_timeout": timedelta(hours=1),
            "tell_acker": "yes",
            "on_wake": "restart",
            "on_unack": "resume",
            "edits": "live",
            "levels": [
                {
                    "id": "first",
                    "to": ["team:net", {"one_of": ["b", "a"]}],
                    "after": "1 minute",
                    "wait": "PT10M",
                    "kind": "functional",
                    "when": "case.public",
                    "then": {"case.priority": "urgent"},
                    "skip_if_empty": True,
                    "ack": "any",
                },
                {"to": "schedule:night", "wait": "1 hour 30 minutes"},
            ],
        }
    )
    assert plan == Plan(
        name="p",
        id="v2",
        starts="recovery.complaint_raised",
        delay=timedelta(minutes=1),
        repeat=1,
        catch_up="replay",
        hold_while=frozenset({"waiting_customer"}),
        ack_timeout=timedelta(hours=1),
        tell_acker=True,
        on_wake="restart",
        on_unack="resume",
        levels=(
            Level(
                id="first",
                to=("team:net", OneOf(("b", "a"))),
                wait=TEN,
                kind="functional",
                when=parse("case.public"),
                then={"case.priority": "urgent"},
                skip_if_empty=True,
            ),
            Level(id="2", to=("schedule:night",), wait=timedelta(minutes=90)),
        ),
    )


@pytest.mark.parametrize(
    ("text", "duration"),
    (
        ("90 seconds", timedelta(seconds=90)),
        ("1 minute", timedelta(minutes=1)),
        ("2 Hours", timedelta(hours=2)),
        ("1 day", timedelta(days=1)),
        ("2 weeks", timedelta(weeks=2)),
        ("1 hour, 30 minutes", timedelta(minutes=90)),
        ("p1dt2h", timedelta(hours=26)),
    ),
)
def test_durations_are_read_as_people_write_them(text, duration):
    assert plan_of({"levels": [{"to": "a", "wait": text}]}).levels[0].wait == duration


@pytest.mark.parametrize(
    "text", ("30", "30 mins", 30, "soon", "", "-1 minute", "PT", timedelta(-1), "9999 weeks", True)
)
def test_what_is_no_duration_is_refused(text):
    assert faults({"p": {"levels": [{"to": "a", "wait": text}]}}) == [
        ("bad_value", "escalation.p.levels[0].wait")
    ]


def test_all_faults_of_a_document_come_together():
    document = {
        "a": {
            "starts": "case.open ed",
            "levls": [],
            "levels": [{"to": "x", "kind": "hierarchicl"}, {"wait": "1 hour"}],
        },
        "b": {"mode": "cain", "steps": []},
        "c": [],
    }
    assert faults(document) == [
        ("unknown_key", "escalation.a.levls"),
        ("unknown_kind", "escalation.a.starts"),
        ("bad_value", "escalation.a.levels[0].kind"),
        ("step_not_configured", "escalation.a.levels[1].to"),
        ("wait_not_configured", "escalation.a.levels[0].wait"),
        ("bad_value", "escalation.b.mode"),
        ("not_a_mapping", "escalation.c"),
    ]


def test_an_unknown_key_is_told_with_the_nearest_name():
    with pytest.raises(
        PolicyError, match=r"escalation\.p\.levls: 'levls' is not known here \(did you mean 'levels'\?\)"
    ):
        EscalationPolicy.from_dict({"p": {"levls": [], "levels": []}})


LEVEL = {"to": "a", "wait": "1 minute"}


@pytest.mark.parametrize(
    ("plan", "fault"),
    (
        ({}, ("missing", "levels")),
        ({"levels": "ann"}, ("missing", "levels")),
        ({"levels": ["ann"]}, ("not_a_mapping", "levels[0]")),
        ({"levels": [{"to": ""}]}, ("bad_target", "levels[0].to")),
        ({"levels": [{"to": ["a", 5]}]}, ("bad_target", "levels[0].to[1]")),
        ({"levels": [{"to": {"one_of": []}}]}, ("bad_target", "levels[0].to")),
        ({"levels": [{"to": "a", "when": "case.public =="}]}, ("syntax", "levels[0].when")),
        ({"levels": [{"to": "a", "then": ["x"]}]}, ("bad_value", "levels[0].then")),
        ({"levels": [{"to": "a", "skip_if_empty": "maybe"}]}, ("bad_value", "levels[0].skip_if_empty")),
        ({"levels": [{**LEVEL, "id": "x"}, {**LEVEL, "id": "x"}]}, ("duplicate_id", "levels[1].id")),
        ({"levels": [LEVEL, {"to": "b", "after": "2 minutes"}]}, ("wait_twice", "levels[0].wait")),
        ({"levels": [LEVEL], "repeat": -2}, ("bad_value", "repeat")),
        ({"levels": [LEVEL], "repeat": "often"}, ("bad_value", "repeat")),
        ({"levels": [LEVEL], "repeat": True}, ("bad_value", "repeat")),
        ({"levels": [{"to": "a"}], "repeat": 1}, ("wait_not_configured", "levels[0].wait")),
        ({"levels": [{"to": "a", "wait": "0 minutes"}], "repeat": 1}, ("no_time", "repeat")),
        ({"levels": [], "catch_up": "none"}, ("bad_value", "catch_up")),
        ({"levels": [], "hold_while": ["asleep"]}, ("bad_value", "hold_while")),
        ({"levels": [], "starts": "opened"}, ("bad_value", "starts")),
        ({"levels": [], "starts": "escalation.fired"}, ("never_starts", "starts")),
        ({"levels": [], "starts": "case.closed"}, ("never_starts", "starts")),
        ({"levels": [], "starts": "escalation.manager_requested"}, ("manager_waits", "levels")),
        ({"starts": "escalation.manager_requested", "levels": [{"to": "a", "after": "1 hour"}]}, ("manager_waits", "levels[0].after")),
        ({"mode": "counter", "at_least": 1, "to": "a"}, ("missing", "of")),
        ({"mode": "counter", "of": "case.transfers", "to": "a"}, ("bad_value", "at_least")),
        ({"mode": "counter", "of": "case.transfers", "at_least": 0, "to": "a"}, ("bad_value", "at_least")),
        ({"mode": "counter", "of": "case transfers", "at_least": 1, "to": "a"}, ("syntax", "of")),
        ({"mode": "counter", "of": "case.transfers", "at_least": 1}, ("step_not_configured", "to")),
        ({"mode": "counter", "of": "case.transfers", "at_least": 1, "to": "a", "levels": []}, ("unknown_key", "levels")),
        ({"levels": [{"to": "a", "ack": "some"}]}, ("bad_value", "levels[0].ack")),
        ({"levels": [{"to": "a", "window": "noon"}]}, ("not_a_mapping", "levels[0].window")),
        ({"levels": [{"to": "a", "window": {"from": "08:00"}}]}, ("missing", "levels[0].window.to")),
        ({"levels": [{"to": "a", "window": {"from": "08:00", "to": "26:00"}}]}, ("bad_value", "levels[0].window")),
        ({"levels": [{"to": "a", "window": {"from": "08:00", "to": "18:00", "outside": "wait"}}]}, ("bad_value", "levels[0].window.outside")),
        ({"levels": [], "quiet_hours": "night"}, ("not_a_mapping", "quiet_hours")),
        ({"levels": [], "quiet_hours": {"from": "22:00", "to": "07:00", "zone": "Mars/North"}}, ("bad_value", "quiet_hours")),
        ({"levels": [], "quiet_hours": {"from": "22:00", "to": "07:00", "unless": "case.public =="}}, ("syntax", "quiet_hours.unless")),
        ({"levels": [], "finally": "reopen"}, ("bad_value", "finally")),
        ({"levels": [], "finally": {"to": ""}}, ("bad_target", "finally.to")),
        ({"levels": [], "acked_reminder": "soon"}, ("bad_value", "acked_reminder")),
        ({"levels": [], "activity_defers": "maybe"}, ("bad_value", "activity_defers")),
        ({"levels": [], "activity_defers": ["contact.wrote"]}, ("unknown_kind", "activity_defers[0]")),
        ({"levels": [], "edits": "never"}, ("bad_value", "edits")),
        ({"levels": [], "starts": 5}, ("bad_value", "starts")),
        ({"mode": "offset"}, ("missing", "levels")),
        ({"mode": "offset", "levels": [{"to": "a", "if": "asleep"}]}, ("bad_value", "levels[0].if")),
        ({"mode": "offset", "levels": [{"to": "a", "after": "-1 hour"}]}, ("bad_value", "levels[0].after")),
        ({"mode": "offset", "levels": [5]}, ("not_a_mapping", "levels[0]")),
        ({"mode": "offset", "levels": [{"to": "a", "id": "x"}, {"to": "a", "id": "x"}]}, ("duplicate_id", "levels[1].id")),
        ({"mode": "offset", "levels": [{"to": "a"}], "repeat": 3}, ("not_a_mapping", "repeat")),
        ({"mode": "offset", "levels": [{"to": "a"}], "repeat": {"after": "0 minutes"}}, ("no_time", "repeat.after")),
        ({"mode": "offset", "levels": [{"to": "a"}], "repeat": {"times": 2}}, ("missing", "repeat.after")),
        ({"mode": "deadline", "levels": []}, ("missing", "metric")),
        ({"mode": "deadline", "metric": "m", "levels": [{"to": "a"}]}, ("missing", "levels[0].offset")),
        ({"mode": "deadline", "metric": "m", "levels": [{"to": "a", "offset": "1 hour", "percent": 5}]}, ("missing", "levels[0].offset")),
        ({"mode": "deadline", "metric": "m", "levels": [{"to": "a", "percent": "half"}]}, ("bad_value", "levels[0].percent")),
        ({"mode": "deadline", "metric": "m", "levels": [{"to": "a", "percent": -1}]}, ("bad_value", "levels[0].percent")),
        ({"mode": "deadline", "metric": "m", "levels": [{"to": "a", "percent": True}]}, ("bad_value", "levels[0].percent")),
        ({"mode": "deadline", "metric": "m", "levels": [{"to": "a", "offset": "soon"}]}, ("bad_value", "levels[0].offset")),
        ({"mode": "deadline", "metric": "m", "levels": [], "renotify": {"every": "1 hour", "each": "1 hour"}}, ("unknown_key", "renotify.each")),
        ({"mode": "deadline", "metric": "m", "levels": [], "notify_in": "offise"}, ("unknown_calendar", "notify_in")),
        ({"mode": "age", "levels": [{"to": "a"}]}, ("missing", "levels[0].over")),
        ({"mode": "age", "levels": [{"to": "a", "over": "0 hours"}]}, ("no_time", "levels[0].over")),
        ({"mode": "age", "levels": [], "basis": "birth"}, ("bad_value", "basis")),
        ({"mode": "age", "levels": [], "entries": []}, ("unknown_key", "levels")),
        ({"mode": "age", "entries": [5]}, ("not_a_mapping", "entries[0]")),
        ({"mode": "age", "entries": [{"when": "case.public ==", "levels": []}]}, ("syntax", "entries[0].when")),
        ({"mode": "age", "calendar": {"zone": 5}, "levels": []}, ("bad_value", "calendar")),
        ({"mode": "priority_ladder", "order": ["a", "b"]}, ("missing", "every")),
        ({"mode": "priority_ladder", "every": "1 day", "order": ["a"]}, ("bad_value", "order")),
        ({"mode": "priority_ladder", "every": "1 day", "order": ["a", "a"]}, ("bad_value", "order")),
        ({"mode": "priority_ladder", "every": "1 day", "order": "abc"}, ("bad_value", "order")),
        ({"mode": "chain"}, ("missing", "steps")),
        ({"mode": "chain", "steps": ["wait"]}, ("not_a_mapping", "steps[0]")),
        ({"mode": "chain", "steps": [{"do": "nottify", "to": "a"}]}, ("bad_value", "steps[0].do")),
        ({"mode": "chain", "steps": [{"do": "wait"}]}, ("wait_not_configured", "steps[0].for")),
        ({"mode": "chain", "steps": [{"do": "window", "from": "08:00"}]}, ("missing", "steps[0].to")),
        ({"mode": "chain", "steps": [{"do": "threshold", "of": "contact.received", "more_than": "few", "within": "1 hour"}]}, ("bad_value", "steps[0].more_than")),
        ({"mode": "chain", "steps": [{"do": "notify", "to": "a", "for": "1 hour"}]}, ("unknown_key", "steps[0].for")),
        ({"mode": "chain", "steps": [{"do": "notify", "to": "a"}, {"do": "repeat", "times": -1}]}, ("no_time", "steps[1].times")),
        ({"mode": "offset", "starts": "escalation.manager_requested", "levels": [{"to": "a"}]}, ("manager_waits", "mode")),
    ),
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(plan, fault):
    code, place = fault
    found = faults({"p": plan})
    assert [path for _, path in found] == [f"escalation.p.{place}"]
    assert code in {"syntax", found[0][0]}


def test_a_document_must_be_a_mapping():
    assert faults(["x"]) == [("not_a_mapping", "escalation")]


def test_a_plan_called_manager_must_reach_somebody():
    assert faults({"manager": {"levels": []}}) == [("manager_waits", "escalation.manager.levels")]


def test_conditions_are_checked_against_a_schema_where_there_is_one():
    document = {"p": {"levels": [{"to": "a", "when": "case.prioritty == 'x'"}]}}
    assert EscalationPolicy.from_dict(document).plans["p"].levels[0].when is not None
    assert [path for _, path in faults(document, schema=FACTS)] == ["escalation.p.levels[0].when"]


@pytest.mark.parametrize("when", (parse("case.public"), {"field": "case.public"}, "case.public"))
def test_conditions_come_as_text_as_json_or_as_such(when):
    assert plan_of({"levels": [{"to": "a", "when": when}]}).levels[0].when == parse("case.public")


def test_a_lenient_reading_turns_a_broken_level_into_a_fault_of_its_turn(play):
    levels = [
        {"to": "ann", "wait": "1 minute"},
        {"wait": "1 minute"},
        {"to": "bob", "wait": "soon"},
        {"to": "cid"},
    ]
    ladder = play({"ladder": {"levels": levels}}, reading={"strict": False})
    assert ladder.event(0, "case.opened") == [(1, "ann")]
    assert ladder.tick(1) == []
    assert ladder.faults == [("step_not_configured", "ladder.2")]
    assert ladder.tick(2) == [(3, "bob")]
    assert (ladder.faults, ladder.next) == ([("wait_not_configured", "ladder.3")], 7)


def test_a_lenient_reading_still_refuses_a_broken_plan():
    assert faults({"p": {"levels": [], "repeat": "x"}}, strict=False) == [
        ("bad_value", "escalation.p.repeat")
    ]
