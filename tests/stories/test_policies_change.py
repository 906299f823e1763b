"""A desk that is built with another policy decides by it from then on; one that still runs the old one is stopped."""

import pytest

from office import POLICY, make_office
from supportkit import Desk, Policy
from supportkit.channels import MemoryChannel
from supportkit.errors import ConcurrentChange
from supportkit.storage import MemoryStore, SqliteStore


@pytest.fixture(params=("memory", "sqlite"))
def store(request, tmp_path):
    made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.sqlite")
    yield made
    made.close()


def test_another_policy_begins_a_new_epoch_and_the_same_one_does_not(store):
    for policy in (POLICY, POLICY, POLICY | {"threading": {"reopen_within": "14 days"}}):
        Desk(Policy.from_dict(policy), store=store, channels=[MemoryChannel("mail")])
    with store.reader("default") as reader:
        adopted = [event.payload.epoch for event in reader.events("desk:default")]
    assert adopted == [1, 2]


def test_a_worker_with_the_old_policy_cannot_write_over_a_newer_decision(store):
    office = make_office(store)
    case_id = office.writes().case_id
    newer = Desk(
        Policy.from_dict(POLICY | {"threading": {"reopen_within": "14 days"}}),
        store=store,
        channels=[],
        clock=office.clock,
    )
    newer.note(case_id, "decided by the new policy", by="ann")
    length = len(newer.history(case_id))
    with pytest.raises(ConcurrentChange, match="build the Desk again with that policy"):
        office.desk.note(case_id, "decided by the old policy", by="bob")
    assert len(newer.history(case_id)) == length


def test_a_desk_is_one_of_several_in_a_store_and_sees_only_its_own_cases(store):
    first = make_office(store)
    other = Desk(Policy.from_dict(POLICY), store=store, name="business", channels=[], clock=first.clock)
    first.writes()
    assert len(list(first.desk.cases())) == 1
    assert list(other.cases()) == []
