import sys

import pytest

from supportkit.cases import ContactPoint, Customer
from supportkit.intake import identify


def email(value):
    return ContactPoint("email", value)


def phone(value, region=None):
    return ContactPoint("phone", value, region=region)


JANE = Customer("jane", [email("jane@example.org"), phone("+447700900123")])
JOE = Customer("joe", [email("joe@example.org"), phone("+4930123456")])
FAMILY = [
    Customer("a", [phone("+447700900999"), email("a@example.org")]),
    Customer("b", [phone("+447700900999")]),
]


@pytest.mark.parametrize(
    ("points", "candidates", "status", "customer", "found"),
    (
        ([email("JANE@example.org")], [JANE, JOE], "identified", "jane", ("jane",)),
        ([phone("07700 900123", "GB")], [JANE, JOE], "identified", "jane", ("jane",)),
        ([email("jane+x@example.org")], [JANE, JOE], "probable", "jane", ("jane",)),
        ([phone("+4930123456 ext 2")], [JANE, JOE], "probable", "joe", ("joe",)),
        ([phone("+447700900999")], FAMILY, "ambiguous", None, ("a", "b")),
        ([phone("+447700900999"), email("a@example.org")], FAMILY, "identified", "a", ("a", "b")),
        (
            [email("jane@example.org"), phone("+4930123456")],
            [JANE, JOE],
            "conflicting",
            None,
            ("jane", "joe"),
        ),
        (
            [email("jane@example.org"), phone("+4930123456 ext 2")],
            [JANE, JOE],
            "identified",
            "jane",
            ("jane", "joe"),
        ),
        (
            [email("jane+x@example.org"), phone("+4930123456 ext 2")],
            [JANE, JOE],
            "ambiguous",
            None,
            ("jane", "joe"),
        ),
        ([email("new@example.org")], [JANE, JOE], "unidentified", None, ()),
        ([], [JANE], "unidentified", None, ()),
    ),
)
def test_points_lead_to_customers_with_the_doubt_said(points, candidates, status, customer, found):
    result = identify(points, candidates)
    assert (result.status, result.customer, result.candidates) == (status, customer, found)
    assert result.verified is False


def test_handles_match_without_case_and_within_one_network_only():
    known = [Customer("c", [ContactPoint("handle", "@Jane", network="Mastodon")])]
    assert identify([ContactPoint("handle", "jane", network="mastodon")], known).customer == "c"
    assert identify([ContactPoint("handle", "jane", network="bluesky")], known).status == "unidentified"
    assert identify([ContactPoint("handle", "jane")], known).status == "unidentified"


def test_accounts_match_exactly():
    known = [Customer("c", [ContactPoint("account", "A-17")])]
    assert identify([ContactPoint("account", "A-17")], known).customer == "c"
    assert identify([ContactPoint("account", "a-17")], known).status == "unidentified"


def test_a_role_address_names_an_organisation_and_nobody():
    known = [Customer("acme", [email("info@acme.example")])]
    result = identify([email("info@acme.example")], known)
    assert (result.status, result.organisation, result.creatable) == ("unidentified", "acme.example", False)
    assert [item.result for item in result.evidence] == ["shared"]


def test_a_toll_free_number_names_nobody():
    known = [Customer("c", [phone("+18003569377")])]
    result = identify([phone("+18003569377")], known)
    assert (result.status, result.creatable) == ("unidentified", False)


def test_merged_records_are_followed_to_the_end():
    records = [
        Customer("old", [email("jane@old.example")], merged_into="middle"),
        Customer("middle", [], merged_into="new"),
        Customer("new", [email("jane@example.org")]),
    ]
    result = identify([email("jane@old.example"), email("jane@example.org")], records)
    assert (result.status, result.customer, result.candidates) == ("identified", "new", ("new",))
    assert str(result.evidence[0]) == "email:jane@old.example: same as new (merged record old)"
    assert result.evidence[0].to_plain() == {
        "point": "email:jane@old.example",
        "customer": "new",
        "result": "same",
        "record": "old",
    }


def test_a_merge_target_that_is_not_at_hand_is_named_all_the_same():
    assert (
        identify([email("j@x.org")], [Customer("old", [email("j@x.org")], merged_into="gone")]).customer
        == "gone"
    )


def test_a_cycle_of_merges_is_a_fault_and_its_smallest_id_stands():
    records = [
        Customer("b", [email("j@x.org")], merged_into="a"),
        Customer("a", [email("k@x.org")], merged_into="b"),
    ]
    result = identify([email("j@x.org"), email("k@x.org")], records)
    assert (result.customer, result.faults) == ("a", (("merge_cycle", "a"),))


@pytest.mark.parametrize(
    ("points", "creatable"),
    (
        ([email("new@example.org")], True),
        ([email("info@acme.example"), email("new@example.org")], True),
        ([phone("withheld")], False),
        ([phone("020 7946 0018")], False),
        ([email("rubbish")], False),
        ([], False),
    ),
)
def test_a_record_can_be_made_when_a_personal_key_is_there_and_nobody_has_it(points, creatable):
    assert identify(points, [JANE]).creatable is creatable


def test_without_the_phone_extra_full_numbers_match_as_written_and_the_fault_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    result = identify([phone("+44 7700 900-123")], [JANE])
    assert (result.customer, result.faults) == ("jane", (("phone_extra_missing", "phone-raw:+447700900123"),))
    assert (
        identify([phone("07700 900123")], [Customer("c", [phone("07700 900123")])]).status == "unidentified"
    )


def test_the_finding_is_explained_with_its_evidence():
    assert (
        identify([email("jane@example.org")], [JANE]).explain()
        == "identified: jane; email:jane@example.org: same as jane"
    )
    assert identify([], []).explain() == "unidentified: nobody known"
