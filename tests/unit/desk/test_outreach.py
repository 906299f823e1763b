"""Reaching out from a desk: briefed agents first, everybody once, the open case first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from attrs import evolve

from office import MONDAY, PEOPLE, make_office
from supportkit.cases import ContactPoint, Customer, Purchase
from supportkit.desk.learning import outreach
from supportkit.errors import CommandRefused, InvalidValue
from supportkit.ports import SendResult
from supportkit.storage import SqliteStore

FIBRE = Purchase(MONDAY, 10, "GBP", product="Fibre")


def person(name, **said):
    return Customer(name, [ContactPoint("email", f"{name}@example.org")], purchases=[FIBRE], **said)


EVERYBODY = [person("al"), person("ed", preferences={"outreach": False}), person("jo"), person("zoe")]


def declare(office):
    office.desk.declare_incident("cut", by="bob", at_fault=True, affects={"product": "Fibre"})


def brief(office, message="Fibre is cut in Leeds; we are on it.", **said):
    office.desk.publish_bulletin(
        "cut", by="bob", title="Fibre cut", text="Say sorry first.", message=message, incident="cut", **said
    )
    for agent in ("ann", "bob"):
        office.desk.mark_seen("cut", by=agent)


@pytest.fixture
def office():
    office = make_office(people=EVERYBODY)
    declare(office)
    return office


@pytest.fixture
def briefed(office):
    brief(office)
    return office


def test_nobody_is_told_before_all_agents_are_briefed(office):
    desk = office.desk
    with pytest.raises(CommandRefused, match="publish one, so that agents know first") as refused:
        desk.reach_out("cut", by="bob")
    assert refused.value.code == "no_bulletin"
    desk.publish_bulletin("cut", by="bob", title="Cut", text="Fibre is cut.", incident="cut")
    with pytest.raises(CommandRefused, match="has a message for customers") as refused:
        desk.reach_out("cut", by="bob")
    assert refused.value.code == "no_message"
    desk.publish_bulletin(
        "cut", by="bob", title="Cut", text="Fibre is cut.", message="Sorry.", incident="cut"
    )
    desk.mark_seen("cut", by="bob")
    with pytest.raises(CommandRefused, match="ann must see the bulletins") as refused:
        desk.reach_out("cut", by="bob")
    assert refused.value.code == "not_briefed"
    assert not [m for m in desk.outbox if "@" in m.to]
    desk.mark_seen("cut", by="ann")
    assert len(desk.reach_out("cut", by="bob").told) == 3


def test_those_with_an_open_case_get_it_there_and_who_opted_out_nothing(briefed):
    case_id = briefed.writes("zoe", "My line is dead").case_id
    report = briefed.desk.reach_out("cut", by="bob")
    assert [(r.customer, r.how, r.case) for r in report.told] == [
        ("zoe", "case", case_id), ("al", "message", None), ("jo", "message", None),
    ]  # fmt: skip
    assert [(r.customer, r.reason) for r in report.left] == [("ed", "opted_out")]
    (told,) = briefed.events(case_id, "outreach.sent")
    assert (told.payload.incident, told.payload.version, told.payload.notice, told.automated) == (
        "cut",
        1,
        "notice",
        True,
    )
    message = next(m for m in briefed.desk.outbox.to("al@example.org"))
    assert (message.channel, message.case) == ("mail", None)
    briefed.desk.deliver()
    sent = [out for _, out in briefed.mail.sent if out.kind == "outreach"]
    assert [out.text for out in sent] == ["Fibre is cut in Leeds; we are on it."] * 3
    assert [out.to for out in sent if case_id in out.subject] == ["zoe@example.org"]


def test_an_outreach_answers_nothing_and_keeps_no_promise(briefed):
    case_id = briefed.writes("zoe").case_id
    waiting = briefed.desk.case(case_id)
    briefed.desk.reach_out("cut", by="bob")
    after = briefed.desk.case(case_id)
    assert (after.replies, after.waiting_since, after.promises) == (
        0,
        waiting.waiting_since,
        waiting.promises,
    )


def test_said_again_nobody_hears_it_twice(briefed):
    briefed.desk.reach_out("cut", by="bob")
    sent = len(briefed.desk.outbox)
    again = briefed.desk.reach_out("cut", by="bob")
    assert (again.told, {r.reason for r in again.left}) == ((), {"told", "opted_out"})
    assert len(briefed.desk.outbox) == sent


def test_the_audience_is_shown_before_anybody_is_told(briefed):
    before = briefed.desk.audience("cut")
    assert [(r.customer, r.how, r.reason) for r in before] == [
        ("al", "message", None), ("ed", "nothing", "opted_out"), ("jo", "message", None), ("zoe", "message", None),
    ]  # fmt: skip
    assert not [m for m in briefed.desk.outbox if "@" in m.to]


def test_a_new_version_goes_to_those_who_were_told_the_old_one(briefed):
    desk = briefed.desk
    case_id = briefed.writes("zoe").case_id
    desk.reach_out("cut", by="bob", customers=["al", "zoe"])
    brief(briefed, message="Fibre will be back at six.")
    (stale,) = desk.stale_messages()
    assert (stale.case, stale.version, stale.current) == (case_id, 1, 2)
    update = desk.reach_out("cut", by="bob", notice="update")
    assert (update.version, [r.customer for r in update.told]) == (2, ["zoe", "al"])
    assert desk.stale_messages() == ()
    assert desk.reach_out("cut", by="bob", notice="update").told == ()
    late = desk.reach_out("cut", by="bob", customers=["jo"], notice="update")
    assert [(r.customer, r.reason) for r in late.left] == [("jo", "not_told")]


def test_everybody_who_was_told_hears_when_it_is_over_and_only_they(briefed):
    desk = briefed.desk
    desk.reach_out("cut", by="bob", customers=["al", "zoe"])
    brief(briefed, message="Fibre is back. Sorry.")
    over = desk.reach_out("cut", by="bob", notice="resolved")
    assert [r.customer for r in over.told] == ["al", "zoe"]
    assert desk.reach_out("cut", by="bob", notice="resolved").told == ()
    assert desk.reach_out("cut", by="bob", notice="update").told == ()


def test_only_whom_it_affects_is_told_by_the_latest_word_on_it(briefed):
    desk = briefed.desk
    television = Customer(
        "tv", [ContactPoint("email", "tv@example.org")], purchases=[evolve(FIBRE, product="TV")]
    )
    assert desk.audience("cut", customers=[television]) == ()
    desk.declare_incident("cut", by="bob", affects={"product": ["Fibre", "TV"]})
    assert [r.how for r in desk.audience("cut", customers=[television])] == ["message"]
    desk.declare_incident("cut", by="bob")
    with pytest.raises(CommandRefused, match="does not say whom it affects") as refused:
        desk.audience("cut")
    assert refused.value.code == "no_audience"
    assert [r.how for r in desk.audience("cut", customers=[television])] == ["message"]


def test_who_was_forgotten_is_not_told(briefed):
    briefed.writes("jo")
    briefed.desk.forget("jo", by="bob")
    report = briefed.desk.reach_out("cut", by="bob", customers=["al", "jo"])
    assert [r.customer for r in (*report.told, *report.left)] == ["al"]


def test_who_was_told_and_left_the_directory_is_reported_and_stops_nobody(briefed):
    desk = briefed.desk
    guest = person("guest")
    desk.reach_out("cut", by="bob", customers=[guest, "al"])
    brief(briefed, message="Fibre is back.")
    over = desk.reach_out("cut", by="bob", notice="resolved")
    assert [r.customer for r in over.told] == ["al"]
    assert [(r.customer, r.reason) for r in over.left] == [("guest", "unreachable")]
    assert [
        r.customer for r in desk.reach_out("cut", by="bob", notice="resolved", customers=[guest]).told
    ] == ["guest"]


def test_records_that_are_one_person_hear_it_once(briefed):
    desk = briefed.desk
    briefed.writes("al")
    briefed.writes("jo")
    desk.reach_out("cut", by="bob", customers=["al"])
    desk.merge_customers("al", into="jo", by="bob", reason="the same person")
    report = desk.reach_out("cut", by="bob", customers=["jo"])
    assert [(r.customer, r.reason) for r in report.left] == [("jo", "told")]


def test_who_cannot_be_reached_is_reported_and_may_be_reached_later(briefed):
    dumb = Customer("mute", [ContactPoint("phone", "+442079460999")], purchases=[FIBRE])
    report = briefed.desk.reach_out("cut", by="bob", customers=[dumb])
    assert [(r.customer, r.reason) for r in report.left] == [("mute", "unreachable")]
    known = Customer("mute", [ContactPoint("email", "mute@example.org")], purchases=[FIBRE])
    assert [r.how for r in briefed.desk.reach_out("cut", by="bob", customers=[known]).told] == ["message"]


def test_a_case_without_a_way_back_is_told_by_mail(briefed):
    caller = Customer(
        "jo",
        [ContactPoint("phone", "+442079460101"), ContactPoint("email", "jo@example.org")],
        purchases=[FIBRE],
    )
    office = make_office(people=[caller])
    declare(office)
    brief(office)
    case_id = office.calls().case_id
    (told,) = office.desk.reach_out("cut", by="bob").told
    assert (told.how, told.point.value) == ("message", "jo@example.org")
    assert len(office.events(case_id, "outreach.sent")) == 1


def test_a_run_that_was_killed_goes_on_where_it_was(briefed, monkeypatch):
    calls, real = [], outreach.decide

    def dying(*args, **said):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(*args, **said)

    monkeypatch.setattr(outreach, "decide", dying)
    with pytest.raises(KeyboardInterrupt):
        briefed.desk.reach_out("cut", by="bob")
    assert [r.customer for r in briefed.desk.reach_out("cut", by="bob").told] == ["zoe"]
    assert sorted(message.to for message in briefed.desk.outbox if "@" in message.to) == [
        f"{name}@example.org" for name in ("al", "jo", "zoe")
    ]


def test_many_who_reach_out_at_once_tell_everybody_once(tmp_path):
    crowd = [person(f"c{number}") for number in range(12)]
    office = make_office(SqliteStore(tmp_path / "desk.db"), people=crowd)
    declare(office)
    brief(office)
    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: office.desk.reach_out("cut", by="bob"), range(4)))
    told = [reach.customer for report in reports for reach in report.told]
    assert sorted(told) == sorted(each.id for each in crowd)
    assert len([message for message in office.desk.outbox if "@" in message.to]) == 12


def test_an_address_that_failed_last_time_is_not_tried_again(briefed):
    briefed.desk.reach_out("cut", by="bob", customers=["al"])
    briefed.mail._results = iter([SendResult.refused("no such mailbox")])
    briefed.desk.deliver()
    report = briefed.desk.reach_out("cut", by="bob", customers=["al"], notice="resolved")
    assert [(r.customer, r.reason) for r in report.left] == [("al", "unreachable")]
    both = evolve(person("al"), points=[*person("al").points, ContactPoint("email", "al@other.example")])
    (told,) = briefed.desk.reach_out("cut", by="bob", customers=[both], notice="resolved").told
    assert told.point.value == "al@other.example"


def test_a_caller_who_left_no_address_is_reported_even_with_an_open_case(briefed):
    caller = Customer("jo", [ContactPoint("phone", "+442079460101")], purchases=[FIBRE])
    office = make_office(people=[caller])
    declare(office)
    brief(office)
    case_id = office.calls().case_id
    assert [r.how for r in office.desk.audience("cut")] == ["case"]
    report = office.desk.reach_out("cut", by="bob")
    assert ([r.reason for r in report.left], office.events(case_id, "outreach.sent")) == (["unreachable"], [])


@pytest.mark.parametrize(
    ("said", "error", "says"),
    (
        ({"incident": "flood"}, CommandRefused, "known are cut"),
        ({"notice": "hello"}, CommandRefused, "none of notice, update, resolved"),
        ({"customers": ["nobody"]}, InvalidValue, "no directory knows customer 'nobody'"),
    ),
)
def test_what_cannot_be_meant_is_refused(briefed, said, error, says):
    with pytest.raises(error, match=says):
        briefed.desk.reach_out(**{"incident": "cut", "by": "bob", **said})


def test_a_desk_that_cannot_list_its_customers_asks_for_them():
    office = make_office(people=PEOPLE)
    declare(office)
    brief(office)
    office.desk._worker = evolve(office.desk._worker, customers=None)
    with pytest.raises(CommandRefused, match="give customers=") as refused:
        office.desk.reach_out("cut", by="bob")
    assert refused.value.code == "no_customers"


QUIET = {"quiet": {"from": "21:00", "to": "08:00"}}


def test_who_wants_their_quiet_is_told_when_it_is_over():
    office = make_office(people=[person("jo", zone="Europe/London", preferences=QUIET)])
    declare(office)
    brief(office)
    office.clock.pass_(hours=12, minutes=30)  # half past nine in the evening
    (left,) = office.desk.reach_out("cut", by="bob").left
    assert (left.how, left.reason, left.until) == ("nothing", "quiet", MONDAY + timedelta(hours=23))
    assert office.desk.audience("cut") == (left,)
    office.clock.move_to(left.until)
    assert [each.customer for each in office.desk.reach_out("cut", by="bob").told] == ["jo"]


@pytest.mark.parametrize("quiet", ("at night", {"from": "21:00"}, {"from": "late", "to": "early"}))
def test_quiet_times_that_nobody_understands_tell_nobody_at_all(quiet):
    office = make_office(people=[person("al"), person("jo", preferences={"quiet": quiet})])
    declare(office)
    brief(office)
    with pytest.raises(InvalidValue, match=r"customer 'jo': .* are no quiet times; write \{'from': '21:00'"):
        office.desk.reach_out("cut", by="bob")
    assert not [row for row in office.desk.outbox if row.to == "al@example.org"]
