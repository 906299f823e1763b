"""Customers are answered with one voice, and each case that ends says why it had come up."""

from datetime import timedelta

import pytest

from office import make_office
from supportkit.errors import CommandRefused

CODES = {"codes": {"network.outage": "The network was down", "billing.double": "Charged twice"}}


def collisions(office, case_id):
    return [e for e in office.events(case_id, "case.fault") if e.payload.code == "replies_collide"]


def test_two_people_who_answer_at_once_are_told_so():
    office = make_office()
    case_id = office.writes().case_id
    office.desk.reply(case_id, "I am on it.", by="ann")
    office.clock.pass_(minutes=5)
    office.desk.reply(case_id, "Hello, how can I help?", by="bob")
    (flagged,) = collisions(office, case_id)
    assert flagged.payload.given == {"first": "agent:ann", "second": "agent:bob"}
    assert flagged.payload.detail == "agent:ann answered at 09:00:00 UTC, and nothing new came since"
    assert office.desk.case(case_id).replies == 2


@pytest.mark.parametrize(
    ("between", "by", "minutes"),
    (
        ("nothing", "ann", 1),  # the same voice
        ("nothing", "bob", 15),  # long enough after
        ("news", "bob", 1),  # there is something to answer
        ("machine", "bob", 1),  # an automatic word is nobody's
    ),
)
def test_whoever_has_something_to_answer_or_is_the_same_person_collides_with_nobody(between, by, minutes):
    office = make_office()
    case_id = office.writes(message_id="<first@x>").case_id
    office.desk.reply(case_id, "A first word.", by="ann", automated=between == "machine")
    office.clock.pass_(minutes=minutes)
    if between == "news":
        office.writes(text="wait", headers=[("In-Reply-To", "<first@x>")])
    office.desk.reply(case_id, "Another.", by=by)
    assert collisions(office, case_id) == []


@pytest.mark.parametrize(("then", "kept"), (("refuse", 1), ("ignore", 2)))
def test_the_policy_may_refuse_the_second_voice_or_not_look(then, kept):
    office = make_office(collisions={"within": "1 hour", "then": then})
    case_id = office.writes().case_id
    office.desk.reply(case_id, "I am on it.", by="ann")
    office.clock.pass_(minutes=59)
    if then == "refuse":
        with pytest.raises(CommandRefused, match="agent:ann answered at 09:00:00 UTC") as refused:
            office.desk.reply(case_id, "Hello?", by="bob")
        assert refused.value.code == "replies_collide"
    else:
        office.desk.reply(case_id, "Hello?", by="bob")
    assert (office.desk.case(case_id).replies, collisions(office, case_id)) == (kept, [])


def test_a_reason_code_outside_the_list_is_refused_with_the_nearest():
    office = make_office(closing=CODES)
    case_id = office.writes().case_id
    for verb in ("resolve", "close"):
        with pytest.raises(CommandRefused, match=r"did you mean 'network\.outage'") as refused:
            getattr(office.desk, verb)(case_id, by="ann", outcome="solved", code="network.outrage")
        assert refused.value.code == "unknown_code"
    office.desk.resolve(case_id, by="ann", outcome="solved")  # resolving may leave the reason open
    with pytest.raises(CommandRefused, match="closing needs a reason code") as refused:
        office.desk.close(case_id, by="ann")
    assert refused.value.code == "no_outcome"
    office.desk.close(case_id, by="ann", code="network.outage")
    assert office.desk.case(case_id).code == "network.outage"


def test_the_reason_may_be_asked_for_as_soon_as_it_is_resolved():
    office = make_office(closing=CODES | {"required": ["resolve"]})
    case_id = office.writes().case_id
    with pytest.raises(CommandRefused, match="to resolve it needs a reason code") as refused:
        office.desk.resolve(case_id, by="ann", outcome="solved")
    assert refused.value.code == "no_code"
    office.desk.resolve(case_id, by="ann", outcome="solved", code="billing.double")
    office.clock.pass_(minutes=1)
    office.desk.close(case_id, by="ann")
    assert office.desk.case(case_id).status == "closed"
    assert office.clock() - office.desk.case(case_id).resolved_at == timedelta(minutes=1)
