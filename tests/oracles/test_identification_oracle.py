"""Recognising people, beside a comparison of every point with every other by the functions for two of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supportkit.cases import ContactPoint, Customer
from supportkit.intake import PointIndex, compare_emails, compare_phones, identify, point_text

EMAILS = st.builds(
    "{}@{}".format,
    st.sampled_from(["jo", "Jo", "j.o", "jo+shop", "jo+work", "info", "info+7", "no-reply", "max"]),
    st.sampled_from(
        ["x.org", "X.ORG", "gmail.com", "googlemail.com", "bücher.example", "xn--bcher-kva.example"]
    ),
)
PHONES = st.tuples(
    st.sampled_from(
        ["+442079460018", "020 7946 0018", "+442079460018 ext 5", "020 7946 0018 x6", "+5491155554444",
         "+541155554444", "011 15 5555-4444", "+18003569377", "+5215512345678", "55 1234 5678", "withheld"]
    ),
    st.sampled_from([None, "GB", "AR", "MX"]),
)  # fmt: skip
POINTS = st.one_of(
    st.builds(ContactPoint, st.just("email"), EMAILS),
    PHONES.map(lambda number: ContactPoint("phone", number[0], number[1])),
    st.builds(
        ContactPoint,
        st.just("handle"),
        st.sampled_from(["@jo", "JO", "max"]),
        network=st.sampled_from(["a", "b"]),
    ),
    st.builds(ContactPoint, st.just("account"), st.sampled_from(["A-1", "a-1"])),
)
CUSTOMERS = st.lists(st.lists(POINTS, max_size=3), max_size=5).map(
    lambda rows: [Customer(f"c{number}", points) for number, points in enumerate(rows)]
)


def compared(ours, theirs):
    """What two points say of each other, by the functions that compare two of them."""
    if {ours.kind, theirs.kind} == {"email"}:
        return compare_emails(ours.value, theirs.value)
    if {ours.kind, theirs.kind} == {"phone"}:
        result = compare_phones((ours.value, ours.region), (theirs.value, theirs.region))
        toll_free = (point_text(ours) or "").startswith("phone:+1800")
        return "shared" if result == "same" and toll_free else result
    same = point_text(ours) is not None and point_text(ours) == point_text(theirs)
    return "same" if same else "different"


@given(st.lists(POINTS, min_size=1, max_size=3), CUSTOMERS)
def test_the_evidence_is_what_comparing_all_points_gives(asked, customers):
    expected = {
        (point_text(ours), customer.id, compared(ours, theirs))
        for ours in asked
        for customer in customers
        for theirs in customer.points
    }
    told = {one for one in expected if one[2] in {"same", "probable", "shared"}}
    for candidates in (customers, PointIndex(customers)):
        found = identify(asked, candidates)
        assert {(one.point, one.customer, one.result) for one in found.evidence} == told


@given(st.lists(POINTS, min_size=1, max_size=3), CUSTOMERS)
def test_an_index_over_everybody_finds_what_the_candidates_give(asked, customers):
    index = PointIndex(customers)
    few = [customer for customer in customers if customer.id in index.records(asked)]
    assert identify(asked, index) == identify(asked, customers) == identify(asked, few)


def email(value):
    return ContactPoint("email", value)


@pytest.mark.parametrize(
    ("one", "two", "result"),
    (
        (email("jo@x.org"), email("JO@X.org"), "same"),
        (email("jo+shop@x.org"), email("jo@x.org"), "probable"),
        (email("info@x.org"), email("info@X.ORG"), "shared"),
        (email("jo@x.org"), email("max@x.org"), "different"),
        (ContactPoint("phone", "+18003569377"), ContactPoint("phone", "+18003569377"), "shared"),
    ),
)
def test_the_oracle_tells_every_result_apart(one, two, result):
    assert compared(one, two) == result
