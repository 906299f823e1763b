"""Real mails and real incidents through a desk: nothing raises, nothing is lost, the counts agree with a recount."""

import csv
import gzip
import sys
from collections import Counter
from pathlib import Path

import pytest

from office import POLICY, make_office
from supportkit import Desk, Policy
from supportkit.cases import fold
from supportkit.channels import EmailChannel, ManualChannel
from supportkit.desk import CaseFile
from supportkit.storage import MemoryStore

sys.path.insert(0, str(Path(__file__).parents[2] / "examples"))
import incidents


@pytest.fixture(scope="module")
def mails(support_data):
    return sorted((support_data / "mail").glob("*/*.eml"))


def test_every_real_mail_becomes_a_case_or_a_recorded_decision(mails):
    office = make_office()
    desk = Desk(office.desk.policy, channels=[EmailChannel(name="mail")], clock=office.clock)
    actions = Counter()
    for path in mails:
        receipt = desk.receive("mail", path.read_bytes(), key=path.name)
        (contact,) = receipt.contacts
        actions[contact.action] += 1
        assert contact.case_id is not None or contact.reason is not None
    assert sum(actions.values()) == len(mails) == 83
    cases = list(desk.cases())
    with desk._reader() as reader:
        apart = [event for event in reader.events("desk:default") if event.kind.startswith("contact.")]
    assert (
        len(apart) + sum(len([e for e in desk.history(c.id) if e.kind == "contact.received"]) for c in cases)
        == 83
    )


def test_malformed_mail_is_taken_in_with_its_words(mails):
    malformed = [path for path in mails if path.parent.name == "malformed"]
    desk = Desk(Policy.from_dict(POLICY), channels=[EmailChannel(name="mail")])
    receipts = [desk.receive("mail", path.read_bytes()).contacts[0] for path in malformed]
    assert len(receipts) == 7
    assert all(receipt.case_id or receipt.reason for receipt in receipts)


LIMIT = 2000


@pytest.fixture(scope="module")
def played(support_data):
    path = support_data / "servicenow_incidents" / "incident_event_log_opened_before_2016-05-01.csv.gz"
    entries = incidents.read(path, LIMIT)
    desk = Desk(
        Policy.load(incidents.POLICY), name="incidents", store=MemoryStore(), channels=[ManualChannel()]
    )
    run = incidents.run(entries, desk)
    return desk, entries, run, path


def recount(path, limit):  # noqa: C901 - one plain loop over the rows, on purpose
    """Count the same things from the rows alone, without a desk and without the example's code."""
    counts, rows_of = Counter(), {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["number"] not in rows_of and len(rows_of) == limit:
                break
            rows_of.setdefault(row["number"], []).append(row)
    for rows in rows_of.values():
        counts["incidents"] += 1
        group = agent = "?"
        held = ("?", "?")  # the group and agent who have it in hand
        over = waiting = False
        for row in rows:
            state = row["incident_state"]
            if (row["assignment_group"], row["assigned_to"]) != (group, agent):
                group, agent = row["assignment_group"], row["assigned_to"]
                if (group, agent) == ("?", "?"):
                    counts["fault: owner_vanished"] += 1
                elif not over:
                    kept = agent != "?" and agent == held[1] and group in {"?", held[0]}
                    counts["assigned"] += not kept  # who has it already is not assigned once more
                    held = (held[0] if group == "?" else group, agent)
            if state in {"Resolved", "Closed"}:
                if state == "Resolved" and not over:
                    counts["resolved"] += 1
                if state == "Closed" and waiting != "closed":
                    counts["closed"] += 1
                    counts["fault: closed_without_code"] += row["closed_code"] == "?"
                    waiting = "closed"
                over = True
                continue
            counts["reopened"] += over
            if over:
                over, waiting, held = False, False, (held[0], "?")
            kind = (
                "customer"
                if state == "Awaiting User Info"
                else "other"
                if state.startswith("Awaiting")
                else False
            )
            counts["waiting"] += bool(kind) and kind != waiting
            waiting = kind
    return counts


def test_the_incidents_come_to_what_a_plain_recount_of_the_rows_says(played):
    desk, entries, _, path = played
    found, expected = incidents.report(desk, entries).counts, recount(path, LIMIT)
    assert len(entries) == 14_041
    assert {name: found[name] for name in expected} == dict(expected)


def test_what_cannot_be_believed_is_clamped_and_recorded(played):
    desk, entries, run, _ = played
    faults = incidents.report(desk, entries).counts
    assert (
        faults["fault: event_before_opening"] == sum("event_before_opening" in e.faults for e in entries) > 0
    )
    assert faults["fault: time_went_back"] >= 1
    case = run.cases["INC0000137"]
    assert all(a.at <= b.at for a, b in zip(desk.history(case), list(desk.history(case))[1:], strict=False))


def test_every_incident_is_the_fold_of_its_log_and_its_resolution_is_judged_once(played):
    desk, _, run, _ = played
    with desk._reader() as reader:
        for row in reader.cases():
            events = reader.events(f"case:{row.ref}")
            assert CaseFile.from_bytes(row.snapshot).case == fold(events)
            said = [
                (e.kind, e.payload.cycle)
                for e in events
                if getattr(e.payload, "metric", None) == "resolution"
            ]
            for (_, cycle), times in Counter(one for one in said if one[0] == "target.breached").items():
                # A lower priority sets a later target, which revises the verdict; then it may be breached anew.
                assert times <= 1 + said.count(("target.revised", cycle))
    assert len(run.cases) == LIMIT


def test_nothing_is_known_before_it_happened(played):
    """No case is closed, and no code is on record, before the row that closes it."""
    desk, entries, run, _ = played
    closings = {(e.number, e.at) for e in entries if e.row["incident_state"] == "Closed"}
    for number, case in run.cases.items():
        for event in desk.history(case):
            if event.kind == "case.closed":
                assert (number, event.at) in closings
            else:
                assert getattr(event.payload, "code", None) in {
                    None,
                    "event_before_opening",
                    "time_went_back",
                    "owner_vanished",
                    "closed_without_code",
                }
