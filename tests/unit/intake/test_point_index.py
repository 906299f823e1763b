import sys

import pytest

from supportkit.cases import ContactPoint, Customer
from supportkit.intake import PointIndex, identify

PEOPLE = [
    Customer(
        "jane", [ContactPoint("email", "Jane+shop@example.org"), ContactPoint("phone", "+44 7700 900123")]
    ),
    Customer("joe", [ContactPoint("email", "joe@example.org"), ContactPoint("phone", "+18003569377")]),
    Customer("old", [ContactPoint("handle", "@jj", network="x")], merged_into="middle"),
    Customer("middle", merged_into="jane"),
]
INDEX = PointIndex(PEOPLE)


@pytest.mark.parametrize(
    ("point", "records"),
    (
        (ContactPoint("email", "JANE+SHOP@example.org"), ("jane",)),
        (ContactPoint("email", "jane@example.org"), ("jane",)),
        (ContactPoint("phone", "07700 900123", region="GB"), ("jane",)),
        (ContactPoint("phone", "+447700900123"), ("jane",)),
        (ContactPoint("phone", "+447700900123;ext=5"), ("jane",)),
        (ContactPoint("handle", "JJ", network="X"), ("old", "middle", "jane")),
        (ContactPoint("handle", "jj"), ()),
        (ContactPoint("email", "no address"), ()),
        (ContactPoint("phone", "withheld"), ()),
    ),
)
def test_records_are_found_by_points_that_are_or_may_be_theirs(point, records):
    assert INDEX.records([point]) == records


def test_each_record_is_told_once_however_many_points_lead_to_it():
    assert INDEX.records([*PEOPLE[0].points, *PEOPLE[1].points, *PEOPLE[0].points]) == ("jane", "joe")
    assert len(INDEX) == 4


def test_a_number_known_as_it_is_written_is_not_read_again(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    assert identify([ContactPoint("phone", "+447700900123")], INDEX).customer == "jane"
    free = identify([ContactPoint("phone", "+18003569377")], INDEX)
    assert (free.status, [one.result for one in free.evidence]) == ("unidentified", ["shared"])


def test_points_of_other_kinds_are_left_out():
    emails = PointIndex(PEOPLE, kinds=["email"])
    assert emails.records([ContactPoint("phone", "+447700900123")]) == ()
    assert emails.records([ContactPoint("email", "joe@example.org")]) == ("joe",)


def test_merges_are_followed_and_only_the_circles_of_found_records_are_faults():
    records = [
        Customer("b", [ContactPoint("account", "1")], merged_into="a"),
        Customer("a", merged_into="b"),
        Customer("c", [ContactPoint("account", "2")]),
    ]
    index = PointIndex(records)
    assert identify([ContactPoint("account", "1")], index).faults == (("merge_cycle", "a"),)
    assert identify([ContactPoint("account", "2")], index).faults == ()


def test_the_same_point_twice_in_one_record_is_one():
    index = PointIndex([Customer("c", [ContactPoint("email", "a@x.org"), ContactPoint("email", "A@X.org")])])
    assert len(identify([ContactPoint("email", "a@x.org")], index).evidence) == 1
