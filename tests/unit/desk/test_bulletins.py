"""Bulletins at a desk: versions, receipts, and what is refused."""

import pytest

from office import make_office
from supportkit.errors import CommandRefused

OUTAGE = {"by": "bob", "title": "No signal", "text": "A mast is down in Leeds."}


@pytest.fixture
def office():
    return make_office()


def published(desk, **said):
    return desk.publish_bulletin("mast", **{**OUTAGE, **said})


def test_a_bulletin_is_told_to_every_agent_and_listed_until_all_have_seen_it(office):
    desk = office.desk
    (event,) = published(desk).events
    assert (event.stream, event.kind, event.payload.version) == (
        "desk:default/bulletins",
        "desk.bulletin_published",
        1,
    )
    assert desk.text(event.payload.body) == "A mast is down in Leeds."
    assert [message.case for message in (*desk.outbox.to("ann"), *desk.outbox.to("bob"))] == [None, None]
    assert desk.unseen("mast") == ("ann", "bob")
    desk.mark_seen("mast", by="ann")
    assert desk.unseen("mast") == ("bob",)
    desk.mark_seen("mast", by="bob", version=1)
    assert desk.unseen("mast") == ()


def test_a_new_version_is_unseen_again_and_the_same_words_are_no_version(office):
    desk = office.desk
    published(desk)
    desk.mark_seen("mast", by="ann")
    assert published(desk).events == ()
    assert desk.unseen("mast") == ("bob",)
    (event,) = published(desk, text="It stands again.").events
    assert event.payload.version == 2
    assert desk.unseen("mast") == ("ann", "bob")
    (bulletin,) = desk.bulletins()
    assert (bulletin.id, bulletin.version, bulletin.seen, bulletin.title) == (
        "mast",
        2,
        {"ann": 1},
        "No signal",
    )


def test_seen_twice_is_one_receipt_and_a_key_makes_one_publication(office):
    desk = office.desk
    assert published(desk, key="k").events != ()
    assert published(desk, key="k").duplicate
    assert len(desk.mark_seen("mast", by="ann").events) == 1
    assert desk.mark_seen("mast", by="ann").events == ()


def test_a_bulletin_of_a_team_is_for_its_people(office):
    published(office.desk, teams=["network"])
    assert office.desk.unseen("mast") == ("ann",)
    assert not office.desk.outbox.to("bob")


def test_by_the_policy_only_who_is_present_must_have_seen_it():
    office = make_office(learning={"bulletins": {"briefed": "present"}})
    published(office.desk)
    assert office.desk.unseen("mast") == ()
    office.desk.set_presence("bob", "available")
    assert office.desk.unseen("mast") == ("bob",)


@pytest.mark.parametrize(
    ("command", "code", "says"),
    (
        (lambda desk: desk.mark_seen("mats", by="ann"), "unknown_bulletin", "did you mean 'mast'?"),
        (lambda desk: desk.mark_seen("zzz", by="ann"), "unknown_bulletin", "there are mast"),
        (lambda desk: desk.mark_seen("mast", by="zoe"), "unknown_agent", "known are ann, bob"),
        (lambda desk: desk.mark_seen("mast", by="ann", version=2), "stale_version", "read version 1"),
        (lambda desk: published(desk, title=" "), "incomplete", "needs title"),
        (lambda desk: published(desk, text=""), "incomplete", "needs text"),
        (lambda desk: desk.unseen("zzz"), "unknown_bulletin", "there are mast"),
    ),
)
def test_what_cannot_be_is_refused_and_changes_nothing(office, command, code, says):
    published(office.desk)
    before = office.desk.bulletins()
    with pytest.raises(CommandRefused, match=says.replace("?", r"\?")) as refused:
        command(office.desk)
    assert refused.value.code == code
    assert office.desk.bulletins() == before
