"""Merges meet each other and everything else at the same moment: one order comes out, and nobody is lost."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from engines import begin_with
from office import MONDAY, PEOPLE, POLICY, Clock, make_office
from supportkit import Desk, Policy
from supportkit.cases import Contact, ContactPoint, fold
from supportkit.channels import MemoryChannel
from supportkit.desk import Customers, commands, decide, situate
from supportkit.errors import CommandRefused
from supportkit.ports import PartyRow
from supportkit.storage import MemoryStore, SqliteStore, SqlStore


@pytest.fixture(params=("memory", "sqlite"))
def office(request, tmp_path):
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.sqlite")
    yield make_office(store)
    store.close()


def at_once(*jobs):
    """Run the jobs in threads that begin at the same moment; return what each gave, or its refusal's code."""
    barrier = Barrier(len(jobs))

    def started(job):
        barrier.wait()
        try:
            return job()
        except CommandRefused as refused:
            return refused.code

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(started, job) for job in jobs]]


def test_two_cases_merged_into_each_other_at_once_are_merged_one_way(office):
    for _ in range(8):
        one, other = office.writes().case_id, office.writes().case_id
        came = at_once(
            lambda a=one, b=other: office.desk.merge(a, b, by="ann").case_id,
            lambda a=one, b=other: office.desk.merge(b, a, by="bob").case_id,
        )
        assert sorted(came) in (sorted(["merged", one]), sorted(["merged", other]))
        assert {office.desk.case(case).status for case in (one, other)} == {"merged", "new"}


def test_two_people_merged_into_each_other_at_once_make_no_circle(office):
    for _ in range(5):
        came = at_once(
            lambda: office.desk.merge_customers("jo", into="big", by="ann").duplicate,
            lambda: office.desk.merge_customers("big", into="jo", by="bob").duplicate,
        )
        assert sorted(map(str, came)) == ["False", "merge_cycle"]
        with office.desk._reader() as reader:
            merged = next(ref for ref in ("jo", "big") if reader.party(ref).merged_into is not None)
        office.desk.unmerge_customers(merged, by="ann")


def test_an_answer_that_comes_in_while_its_case_is_merged_ends_where_it_goes_on(office):
    for round_ in range(8):
        one = office.writes(message_id=f"<first{round_}@x>").case_id
        other = office.writes().case_id
        answer = Contact(
            id=f"a{round_}", channel="email", at=MONDAY, text="news", sender="jo@example.org",
            points=[ContactPoint("email", "jo@example.org")], headers=[("In-Reply-To", f"<first{round_}@x>")],
        )  # fmt: skip
        receipt, merged = at_once(
            lambda a=answer: office.desk.receive("mail", a).contacts[0],
            lambda a=one, b=other: office.desk.merge(a, b, by="ann").case_id,
        )
        assert (receipt.action, merged) == ("append", other)
        assert receipt.case_id in {one, other}
        assert office.desk.case(other).last_contact_at is not None
        for case in (one, other):
            assert fold(office.desk.history(case)) == office.desk.case(case)


def test_what_was_merged_in_a_host_s_transaction_dies_with_it(tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'host.db'}", connect_args={"timeout": 0.1})
    begin_with(engine, "BEGIN IMMEDIATE")
    desk = Desk(
        Policy.from_dict(POLICY), store=SqlStore(engine), channels=[MemoryChannel("mail", kind="email")],
        customers=Customers(PEOPLE), clock=Clock(),
    )  # fmt: skip
    points = [ContactPoint("email", "jo@example.org")]
    mails = [Contact(id=f"m{n}", channel="email", at=MONDAY, text="Hi", points=points) for n in range(2)]
    with engine.begin() as connection:
        batch = desk.using(connection).receive_many("mail", mails)
    desk.committed(batch)
    one, other = (contact.case_id for contact in batch.contacts)
    with engine.connect() as connection, connection.begin() as transaction:
        inside = desk.using(connection)
        inside.merge(one, other, by="ann")
        inside.merge_customers("jo", into="big", by="ann")
        inside.forget("big", by="ann")
        assert inside.case(one).status == "merged"
        transaction.rollback()
    assert desk.case(one).status == "new"
    with desk._reader() as reader:
        assert reader.party("jo").merged_into is None
    body = next(event.payload.body for event in desk.history(one) if event.kind == "contact.received")
    assert desk.text(body)["text"] == "Hi"
    engine.dispose()


def test_a_host_with_tables_of_its_own_merges_by_values():
    policy, written = Policy.from_dict({}), []
    for number in range(2):
        contact = Contact(id=f"m{number}", channel="chat", at=MONDAY, text="Help!")
        commit = decide(policy, situate(contact=contact), commands.Receive(contact=contact), now=MONDAY)
        written.append(commit.case.to_json())
    one, other = (situate(case=text).row for text in written)
    merge = commands.Merge(actor="agent:ann", into=other.ref, reason="one matter")
    commit = decide(policy, situate(case=written[0], others=[written[1]]), merge, now=MONDAY)
    assert [(change.row.ref, change.row.status) for change in commit.cases] == [
        (one.ref, "merged"),
        (other.ref, "new"),
    ]
    with pytest.raises(CommandRefused, match=f"there is no case '{other.ref}' to merge") as refused:
        decide(policy, situate(case=written[0]), merge, now=MONDAY)
    assert refused.value.code == "unknown_case"
    parties = [PartyRow(ref=ref, root=ref, family=(ref,)) for ref in ("jo", "big")]
    join = commands.MergeCustomers(actor="agent:ann", customer="jo", into="big")
    assert decide(policy, situate(parties=parties), join, now=MONDAY).parties[0].merged_into == "big"
    with pytest.raises(CommandRefused, match="there is no customer 'big'"):
        decide(policy, situate(parties=parties[:1]), join, now=MONDAY)
