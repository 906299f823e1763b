"""Marketing and account owners are told of a case, and one team owns it."""

from attrs import evolve

from office import PEOPLE, make_office
from supportkit import Policy
from supportkit.policy import check

ROUTES = [
    {"when": 'contact.visibility == "public"', "queue": "general", "inform": ["marketing"]},
    {"when": 'case.kind == "complaint"', "queue": "general", "inform": ["account_owner", "team_lead", "team_lead"]},
    {"queue": "general"},
]  # fmt: skip


def told(office, case_id):
    return [(row.to, row.state) for row in office.desk.outbox.of_case(case_id) if "@" not in row.to]


def test_a_public_post_is_answered_by_one_team_and_marketing_is_told():
    office = make_office(routing=ROUTES)
    case_id = office.writes(channel="social", kind="social", form="mention", visibility="public").case_id
    (assigned,) = office.events(case_id, "case.assigned")
    assert (assigned.payload.team, assigned.payload.informed) == ("general", ("marketing",))
    assert told(office, case_id) == [("marketing", "pending")]
    assert office.desk.case(case_id).team == "general"


def test_a_complaint_of_a_key_account_informs_its_owner_once():
    office = make_office(routing=ROUTES)
    office.desk._worker.customers.__init__([evolve(PEOPLE[0], account_owner="gordon"), *PEOPLE[1:]])
    key = office.writes(text="I complain").case_id
    other = office.writes("big", text="I complain").case_id
    assert [to for to, _ in told(office, key)] == ["gordon", "team_lead"]
    assert [to for to, _ in told(office, other)] == ["team_lead"]
    assert "I complain" not in repr([office.desk.message_id(row.number) for row in office.desk.outbox])


def test_who_is_told_keeps_nothing_waiting_and_answers_no_clock():
    silent = [{key: value for key, value in route.items() if key != "inform"} for route in ROUTES]
    offices = make_office(routing=silent), make_office(routing=ROUTES)
    kinds = [office.kinds(office.writes(text="I complain").case_id) for office in offices]
    assert kinds[0] == kinds[1]


def test_a_route_that_informs_reads_back_as_it_was_written():
    policy = Policy.from_dict({"routing": ROUTES})
    assert policy.routing.routes[0].inform == ("marketing",)
    assert Policy.from_dict(policy.to_dict()).version == policy.version
    assert check(policy) == []
