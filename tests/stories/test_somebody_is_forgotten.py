"""Somebody asks to be forgotten: no byte of them is left anywhere, and every decision about them stands."""

import sqlite3
from datetime import timedelta

import pytest
from attrs import asdict

from office import make_office
from supportkit.cases import Attachment, Contact, ContactPoint, Customer
from supportkit.desk.explanation import recompute_priority
from supportkit.errors import CommandRefused
from supportkit.ports import DeliveryUpdate, SendResult
from supportkit.storage import MemoryStore, SqliteStore

# Whatever holds one of these was written by, to or about the person who is forgotten.
CANARY = "k4n4ry"
WHO = f"{CANARY}.jones"
PHONE = "+442079460999"
TRACES = (CANARY, "2079460999")


@pytest.fixture(params=("memory", "sqlite"))
def store(request, tmp_path):
    made = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.sqlite")
    yield made
    made.close()


def busy_life(office):
    """Let the person meet everything that a desk does with somebody's words."""
    points = [ContactPoint("email", f"{WHO}@{CANARY}.example"), ContactPoint("phone", PHONE, region="GB")]
    mail = {
        "points": points,
        "sender_name": CANARY,
        "subject": f"{CANARY} writes",
        "message_id": f"<1@{CANARY}.example>",
        "headers": [("From", f"{CANARY} <{WHO}@{CANARY}.example>"), ("X-Origin", CANARY)],
        "attachments": [Attachment(f"{CANARY}.txt", "text/plain", CANARY.encode())],
        "given": {"serial": CANARY},
    }
    first = Contact(
        id=f"<0@{CANARY}.example>", channel="email", at=office.clock(), text=CANARY, points=points
    )
    office.desk.receive("mail", first)
    case_id = office.writes(WHO, f"I complain, I am {CANARY}", **mail).case_id
    office.desk.deliver()
    office.desk.receive("mail", bounce(office, f"550 no such user {WHO}@{CANARY}.example"))
    office.desk.take(case_id, by="ann")
    office.desk.note(case_id, f"{CANARY} sounds upset", by="ann")
    office.desk.reply(case_id, f"Dear {CANARY}", by="ann")
    office.mail.send = lambda *_: SendResult.retry(reason=f"greylisted: {WHO}@{CANARY}.example")
    office.desk.deliver()
    office.desk.set_next_action(
        case_id, "call", by="ann", due=office.clock() + timedelta(hours=1), wanted=CANARY
    )
    office.desk.hand_off(case_id, by="ann", agent="bob", reason="knows more")
    office.desk.raise_complaint(case_id, f"Give {CANARY} their money back", by="bob")
    office.desk.apologise(case_id, f"We are sorry, {CANARY}.", by="bob", visibility="public")
    office.desk.reply(case_id, f"To {WHO}@{CANARY}.example: call {PHONE}", by="bob", visibility="public")
    office.writes(WHO, CANARY, **mail | {"message_id": f"<2@{CANARY}.example>", "headers": [("In-Reply-To", f"<1@{CANARY}.example>")]})  # fmt: skip
    quarantined = {"headers": [("In-Reply-To", f"<stranger@{CANARY}.example>")], "message_id": None}
    office.writes(WHO, CANARY, points=points, **quarantined)
    office.calls(PHONE, form="voicemail", text=CANARY)
    office.clock.pass_(days=3)
    office.desk.tick()
    office.desk.resolve(case_id, by="bob", outcome="solved", code="done")
    office.desk.give_feedback(case_id, score=1, text=f"{CANARY} is not happy")
    return case_id


MORE = {
    "questions": [{"ask": "serial", "text": "Which serial number?"}, {"ask": "since", "text": "Since when?"}],
    "remedies": {"replies": {}},
}


def an_office(store, people=()):
    return make_office(store, people=people, **MORE)


def bounce(office, reason):
    return DeliveryUpdate(office.desk.outbox[0].dedupe, "failed", provider_id=f"{CANARY}-1", reason=reason)


def exported(office):
    """Everything that can be read of a desk: each event, snapshot, text, message, agent and party."""
    with office.desk._reader() as reader:
        yield from (event.to_json().decode() for s in reader.streams() for event in reader.events(s))
        yield from (row.snapshot.decode() + row.to_json() for row in reader.cases())
        yield from (repr(row) for row in (*reader.outbox(), *reader.seats(), *reader.agents()))
        messages = [reader.message(row.number) for row in reader.outbox()]
        yield from (
            repr(message and message.outbound) + repr(message and message.outbound.text)
            for message in messages
        )
        bodies = {
            ref
            for s in reader.streams()
            for event in reader.events(s)
            for ref in (getattr(event.payload, "body", None), *getattr(event.payload, "attachments", ()))
            if ref is not None
        }
        yield from (repr(reader.body(ref) and reader.body(ref).data) for ref in bodies)


def stored(store, tmp_path):
    """Every value of every table, as text."""
    if isinstance(store, MemoryStore):
        for shelf in store._shelves.values():
            for table, rows in vars_of(shelf.tables).items():
                yield from (f"{table}: {row!r}" for row in rows)
        return
    with sqlite3.connect(tmp_path / "desk.sqlite") as connection:
        tables = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for table in tables:
            for row in connection.execute(f"SELECT * FROM {table}"):
                yield " ".join(v.decode(errors="replace") if isinstance(v, bytes) else str(v) for v in row)


def vars_of(tables):
    """Each row of each table in memory; the keys of people are not written down elsewhere but as hashes."""
    by_people = {"points", "threads", "counters", "inbox"}
    return {
        name: [
            (key, value, getattr(value, "text", None), getattr(value, "data", None))
            for key, value in rows.items()
        ]
        for name, rows in asdict(tables, recurse=False).items()
        if name not in by_people
    }


def traces(texts):
    return [text[:300] for text in texts if any(trace in text for trace in TRACES)]


KNOWN = Customer("c-77", [ContactPoint("email", f"{WHO}@{CANARY}.example")], name=f"{CANARY} Jones")


@pytest.mark.parametrize("people", ((), (KNOWN,)), ids=("a stranger", "a customer"))
def test_no_byte_of_a_forgotten_person_is_left_in_any_table_snapshot_or_export(store, tmp_path, people):
    office = an_office(store, people)
    case_id = busy_life(office)
    assert len(traces(exported(office))) > 5
    assert traces(stored(store, tmp_path))
    office.desk.forget(office.desk.case(case_id).customer, by="ann", reason="they asked for it")
    assert traces(exported(office)) == []
    assert traces(stored(store, tmp_path)) == []


def test_the_file_itself_keeps_nothing_once_its_log_is_written_back(tmp_path):
    path = tmp_path / "desk.sqlite"
    store = SqliteStore(path)
    office = an_office(store)
    case_id = busy_life(office)
    office.desk.forget(office.desk.case(case_id).customer, by="ann")
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in tmp_path.iterdir():
        assert CANARY.encode() not in file.read_bytes()


def test_decisions_stand_and_come_out_again(store):
    office = an_office(store)
    case_id = busy_life(office)
    before, case = office.desk.history(case_id), office.desk.case(case_id)
    office.desk.forget(case.customer, by="ann")
    assert (office.desk.history(case_id), office.desk.case(case_id)) == (before, case)
    decided = office.events(case_id, "priority.decided")[0]
    assert recompute_priority(office.desk.policy, decided).priority == decided.payload.priority
    assert "Why this priority" in str(office.desk.explain(case_id))


def test_who_was_forgotten_is_somebody_new_even_when_the_directory_still_knows_them(store):
    office = make_office(store)
    first = office.writes("jo", message_id="<first@example.org>").case_id
    office.desk.forget("jo", by="ann")
    again = office.writes("jo", headers=[("In-Reply-To", "<first@example.org>")])
    case = office.desk.case(again.case_id)
    assert (again.action, case.id != first, case.customer != "jo") == ("new", True, True)
    (found,) = office.events(case.id, "contact.identified")
    assert (found.payload.status, found.payload.candidates) == ("unidentified", ())
    assert "spend_365d" not in office.events(case.id, "contact.received")[0].payload.facts["customer"]
    later = office.writes("jo").case_id
    assert office.desk.case(later).customer == case.customer
    assert [c.id for c in office.desk.cases(customer="jo")] == [first]


def test_messages_that_have_not_left_yet_never_do(store):
    office = make_office(store)
    case_id = office.writes("jo").case_id
    office.desk.forget("jo", by="ann")
    assert office.desk.deliver().sent == 0
    assert [(row.to, row.state, row.reason) for row in office.desk.outbox.of_case(case_id)] == [
        ("", "skipped", "erased")
    ]
    assert office.mail.sent == []


def test_everybody_who_is_one_person_is_forgotten_under_any_of_their_names(store):
    office = make_office(store)
    office.desk.merge_customers("jo", into="big", by="ann")
    cases = [office.writes(who).case_id for who in ("jo", "big", "quiet")]
    office.desk.forget("jo", by="ann", reason="asked on the phone")
    bodies = [office.events(case, "contact.received")[0].payload.body for case in cases]
    assert [office.desk.text(body) is None for body in bodies] == [True, True, False]
    with office.desk._reader() as reader:
        told = {
            who: [e.kind for e in reader.events(f"customer:{who}")][-1:] for who in ("jo", "big", "quiet")
        }
    assert told == {"jo": ["customer.erased"], "big": ["customer.erased"], "quiet": []}


def test_an_answer_to_somebody_forgotten_is_only_recorded_and_forgetting_again_takes_it(store):
    office = make_office(store)
    case_id = office.writes("jo").case_id
    office.desk.forget("jo", by="ann")
    office.desk.reply(case_id, "Are you there?", by="ann")
    (replied,) = office.events(case_id, "contact.replied")
    assert (replied.payload.outbound, office.desk.text(replied.payload.body)) == (None, "Are you there?")
    office.desk.forget("jo", by="ann")
    assert office.desk.text(replied.payload.body) is None


def test_people_who_were_forgotten_are_merged_with_nobody(store):
    office = make_office(store)
    office.desk.forget("jo", by="ann")
    for said in ({"customer": "jo", "into": "big"}, {"customer": "big", "into": "jo"}):
        with pytest.raises(CommandRefused, match="customer 'jo' was forgotten on 2026-") as refused:
            office.desk.merge_customers(**said, by="ann")
        assert refused.value.code == "forgotten"
    with pytest.raises(CommandRefused, match="knows no customer 'joe'") as refused:
        office.desk.forget("joe", by="ann")
    assert refused.value.code == "unknown_customer"


def test_a_provider_s_word_after_the_erasure_leaves_no_trace(store):
    office = make_office(store)
    case_id = office.writes("jo").case_id
    office.desk.deliver()
    key = office.desk.outbox[0].dedupe
    office.desk.forget("jo", by="ann")
    word = DeliveryUpdate(key, "failed", provider_id="jo-1", reason="550 jo@example.org is no more")
    assert office.desk.receive("mail", word).updates[0].recorded
    (told,) = office.events(case_id, "delivery.updated")
    assert (told.payload.state, told.reason, office.desk.outbox[0].reason) == ("failed", None, None)
