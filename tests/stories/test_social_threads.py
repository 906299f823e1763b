"""What people write in public and in private finds its case, and nobody gets into somebody else's."""

from datetime import timedelta

import pytest

from office import POLICY, Clock
from supportkit import Desk, Policy
from supportkit.channels import SocialChannel
from supportkit.ports import SendResult


@pytest.fixture
def network():
    return []


@pytest.fixture
def desk(network):
    def send(outbound, key):
        network.append(outbound)
        return SendResult.accepted(f"post-{len(network)}")

    channel = SocialChannel(
        "chirp", network="chirp", handle="@acme", verify=lambda request, now: None, sender=send
    )
    return Desk(Policy.from_dict(POLICY), channels=[channel], clock=Clock())


def post(desk, id, handle="@jane", text="Your service is down", visibility="public", **said):
    item = {"id": id, "visibility": visibility, "handle": handle, "text": text, "followers": 900, **said}
    return desk.receive("chirp", {"posts": [item]}).contacts[0]


def test_a_public_mention_opens_a_case_owed_within_two_hours(desk, network):
    case = desk.case(post(desk, "p1").case_id)
    assert (case.public, case.promises[0].due - case.opened_at) == (True, timedelta(hours=2))
    desk.deliver()
    (answer,) = network
    assert (answer.to, answer.visibility, answer.in_reply_to) == ("@jane", "public", "p1")


def test_a_reply_in_ones_own_thread_joins_the_case(desk):
    first = post(desk, "p1")
    again = post(desk, "p2", text="Hello?", in_reply_to="p1", thread="p1")
    assert (again.case_id, again.action) == (first.case_id, "append")


def test_a_stranger_in_a_thread_gets_a_case_of_their_own(desk):
    first = post(desk, "p1")
    other = post(desk, "p2", handle="@max", text="Same here", in_reply_to="p1", thread="p1")
    assert other.action == "new"
    assert other.case_id != first.case_id


def test_a_private_conversation_stays_one_case(desk):
    first = post(desk, "d1", visibility="private", thread="dm-7")
    again = post(desk, "d2", visibility="private", text="And?", thread="dm-7")
    assert (again.case_id, again.action) == (first.case_id, "append")
    assert not desk.case(first.case_id).public
