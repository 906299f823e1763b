"""The values that cross the seams between core and world."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Contact
from supportkit.channels import MemoryChannel
from supportkit.desk import Agents, Customers
from supportkit.errors import NaiveDatetime
from supportkit.ports import (
    DELIVERY_RANK,
    AgentRoster,
    Capabilities,
    CaseRow,
    Channel,
    Commit,
    CustomerDirectory,
    DeliveryUpdate,
    Outbound,
    PointKey,
    Request,
    Response,
    SendResult,
)

NINE = datetime(2026, 7, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    "given", ({"X-Sign": 1, "B": "2"}, [("X-Sign", 1), ("B", "2")], iter([("X-Sign", "1"), ("B", "2")]))
)
def test_headers_may_be_given_as_any_framework_holds_them(given):
    request = Request(headers=given, query={"a": "b"}, body=b"x")
    assert request.headers == (("X-Sign", "1"), ("B", "2"))
    assert (request.query, request.header("x-SIGN"), request.header("Nope")) == ((("a", "b"),), "1", None)


def test_the_first_of_several_equal_headers_is_given():
    assert Request(headers=[("A", "1"), ("a", "2")]).header("a") == "1"


def test_an_answer_is_all_right_unless_said_otherwise():
    assert Response() == Response(200, b"", ())


def test_messages_of_one_case_to_one_recipient_keep_their_order_together():
    one, same, other = (Outbound(to=to, case=case) for to, case in (("a", "1"), ("a", "1"), ("b", "1")))
    assert one.stream == same.stream != other.stream
    assert Outbound(to="a").stream == "|a"


def test_what_a_provider_says_is_one_of_three():
    assert SendResult.accepted("id-1") == SendResult("accepted", "id-1")
    assert SendResult.retry() == SendResult("retry", None, timedelta(minutes=1))
    assert SendResult.retry(after=timedelta(seconds=5), reason="busy").reason == "busy"
    assert SendResult.refused("no such address") == SendResult("refused", None, None, "no such address")


def test_later_states_of_a_delivery_rank_higher():
    assert sorted(DELIVERY_RANK, key=DELIVERY_RANK.get) == [
        "pending",
        "sending",
        "sent",
        "delivered",
        "read",
        "failed",
    ]
    assert len(set(DELIVERY_RANK.values())) == len(DELIVERY_RANK)


@pytest.mark.parametrize(
    "make",
    (
        lambda at: DeliveryUpdate("1", "sent", at),
        lambda at: Outbound(valid_until=at),
        lambda at: CaseRow(ref="1", due_at=at),
    ),
)
def test_instants_of_rows_and_messages_are_aware(make):
    assert make(NINE) is not None
    with pytest.raises(NaiveDatetime):
        make(NINE.replace(tzinfo=None))


def test_a_commit_of_nothing_writes_nothing():
    assert Commit() == Commit(events=[], cases=iter(()), outbox=[])
    assert Commit(freed=[("1", "handler")]).freed == (("1", "handler"),)


def test_points_are_sorted_the_same_way_by_everybody():
    keys = [PointKey("phone", "1"), PointKey("email", "b"), PointKey("email", "a")]
    assert sorted(keys) == [PointKey("email", "a"), PointKey("email", "b"), PointKey("phone", "1")]


def test_our_own_parts_satisfy_the_protocols():
    assert isinstance(MemoryChannel("chat"), Channel)
    assert isinstance(Customers([]), CustomerDirectory)
    assert isinstance(Agents([]), AgentRoster)
    assert not isinstance(object(), Channel)


def test_a_channel_sends_unless_it_says_otherwise():
    assert Capabilities().sends
    assert (Capabilities().reply_window, Capabilities().receipts) == (None, "none")


def test_a_contact_needs_only_an_id_a_channel_and_an_instant():
    assert Contact(id="1", channel="email", at=NINE).form == "message"
