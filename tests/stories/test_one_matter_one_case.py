"""Two cases turn out to be one matter: one goes on, and nothing that is owed is lost with the other."""

from datetime import timedelta

import pytest

from office import MONDAY, STAFF, make_office
from supportkit.errors import CommandRefused
from supportkit.storage import MemoryStore, SqliteStore

HOUR = timedelta(hours=1)


@pytest.fixture(params=("memory", "sqlite"))
def office(request, tmp_path):
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.sqlite")
    yield make_office(store)
    store.close()


def two(office, first="A question", second="Another question"):
    one = office.writes(text=first).case_id
    office.clock.pass_(minutes=10)
    return one, office.writes(text=second).case_id


def refused(office, *args, **said):
    with pytest.raises(CommandRefused) as error:
        office.desk.merge(*args, **{"by": "ann"} | said)
    return error.value.code


def test_a_merge_is_told_in_both_logs_and_the_result_says_where_it_goes_on(office):
    one, other = two(office)
    done = office.desk.merge(one, other, by="ann", reason="the same line")
    assert done.case_id == other
    (ended,), (went_on,) = (office.events(case, "case.merged") for case in (one, other))
    assert (ended.payload.into, ended.reason, ended.actor) == (other, "the same line", "agent:ann")
    assert (went_on.payload.of, went_on.payload.opened_at, went_on.caused_by) == (one, MONDAY, ended.id)
    assert (office.desk.case(one).status, office.desk.case(one).merged_into) == ("merged", other)
    assert office.desk.case(other).waiting_since == MONDAY


def test_what_comes_in_for_a_merged_case_goes_to_the_end_of_its_merges(office):
    one, other = two(office)
    third = office.writes(text="A third").case_id
    office.desk.merge(one, other, by="ann")
    office.desk.merge(other, third, by="ann")
    by_mail = office.writes(text="any news?", headers=[("In-Reply-To", "<m1@example.org>")])
    by_token = office.writes(text="any news?", subject=f"Re: it [#{one}]")
    assert (by_mail.case_id, by_mail.action) == (third, "append")
    assert (by_token.case_id, by_token.action) == (third, "append")
    assert office.desk.case(one).contacts == 1


def test_an_open_promise_goes_on_beside_those_that_were_there(office):
    one, other = two(office, first="I complain")
    promised, own = office.desk.case(one).promises, office.desk.case(other).promises
    office.desk.merge(one, other, by="ann")
    assert office.desk.case(one).promises == ()
    handed_over = [event.payload for event in office.events(one, "promise.superseded")]
    both = office.desk.case(other).promises
    goes_on, taken = both[: len(own)], both[len(own) :]
    assert goes_on == own
    assert [(p.what, p.due, p.text) for p in taken] == [(p.what, p.due, p.text) for p in promised]
    assert [(said.id, said.by) for said in handed_over] == [
        (p.id, new.id) for p, new in zip(promised, taken, strict=True)
    ]
    office.clock.move_to(promised[0].due)
    office.desk.reply(other, "Here it is.", by="ann")
    assert [event.payload.id for event in office.events(other, "promise.kept")] == [p.id for p in both]


def test_a_promise_that_was_handed_over_is_broken_and_raised_where_it_is_now(office):
    one, other = two(office, first="I complain")
    due = office.desk.case(one).promises[0].due
    office.desk.merge(one, other, by="ann")
    office.clock.move_to(due + timedelta(microseconds=1))
    office.desk.tick()
    assert office.kinds(one, "promise.broken", "escalation.fired") == ()
    broken, fired = (office.events(other, kind) for kind in ("promise.broken", "escalation.fired"))
    assert ({event.at for event in broken}, bool(fired)) == ({due}, True)


def test_targets_of_the_merged_case_end_without_a_verdict(office):
    one, other = two(office)
    office.desk.merge(one, other, by="ann")
    office.clock.pass_(days=9)
    office.desk.tick()
    assert set(office.kinds(one, "target.")) == {"target.set", "target.removed"}
    assert "target.breached" in office.kinds(other, "target.")


def test_the_owner_s_place_is_free_and_given_to_the_next(office):
    office.desk.set_presence("ann", "available")
    cases = [office.writes().case_id for _ in range(3)]
    assert [office.desk.case(case).owner for case in cases] == ["ann", "ann", None]
    office.desk.merge(cases[0], cases[1], by="ann")
    assert [office.desk.case(case).owner for case in cases[1:]] == ["ann", "ann"]
    (notice,) = [row for row in office.desk.outbox.to("ann") if row.case == cases[1]]
    assert notice.state == "pending"


def test_a_complaint_an_urgency_a_plan_and_an_excluded_handler_are_not_lost(office):
    calm, angry = office.writes().case_id, office.writes(text="I complain").case_id
    office.desk.classify(angry, by="ann", tags=["fibre"], priority="urgent", reason="on the news")
    office.desk.set_next_action(angry, "call", by="ann", due=MONDAY + HOUR, wanted="my money back")
    office.desk.exclude_handler(angry, "bob", by="ann", reason="he shouted")
    office.desk.take(calm, by="bob")
    before = office.desk.case(angry)
    office.desk.merge(angry, calm, by="ann")
    case = office.desk.case(calm)
    assert (case.kind, case.tags, case.priority) == ("complaint", ("fibre",), "urgent")
    assert (case.next_action, case.wanted, case.excluded) == (before.next_action, before.wanted, ("bob",))
    assert (case.owner, case.team, case.sort_key) == (None, "general", before.sort_key)


def test_a_later_plan_and_a_lower_priority_change_nothing(office):
    one, other = two(office, second="no signal")
    office.desk.set_next_action(one, "later", by="ann", due=MONDAY + 9 * HOUR)
    office.desk.set_next_action(other, "soon", by="ann", due=MONDAY + HOUR)
    before = office.desk.case(other).priority
    office.desk.merge(one, other, by="ann")
    case = office.desk.case(other)
    assert (case.next_action.what, case.priority) == ("soon", before)


def test_a_wish_without_a_plan_goes_on_where_there_is_none(office):
    one, other = two(office)
    office.desk.set_next_action(other, "soon", by="ann", due=MONDAY + HOUR)
    office.desk.set_next_action(one, "later", by="ann", due=MONDAY + 9 * HOUR, wanted="my money back")
    wanted = office.desk.case(one).wanted
    office.desk.merge(one, other, by="ann")
    case = office.desk.case(other)
    assert (case.next_action.what, case.wanted) == ("soon", wanted)


def test_a_customer_who_waits_takes_the_other_case_off_hold(office):
    one, other = two(office)
    office.desk.hold(other, by="ann")
    office.desk.merge(one, other, by="ann")
    assert office.desk.case(other).status == "open"
    answered = office.writes().case_id
    office.desk.reply(answered, "Done.", by="ann")
    office.desk.hold(other, by="ann")
    office.desk.merge(answered, other, by="ann")
    assert office.desk.case(other).status == "waiting_customer"


def test_the_answer_goes_the_way_they_came_last(office):
    old = office.writes().case_id
    office.clock.pass_(minutes=5)
    new = office.writes(subject="The newer one").case_id
    office.desk.merge(new, old, by="ann")
    office.desk.reply(old, "Both at once.", by="ann")
    office.desk.deliver()
    _, answer = office.mail.sent[-1]
    assert answer.subject == f"Re: The newer one [#{old}]"


def test_messages_on_their_way_out_leave_as_they_were(office):
    one, other = two(office)
    before = office.desk.outbox
    office.desk.merge(one, other, by="ann")
    assert office.desk.outbox[: len(before)] == before
    assert office.desk.deliver().sent == 2


def test_a_merge_is_refused_where_something_would_be_lost(office):
    one, other = two(office)
    closed, strangers = office.writes().case_id, office.writes("big").case_id
    office.desk.resolve(closed, by="ann", outcome="solved", code="x")
    assert refused(office, one, one) == "merge_into_itself"
    assert refused(office, one, "case-nowhere") == "unknown_case"
    assert refused(office, one, closed) == "not_open"
    assert refused(office, one, strangers) == "no_reason"
    office.desk.merge(closed, other, by="ann")
    assert refused(office, closed, one) == "merged"
    assert refused(office, one, closed) == "merged"
    assert office.kinds(one, "case.merged") == ()


def test_what_a_merged_case_is_told_leads_to_where_it_went_on(office):
    one, other = two(office)
    office.desk.merge(one, other, by="ann")
    for told in (
        lambda: office.desk.reply(one, "Hello", by="ann"),
        lambda: office.desk.take(one, by="ann"),
        lambda: office.desk.hold(one, by="ann"),
    ):
        with pytest.raises(CommandRefused, match=f"it was merged into {other}") as error:
            told()
        assert error.value.code == "merged"


def test_cases_of_two_customers_are_one_with_a_reason_and_both_may_write_to_it(office):
    hers, his = office.writes("jo").case_id, office.writes("big").case_id
    office.desk.merge(hers, his, by="ann", reason="they share the line")
    again = office.writes("jo", text="any news?", headers=[("In-Reply-To", "<m1@example.org>")])
    assert (again.case_id, again.action) == (his, "append")
    stranger = office.writes("quiet", text="me too", headers=[("In-Reply-To", "<m1@example.org>")])
    assert (stranger.case_id, stranger.action) == (None, "quarantine")


def test_a_merge_with_a_key_happens_once(office):
    one, other = two(office)
    first, again = (office.desk.merge(one, other, by="ann", key="k") for _ in range(2))
    assert (again.duplicate, again.case_id) == (True, first.case_id)
    assert len(office.events(other, "case.merged")) == 1


def test_a_place_held_for_an_offer_is_free_again():
    office = make_office(
        routing={"routes": [{"queue": "general"}], "offers": {"within": "5 minutes"}}, staff=STAFF
    )
    office.desk.set_presence("bob", "available")
    one = office.writes().case_id
    other = office.writes().case_id
    assert {seat.load["email"] for seat in office.desk.agents() if seat.ref == "bob"} == {2}
    office.desk.merge(one, other, by="ann")
    assert office.kinds(one, "routing.")[-2:] == ("routing.rescinded", "routing.cancelled")
    assert {seat.load["email"] for seat in office.desk.agents() if seat.ref == "bob"} == {1}
