"""Recognising people, beside a comparison of every point with every other by the functions for two of them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supportkit.cases import ContactPoint, Customer
from supportkit.intake import PointIndex, compare_emails, compare_phones, identify, point_text

# Few, and of one kind at a time, so that points which are nearly the same often meet.
EMAILS = [
    *(
        "jo@x.org",
        "JO+shop@x.org",
        "jo+work@X.org",
        "j.o@x.org",
        "info@x.org",
        "info+7@x.org",
        "jo@bücher.example",
    ),
    *("j.o+a@gmail.com", "jo@googlemail.com", "no-reply@x.org", "jo@xn--bcher-kva.example"),
]
PHONES = [
    *(
        ("+442079460018", None),
        ("020 7946 0018", "GB"),
        ("+442079460018 ext 5", None),
        ("020 7946 0018 x6", "GB"),
    ),
    *(("+5491155554444", None), ("+541155554444", None), ("011 15 5555-4444", "AR"), ("+18003569377", None)),
    *(("+5215512345678", None), ("55 1234 5678", "MX"), ("55 1234 5678", None), ("withheld", "GB")),
]
OTHERS = [
    *(ContactPoint("handle", name, network=network) for name in ("@jo", "JO") for network in ("a", "b")),
    *(ContactPoint("account", name) for name in ("A-1", "a-1")),
]
POOLS = (
    [ContactPoint("email", value) for value in EMAILS],
    [ContactPoint("phone", value, region) for value, region in PHONES],
    OTHERS,
)


@st.composite
def asked_of(draw):
    """What is asked, and customers with points of the same pool and some others."""
    near = draw(st.sampled_from(POOLS))
    point = st.sampled_from(near) | st.sampled_from([one for pool in POOLS for one in pool])
    rows = draw(st.lists(st.lists(point, max_size=3), min_size=1, max_size=5))
    customers = [Customer(f"c{number}", points) for number, points in enumerate(rows)]
    return draw(st.lists(st.sampled_from(near), min_size=1, max_size=3)), customers


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


@settings(max_examples=200)
@given(asked_of())
def test_the_evidence_is_what_comparing_all_points_gives(drawn):
    asked, customers = drawn
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


@given(asked_of())
def test_an_index_over_everybody_finds_what_the_candidates_give(drawn):
    asked, customers = drawn
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
