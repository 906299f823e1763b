"""Two records turn out to be one person, or not after all; nothing that they wrote is lost or changes hands."""

from datetime import timedelta

import pytest

from office import MONDAY, PEOPLE, make_office
from supportkit.cases import ContactPoint, Customer, Purchase
from supportkit.errors import CommandRefused
from supportkit.storage import MemoryStore, SqliteStore


@pytest.fixture(params=("memory", "sqlite"))
def office(request, tmp_path):
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.sqlite")
    yield make_office(store)
    store.close()


def cases_of(office, customer):
    return [case.id for case in office.desk.cases(customer=customer)]


def refused(office, verb, *args, **said):
    with pytest.raises(CommandRefused) as error:
        getattr(office.desk, verb)(*args, by="ann", **said)
    return error.value.code


def test_the_cases_of_both_are_seen_under_the_one_and_only_its_own_under_the_other(office):
    hers, his = office.writes("jo").case_id, office.writes("big").case_id
    office.desk.merge_customers("jo", into="big", by="ann", reason="Jo is Big")
    assert (cases_of(office, "big"), cases_of(office, "jo")) == ([hers, his], [hers])
    assert {case for case, _ in office.desk.promises(customer="big")} == {hers, his}
    office.desk.unmerge_customers("jo", by="ann")
    assert (cases_of(office, "big"), cases_of(office, "jo")) == ([his], [hers])


def test_a_merge_and_its_end_are_told_in_both_records(office):
    office.desk.merge_customers("jo", into="big", by="ann", reason="one person")
    office.desk.unmerge_customers("jo", by="bob", reason="two after all")
    with office.desk._reader() as reader:
        jo, big = (reader.events(f"customer:{ref}") for ref in ("jo", "big"))
    assert [(e.kind, e.payload.fields(), e.actor) for e in jo] == [
        ("customer.merged", {"into": "big"}, "agent:ann"),
        ("customer.unmerged", {"out_of": "big"}, "agent:bob"),
    ]
    assert [(e.kind, e.payload.fields(), e.reason) for e in big] == [
        ("customer.merged", {"of": "jo"}, "one person"),
        ("customer.unmerged", {"of": "jo"}, "two after all"),
    ]


def test_time_never_falls_in_the_record_of_a_person(office):
    office.desk.merge_customers("jo", into="big", by="ann", now=MONDAY + timedelta(hours=2))
    office.desk.unmerge_customers("jo", by="ann", now=MONDAY)
    with office.desk._reader() as reader:
        told = [[event.at for event in reader.events(f"customer:{ref}")] for ref in ("jo", "big")]
    assert told == [[MONDAY + timedelta(hours=2)] * 2] * 2


def test_whoever_writes_from_either_address_is_recognised_as_the_one(office):
    office.desk.merge_customers("jo", into="big", by="ann")
    case_id = office.writes("jo").case_id
    (found,) = office.events(case_id, "contact.identified")
    assert (found.payload.status, found.payload.candidates) == ("identified", ("big",))
    facts = office.events(case_id, "contact.received")[0].payload.facts
    assert facts["customer"]["spend_365d"] == 2500  # what Big bought counts for Jo
    assert office.desk.packet(case_id).who.name == "Big Spender"


def test_points_of_both_in_one_message_conflict_before_the_merge_and_not_after(office):
    both = [ContactPoint("email", "jo@example.org"), ContactPoint("email", "big@example.org")]
    before = office.events(office.writes(points=both).case_id, "contact.identified")
    office.desk.merge_customers("jo", into="big", by="ann")
    after = office.events(office.writes(points=both).case_id, "contact.identified")
    assert [found.payload.status for found in before + after] == ["conflicting", "identified"]


def test_an_answer_from_the_other_address_finds_the_case(office):
    case_id = office.writes("big", message_id="<first@example.org>").case_id
    answer = {"headers": [("In-Reply-To", "<first@example.org>")], "text": "from my other address"}
    assert office.writes("jo", **answer).action == "quarantine"
    office.desk.merge_customers("jo", into="big", by="ann")
    joined = office.writes("jo", **answer)
    assert (joined.case_id, joined.action) == (case_id, "append")


def test_what_came_in_meanwhile_is_with_whose_address_it_came_from(office):
    office.desk.merge_customers("jo", into="big", by="ann")
    hers, his = office.writes("jo").case_id, office.writes("big").case_id
    learnt = ContactPoint("email", "jo.at.work@example.org")
    office.writes(points=[ContactPoint("email", "jo@example.org"), learnt])
    office.desk.unmerge_customers("jo", by="ann")
    assert (hers in cases_of(office, "jo"), cases_of(office, "big")) == (True, [his])
    assert office.desk.case(office.writes(points=[learnt]).case_id).customer == "jo"


def test_the_agent_who_knows_them_under_one_name_is_asked_first_under_the_other(office):
    first = office.writes("big").case_id
    office.desk.take(first, by="bob")
    office.desk.resolve(first, by="bob", outcome="solved", code="x")
    office.desk.merge_customers("jo", into="big", by="ann")
    (queued,) = office.events(office.writes("jo").case_id, "routing.queued")
    assert queued.payload.affinity == (("bob",),)


def test_people_whom_only_the_desk_knows_are_merged_by_the_names_their_cases_give():
    office = make_office(people=[])
    one, other = office.writes("jo").case_id, office.writes("big").case_id
    names = [office.desk.case(case).customer for case in (one, other)]
    office.desk.merge_customers(names[0], into=names[1], by="ann")
    again = office.writes("jo").case_id
    assert cases_of(office, names[1]) == [one, other, again]
    assert office.desk.case(again).customer == names[0]
    office.desk.unmerge_customers(names[0], by="ann")
    assert cases_of(office, names[1]) == [other]


def test_merges_follow_one_another_and_each_is_undone_by_itself(office):
    jo, big, quiet = (office.writes(who).case_id for who in ("jo", "big", "quiet"))
    office.desk.merge_customers("jo", into="big", by="ann")
    office.desk.merge_customers("big", into="quiet", by="ann")
    assert cases_of(office, "quiet") == [jo, big, quiet]
    office.desk.unmerge_customers("big", by="ann")
    assert (cases_of(office, "quiet"), cases_of(office, "big")) == ([quiet], [jo, big])


def test_what_makes_no_sense_is_refused(office):
    office.desk.merge_customers("jo", into="big", by="ann")
    assert refused(office, "merge_customers", "jo", into="quiet") == "merged"
    assert refused(office, "merge_customers", "big", into="jo") == "merge_cycle"
    assert refused(office, "merge_customers", "big", into="big") == "merge_into_itself"
    assert refused(office, "merge_customers", "big", into="nobody") == "unknown_customer"
    assert refused(office, "unmerge_customers", "big") == "not_merged"
    assert refused(office, "unmerge_customers", "nobody") == "unknown_customer"


def test_a_merge_with_a_key_happens_once(office):
    first, again = (office.desk.merge_customers("jo", into="big", by="ann", key="k") for _ in range(2))
    assert (first.duplicate, again.duplicate) == (False, True)
    assert [event.kind for event in first.events] == ["customer.merged", "customer.merged"]


def test_what_the_directory_knows_of_a_point_that_the_desk_learnt_counts():
    rich = Customer(
        "rich", [ContactPoint("email", "rich@example.org")], purchases=[Purchase(MONDAY, "900", "GBP")]
    )
    office = make_office(people=[*PEOPLE, rich])
    work = ContactPoint("email", "rich@work.example")
    office.writes(points=[ContactPoint("email", "rich@example.org"), work])
    facts = office.events(office.writes(points=[work]).case_id, "contact.received")[0].payload.facts
    assert facts["customer"]["spend_365d"] == 900
