"""A channel that falls silent is a fault; customers whom we cannot reach are named before it matters."""

import pytest

from office import POLICY, Clock, make_office
from supportkit import Desk, Policy
from supportkit.cases import ContactPoint, Customer
from supportkit.channels import MemoryChannel
from supportkit.ports import Capabilities, DeliveryUpdate

WATCHED = {"mail": {"silent_after": "4 hours", "calendar": "office"}, "social": {"silent_after": "2 days"}}


def faults(office, code="channel_silent"):
    return [subject for found, subject in office.desk.health().faults if found == code]


def test_a_channel_without_anything_for_hours_of_opening_time_is_a_fault():
    office = make_office(channels=WATCHED)
    assert faults(office) == []
    office.writes()
    office.clock.pass_(hours=3, minutes=59)
    assert faults(office) == []
    office.clock.pass_(minutes=1)
    assert faults(office) == ["mail"]
    office.writes()
    assert faults(office) == []


def test_a_new_desk_has_as_long_as_any_channel():
    office = make_office(channels=WATCHED)
    office.clock.pass_(hours=4)
    assert faults(office) == ["mail"]


def test_nights_do_not_count_for_a_channel_that_is_watched_in_opening_hours():
    office = make_office(channels=WATCHED)
    office.clock.move_to(office.clock().replace(hour=17))
    office.writes()
    office.clock.pass_(hours=17, minutes=59)
    assert faults(office) == []
    office.clock.pass_(minutes=1)
    assert faults(office) == ["mail"]


def test_what_is_parked_came_in_all_the_same():
    office = make_office(channels=WATCHED)
    office.clock.pass_(hours=4)
    office.writes(headers=[("Auto-Submitted", "auto-replied")])
    assert faults(office) == []


def test_another_channels_contacts_prove_nothing():
    office = make_office(channels=WATCHED)
    office.clock.pass_(hours=4)
    office.calls()
    assert faults(office) == ["mail"]


def test_an_unwatched_channel_may_be_silent_for_ever():
    office = make_office()
    office.clock.pass_(days=30)
    assert office.desk.health().faults == ()


# -- customers ----------------------------------------------------------------------------------------


def said(office, address, state, reason=None):
    """Let the provider say what became of the last message to an address."""
    office.desk.deliver()
    message = office.desk.outbox.to(address)[-1]
    office.desk.receive("mail", DeliveryUpdate(message.dedupe, state, reason=reason))


def refused(office, *, who="jo"):
    """Let an answer come back; return its case."""
    case = office.writes(who).case_id
    said(office, f"{who}@example.org", "failed", "550 5.1.1 User unknown")
    return case


@pytest.fixture
def office():
    return make_office()


def test_a_customer_with_a_failing_address_and_a_number_can_still_be_called(office):
    refused(office)
    (point,) = office.desk.reach().failing
    assert (point.customer, point.address, point.since, point.reason) == (
        "jo",
        "jo@example.org",
        office.clock(),
        "550 5.1.1 User unknown",
    )
    assert office.desk.reach().unreachable == ()


def test_a_customer_with_nothing_but_a_failing_address_is_named_with_the_case(office):
    case = refused(office, who="quiet")
    (lost,) = office.desk.reach().unreachable
    assert (lost.customer, lost.cases, [one.address for one in lost.failing]) == (
        "quiet",
        (case,),
        ["quiet@example.org"],
    )
    assert ("customer_unreachable", "quiet") in office.desk.health().faults


def test_whoever_writes_again_can_be_reached_again(office):
    refused(office, who="quiet")
    office.clock.pass_(minutes=5)
    office.writes("quiet", text="Hello? Did you get my message?")
    assert office.desk.reach().failing == ()


def test_a_message_that_arrives_clears_its_address(office):
    case = refused(office, who="quiet")
    office.clock.pass_(minutes=5)
    office.desk.reply(case, text="Hello", by="ann")
    office.desk.deliver()
    assert len(office.desk.reach().failing) == 1  # sent is not arrived
    said(office, "quiet@example.org", "delivered")
    assert office.desk.reach().failing == ()


def test_somebody_unknown_is_reached_where_they_wrote_from(office):
    unknown = [ContactPoint("email", "new@example.net")]
    case = office.writes("new", points=unknown).case_id
    assert office.desk.reach().unreachable == ()
    said(office, "new@example.net", "failed")
    assert [one.cases for one in office.desk.reach().unreachable] == [(case,)]


def test_a_caller_without_a_number_is_unreachable_from_the_start(office):
    case = office.writes(
        "nobody", channel="phone", kind="phone", form="call", points=[], message_id=None
    ).case_id
    (lost,) = office.desk.reach().unreachable
    assert (lost.cases, lost.failing) == ((case,), ())


def test_closed_cases_do_not_matter(office):
    case = refused(office, who="quiet")
    office.desk.assign(case, agent="ann", by="ann")
    office.desk.resolve(case, by="ann", outcome="solved", code="x")
    assert office.desk.reach().unreachable == ()


def test_a_desk_that_sends_nothing_says_nothing_about_reach():
    clock = Clock()
    silent = MemoryChannel("phone", kind="phone", capabilities=Capabilities(sends=False))
    desk = Desk(Policy.from_dict(POLICY), channels=[silent], clock=clock)
    office = make_office()
    office.desk = desk
    office.writes("nobody", channel="phone", kind="phone", form="call", points=[], message_id=None)
    assert desk.reach().unreachable == ()


def test_a_promise_is_told_in_the_customers_zone_and_language():
    jo = Customer("jo", [ContactPoint("email", "jo@example.org")], zone="Europe/Berlin", language="de")
    office = make_office(people=[jo])
    office.desk.set_presence("ann", "available")
    case = office.writes().case_id
    call = office.writes(text=None, channel="phone", kind="phone", form="voicemail", message_id=None).case_id
    assert (case, call) == (case, case)
    assert office.desk.promise_texts("jo") == (
        (case, "Wir rufen Sie bis Montag, 12. Januar 2026, 12:00 Uhr (Europe/Berlin, UTC+01:00) zurück."),
        (
            case,
            "Ein Mensch antwortet Ihnen bis Dienstag, 13. Januar 2026, 10:00 Uhr (Europe/Berlin, UTC+01:00).",
        ),
    )
    assert office.desk.promise_texts("jo", language="en")[1][1].startswith(
        "A person will answer you by Tuesday"
    )
    office.desk.reply(case, text="Hallo", by="ann")
    assert office.desk.promise_texts("jo") == ()
    assert office.desk.promise_texts("somebody") == ()


def test_a_channel_that_is_never_open_need_not_be_heard_of():
    never = {"zone": "Europe/London", "weekly": {}}
    calendars = {**POLICY["calendars"], "never": never}
    office = make_office(
        calendars=calendars, channels={"mail": {"silent_after": "1 hour", "calendar": "never"}}
    )
    office.clock.pass_(days=10)
    assert faults(office) == []
