"""What need not go out, and what goes out together."""

from datetime import UTC, datetime, timedelta

from supportkit.escalation import Notice, compact

NOON = datetime(2026, 7, 15, 12, tzinfo=UTC)


def notice(id, kind="alert", case="1", to="foo", hours=0, seq=0, sent=None):
    return Notice(id, kind, case, to, NOON + timedelta(hours=hours), seq, sent)


def test_of_several_alerts_on_a_case_to_one_destination_the_oldest_is_kept():
    found = compact([notice("3", hours=-1), notice("4", hours=-2), notice("5"), notice("7", to="bar")])
    assert (found.keep, found.merged, found.bundles) == (("4", "7"), {"4": ("3", "5")}, {})


def test_what_was_sent_is_left_alone_and_stands_for_nothing():
    found = compact([notice("6", hours=-9, sent=NOON), notice("7"), notice("t", kind="test", case=None)])
    assert (found.keep, found.merged) == (("6", "7", "t"), {})


def test_of_several_statuses_the_highest_number_is_kept():
    said = [("a", "1", 5), ("b", "2", 7), ("c", "4", 6), ("d", "4", 4)]
    found = compact(
        [
            *(notice(name, "status", case, seq=seq) for name, case, seq in said),
            notice("e", "status", "4", seq=4, sent=NOON),
        ]
    )
    assert (found.keep, found.merged, found.bundles) == (("a", "b", "c", "e"), {"c": ("d",)}, {})


def test_alerts_on_several_cases_make_a_bundle():
    found = compact([notice("a", case="1"), notice("b", case="2"), notice("c", case="3", to="bar")])
    assert found.bundles == {None: ("a", "b")}


def test_alerts_join_the_bundle_that_waits_for_their_destination():
    bundle = notice("z", "bundle", None)
    found = compact(
        [notice("a"), notice("b", case="2"), bundle, notice("c", to="bar"), notice("d", case="2", to="bar")]
    )
    assert found.bundles == {"z": ("a", "b"), None: ("c", "d")}
    assert compact([notice("a"), bundle]).bundles == {"z": ("a",)}


def test_a_bundle_that_was_sent_takes_nobody_in():
    assert compact([notice("a"), notice("z", "bundle", None, sent=NOON)]).bundles == {}


def test_nothing_is_left_of_nothing():
    found = compact([])
    assert (found.keep, found.merged, found.bundles) == ((), {}, {})
