"""What a desk is built from, what it refuses, and how it takes up a policy."""

import pytest

from office import MONDAY, POLICY, STAFF, Clock, make_office
from supportkit import Desk, Policy
from supportkit.cases import Contact, ContactPoint
from supportkit.channels import MemoryChannel
from supportkit.desk import Agents, open_desk
from supportkit.errors import CommandRefused, InvalidValue, NaiveDatetime
from supportkit.storage import MemoryStore, SqliteStore

PLAIN = Policy.from_dict({})


def contact(**said):
    points = [ContactPoint("email", "jo@example.org")]
    return Contact(**{"id": "m1", "channel": "email", "at": MONDAY, "text": "Help", "points": points} | said)


@pytest.mark.parametrize(
    ("options", "message"),
    (
        ({"channels": [MemoryChannel("a"), MemoryChannel("b"), MemoryChannel("a")]}, "two channels are called 'a'; give one another name="),
        ({"name": ""}, "name='' is no name of a desk; write something like 'consumer'"),
        ({"name": "a\nb"}, "is no name of a desk"),
        ({"clock": lambda: MONDAY.replace(tzinfo=None)}, "has no time zone"),
    ),
)  # fmt: skip
def test_a_desk_that_cannot_work_is_refused(options, message):
    with pytest.raises(InvalidValue) as refused:
        Desk(PLAIN, **options)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("channels", "hint"),
    (
        ([], "; there are none"),
        ([MemoryChannel("email"), MemoryChannel("web")], "; did you mean 'email'?"),
        ([MemoryChannel("post")], "; there are post"),
    ),
)
def test_an_unknown_channel_is_refused_with_the_nearest(channels, hint):
    with pytest.raises(InvalidValue) as refused:
        Desk(PLAIN, channels=channels, clock=Clock()).receive("emial", contact())
    assert str(refused.value) == f"desk 'default' has no channel 'emial'{hint}"


def test_a_command_that_never_was_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'Desk' object has no attribute 'frobnicate'"):
        Desk(PLAIN).frobnicate  # noqa: B018


def test_several_contacts_of_one_request_are_decided_each_on_its_own_and_once():
    desk = Desk(PLAIN, channels=[MemoryChannel("chat")], clock=Clock())
    batch = [contact(id="m1"), contact(id="m2", points=[ContactPoint("email", "al@example.org")])]
    first, again = (desk.receive("chat", batch, key="batch-1") for _ in range(2))
    assert (first.duplicate, again.duplicate) == (False, True)
    assert [c.case_id for c in again.contacts] == [c.case_id for c in first.contacts]
    assert len({c.case_id for c in first.contacts}) == 2
    assert desk.receive("chat", []).contacts == ()
    assert not desk.receive("chat", []).duplicate


def test_a_key_that_comes_back_with_something_else_is_refused():
    desk = Desk(PLAIN, channels=[MemoryChannel("chat")], clock=Clock())
    desk.receive("chat", contact(), key="k")
    with pytest.raises(CommandRefused, match="the key 'k' of 'chat' was used for something else") as refused:
        desk.receive("chat", contact(text="Another"), key="k")
    assert refused.value.code == "key_reused"


def adopted(store, name="default"):
    with store.reader(name) as reader:
        return [
            (event.kind, event.payload.version, event.payload.epoch)
            for event in reader.events(f"desk:{name}")
        ]


@pytest.mark.parametrize(
    "make_store",
    (lambda _: MemoryStore(clock=Clock()), lambda path: SqliteStore(path / "desk.db", clock=Clock())),
)
def test_a_new_policy_begins_a_new_epoch_and_the_same_one_does_not(tmp_path, make_store):
    store, other = make_store(tmp_path), Policy.from_dict({"routing": [{"queue": "front"}]})
    for policy in (PLAIN, PLAIN, other, other, PLAIN):
        Desk(policy, store=store, clock=Clock())
    assert adopted(store) == [
        ("desk.policy_adopted", PLAIN.version, 1),
        ("desk.policy_adopted", other.version, 2),
        ("desk.policy_adopted", PLAIN.version, 3),
    ]
    assert open_desk(store, name="default").policy.version == PLAIN.version
    store.close()


def test_desks_of_one_store_are_apart():
    store = MemoryStore(clock=Clock())
    one, other = (
        Desk(PLAIN, store=store, name=name, channels=[MemoryChannel("chat")], clock=Clock())
        for name in ("a", "b")
    )
    one.receive("chat", contact())
    assert [len(list(desk.cases())) for desk in (one, other)] == [1, 0]
    assert (one.name, repr(other)) == ("a", f"<Desk 'b', policy {PLAIN.version}>")


def test_a_desk_that_the_store_does_not_know_cannot_be_opened():
    with pytest.raises(InvalidValue, match="the store has no desk 'nowhere'"):
        open_desk(MemoryStore(), name="nowhere")


def test_an_opened_desk_reads_what_another_wrote():
    store = MemoryStore(clock=Clock())
    office = make_office(store)
    case_id = office.writes(text="no signal").case_id
    reading = open_desk(store, name="default")
    assert reading.case(case_id) == office.desk.case(case_id)
    assert reading.policy.version == office.desk.policy.version == Policy.from_dict(POLICY).version


def test_the_roster_is_known_from_the_beginning_and_presence_is_the_desk_s():
    store = MemoryStore(clock=Clock())
    desk = Desk(PLAIN, store=store, agents=Agents(STAFF), clock=Clock())
    desk.set_presence("ann", "available")
    again = Desk(PLAIN, store=store, agents=Agents(STAFF), clock=Clock())
    assert [(row.ref, row.presence) for row in again.agents()] == [("ann", "available"), ("bob", "offline")]


def test_now_may_be_given_with_every_call_and_must_be_aware():
    desk = Desk(PLAIN, channels=[MemoryChannel("chat")])
    case_id = desk.receive("chat", contact(), now=MONDAY).contacts[0].case_id
    assert desk.case(case_id).opened_at == MONDAY
    with pytest.raises(NaiveDatetime):
        desk.note(case_id, "x", by="ann", now=MONDAY.replace(tzinfo=None))


def test_without_a_clock_of_its_own_a_desk_lives_by_the_store_s():
    clock = Clock()
    mail = MemoryChannel("mail", kind="email")
    desk = Desk(Policy.from_dict(POLICY), store=MemoryStore(clock=clock), channels=[mail])
    case_id = desk.receive("mail", contact()).contacts[0].case_id
    assert desk.case(case_id).opened_at == MONDAY
    assert desk.tick().at == MONDAY
    assert desk.deliver().sent == 1
