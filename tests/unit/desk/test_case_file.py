"""A case's snapshot: small, complete, the same when read back."""

from datetime import timedelta

import pytest

from office import make_office
from supportkit.cases import Case, Log
from supportkit.desk import CaseFile
from supportkit.desk.case_file import Line


def snapshot(office, case_id):
    with office.desk._reader() as reader:
        return reader.case(case_id).snapshot


@pytest.fixture
def long_story():
    """A case that everything happened to, over a year."""
    office = make_office()
    for agent in ("ann", "bob"):
        office.desk.set_presence(agent, "available")
    case_id = office.writes(
        text="I complain: no signal", subject="Where is it?", message_id="<0@x>", visibility="public"
    ).case_id
    desk = office.desk
    for month in range(12):
        office.clock.pass_(days=30)
        desk.tick()
        office.writes(
            text="No service again", message_id=f"<{month + 1}@x>", headers=[("In-Reply-To", "<0@x>")]
        )
        desk.tick()
        desk.reply(case_id, "We are on it.", by="ann")
        desk.note(case_id, "Restarted it", by="ann")
        desk.classify(case_id, by="ann", tags=(f"tag{month % 3}",), category="outage")
        desk.promise(case_id, by="ann", due=office.clock() + timedelta(hours=1))
        desk.request_callback(case_id, due=office.clock() + timedelta(hours=2))
        office.clock.pass_(hours=3)
        desk.tick()
        desk.request_manager(case_id, reason="now")
        desk.hand_off(case_id, by="ann", agent="bob" if month % 2 else "ann", reason="knows more")
        desk.set_next_action(
            case_id, "call", by="ann", due=office.clock() + timedelta(days=1), wanted="a refund"
        )
        desk.hold(case_id, by="ann")
        desk.resume(case_id, by="ann")
        desk.resolve(case_id, by="ann", outcome="solved", code="router")
        desk.reopen(case_id, by="ann")
    return office, case_id


def test_a_snapshot_stays_below_four_kilobytes_after_a_long_story(long_story):
    office, case_id = long_story
    assert len(office.desk.history(case_id)) > 300
    assert len(snapshot(office, case_id)) <= 4096


def test_a_snapshot_is_read_back_as_it_was_written(long_story):
    office, case_id = long_story
    text = snapshot(office, case_id)
    assert CaseFile.from_bytes(text).to_bytes() == text
    file = CaseFile.from_bytes(text)
    assert CaseFile.from_bytes(file.to_bytes()) == file


def test_a_snapshot_without_an_escalation_and_before_anything_happened():
    office = make_office()
    policy = office.desk.policy
    file = CaseFile(case=Case(id="17"), sla=policy.sla.start({}))
    assert CaseFile.from_bytes(file.to_bytes()) == file
    opened = policy.sla.apply(file.sla, *Log("17").opened(at=office.clock()))
    later = CaseFile(
        case=Case(id="17"), sla=opened, line=Line(waiting=True, skills={"network": 2}, affinity=(("ann",), ("bob",)), since=office.clock()),
        facts={"customer": {"tags": ("a",)}}, contact="body-1", channel="mail", acknowledged=1, next_change_at=office.clock(),
    )  # fmt: skip
    assert CaseFile.from_bytes(later.to_bytes()) == later
