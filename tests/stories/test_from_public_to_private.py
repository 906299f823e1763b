"""A public post goes to those who answer in public; what moves on to private stays with the same person."""

import pytest

from office import POLICY, Clock
from supportkit import Desk, Policy
from supportkit.cases import Agent
from supportkit.channels import SocialChannel
from supportkit.desk import Agents
from supportkit.ports import SendResult

ROUTES = [
    {"when": 'contact.visibility == "public"', "queue": "social", "skills": {"public": 1}},
    {"queue": "general"},
]
STAFF = [
    Agent("ann", presence="offline", teams=["general"]),
    Agent("sue", presence="offline", skills={"public": 1}, teams=["social"]),
]


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
    opened = Desk(
        Policy.from_dict(POLICY | {"routing": ROUTES, "threading": {"join_open_case": ["message"]}}),
        channels=[channel],
        agents=Agents(STAFF),
        clock=Clock(),
    )
    for agent in STAFF:
        opened.set_presence(agent.id, "available")
    return opened


def writes(desk, id, text, visibility, **said):
    item = {"id": id, "visibility": visibility, "handle": "@jane", "text": text, "followers": 9, **said}
    return desk.receive("chirp", {"posts": [item]}).contacts[0]


def test_a_public_post_goes_to_who_may_answer_in_public_and_a_private_one_to_anybody(desk):
    public = writes(desk, "p1", "Your service is down", "public").case_id
    assert (desk.case(public).team, desk.case(public).owner) == ("social", "sue")
    other = desk.receive(
        "chirp", {"posts": [{"id": "d9", "visibility": "private", "handle": "@max", "text": "Hello", "followers": 1}]}
    )  # fmt: skip
    assert desk.case(other.contacts[0].case_id).team == "general"


def test_what_moves_from_public_to_private_is_one_case_in_the_same_hands(desk, network):
    case = writes(desk, "p1", "Your service is down", "public").case_id
    desk.reply(case, "We are sorry. Please send us a private message.", by="sue", visibility="public")
    private = writes(desk, "d1", "My number is 12345", "private", thread="dm-1")
    assert (private.case_id, private.action) == (case, "append")
    desk.reply(case, "Found it, your line is back.", by="sue")
    desk.deliver()
    answers = [(sent.visibility, sent.text) for sent in network if sent.kind == "reply"]
    assert [visibility for visibility, _ in answers] == ["public", "private"]
    assert (desk.case(case).owner, desk.case(case).team, desk.case(case).public) == ("sue", "social", True)
    assert desk.case(case).transfers == 0
    assert desk.history(case).kinds.count("routing.queued") == 1
