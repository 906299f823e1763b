"""A storm of notices to one colleague is bundled and throttled; who asks for a manager is put through."""

import pytest

from office import POLICY, make_office
from supportkit import Desk, Policy
from supportkit.channels import MemoryChannel
from supportkit.errors import PolicyError
from supportkit.ports import SendResult

AT_ONCE = {
    "escalation": {
        "silence": {"levels": [{"to": "lead", "wait": "1 minute"}, {"to": "lead", "wait": "1 hour"}]}
    }
}


def storm_office(colleagues=None, **notices):
    office = make_office()
    channels = list(office.desk._channels.values())
    office.mail = colleagues or MemoryChannel("colleagues")
    office.desk = Desk(
        Policy.from_dict(POLICY | AT_ONCE | {"notices": notices}),
        channels=[*channels, office.mail], clock=office.clock,
    )  # fmt: skip
    return office


def cases(office, count):
    return [office.writes(f"c{number}", text=f"Question {number}").case_id for number in range(count)]


def told(office):
    return [out.text for _, out in office.mail.sent if out.kind == "escalation"]


def test_without_a_word_in_the_policy_every_notice_goes_out():
    office = storm_office()
    cases(office, 3)
    office.desk.deliver()
    assert len(told(office)) == 3


def test_notices_on_several_cases_go_out_as_one():
    office = storm_office(compact=True)
    one, two, three = cases(office, 3)
    report = office.desk.deliver()
    (text,) = told(office)
    assert text.splitlines()[0] == "3 cases need you:"
    assert all(f"Case {case_id} needs you" in text for case_id in (one, two, three))
    assert {row.state for row in office.desk.outbox.to("lead")} == {"sent"}
    assert report.sent == 6  # three acknowledgements, and three notices in one bundle


def test_a_later_notice_on_the_same_case_is_merged_into_the_one_that_waits():
    office = storm_office(compact=True)
    cases(office, 1)
    office.clock.pass_(minutes=1)
    office.desk.tick()
    report = office.desk.deliver()
    assert (len(told(office)), report.kept) == (1, 1)
    assert [row.state for row in office.desk.outbox.to("lead")] == ["sent", "skipped"]


def test_more_than_so_many_wait_for_their_turn_and_nothing_is_lost():
    office = storm_office(throttle=["2 in 15 minutes"])
    cases(office, 3)
    report = office.desk.deliver()
    assert (len(told(office)), report.retried) == (2, 1)
    office.clock.pass_(minutes=14, seconds=59)
    office.desk.deliver()
    assert len(told(office)) == 2
    office.clock.pass_(seconds=1)
    office.desk.deliver()
    assert len(told(office)) == 3


def test_a_smooth_rate_shares_what_is_left():
    office = storm_office(throttle=["1 in 1 minute", {"rate": "3 in 21 minutes", "smooth": True}])
    cases(office, 3)
    at = []
    for minute in range(25):
        before = len(told(office))
        office.desk.deliver()
        at += [minute] * (len(told(office)) - before)
        office.clock.pass_(minutes=1)
    assert at == [0, 1, 11]


def test_who_asks_for_a_manager_is_put_through_whatever_waits():
    office = storm_office(throttle=["1 in 1 hour"], compact=True)
    _, second = cases(office, 2)
    office.desk.deliver()
    office.clock.pass_(minutes=1)
    office.desk.tick()
    office.desk.request_manager(second)
    office.desk.deliver()
    assert len(told(office)) == 2
    assert [row.state for row in office.desk.outbox.to("duty_manager") or office.desk.outbox.to("lead")][
        -1
    ] == "sent"


@pytest.mark.parametrize(
    ("result", "state"),
    ((SendResult.retry(reason="busy"), "pending"), (SendResult.refused("never"), "failed")),
)
def test_what_stands_in_a_bundle_goes_the_way_of_the_bundle(result, state):
    office = storm_office(MemoryChannel("colleagues", results=[result]), compact=True)
    cases(office, 2)
    office.desk.deliver()
    assert [row.state for row in office.desk.outbox.to("lead")] == [state, state]


def test_without_a_channel_to_colleagues_bundled_notices_are_kept():
    office = storm_office(compact=True)
    del office.desk._channels["colleagues"]
    cases(office, 2)
    assert office.desk.deliver().kept == 2


@pytest.mark.parametrize(
    ("notices", "path"),
    (
        ({"throttle": ["often"]}, "notices.throttle[0]"),
        ({"throttle": ["0 in 5 minutes"]}, "notices.throttle[0]"),
        ({"throttle": ["3 in 5 minuets"]}, "notices.throttle[0]"),
        ({"throttle": [{"smooth": True}]}, "notices.throttle[0].rate"),
        ({"throttle": [{"rate": "3 in 1 hour", "smooth": "perhaps"}]}, "notices.throttle[0].smooth"),
        ({"compact": "perhaps"}, "notices.compact"),
        ({"bundle": True}, "notices.bundle"),
    ),
)
def test_what_is_wrong_with_notices_is_told_with_its_place(notices, path):
    with pytest.raises(PolicyError) as error:
        Policy.from_dict({"notices": notices})
    assert [fault.path for fault in error.value.faults] == [path]
