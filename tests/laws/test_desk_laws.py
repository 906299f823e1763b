"""What holds for a desk whatever happens to it, in whatever order, however often somebody looks at the clock."""

from datetime import timedelta
from itertools import pairwise

from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from office import STAFF, make_office
from supportkit.canonical import encode, from_plain
from supportkit.cases import fold
from supportkit.desk import CaseFile
from supportkit.desk.explanation import recompute_priority
from supportkit.errors import CommandRefused
from supportkit.policy import recordable
from supportkit.routing import Item, Route

MINUTES = st.integers(0, 26 * 60)
DOINGS = st.sampled_from([
    "write", "complain", "outage", "call", "voicemail", "follow_up", "reply", "hold", "resume", "resolve", "reopen",
    "hand_off", "release", "take", "manager", "ack", "note", "ann", "bob", "home", "merge",
])  # fmt: skip
STORIES = st.lists(st.tuples(DOINGS, MINUTES), min_size=1, max_size=14)


def play(story, *, ticks=(), office=None):
    """Do one thing after another, each some minutes after the last, with ticks in between where asked."""
    office = office or make_office()
    cases = []
    for number, (doing, minutes) in enumerate(story):
        target = office.clock() + timedelta(minutes=minutes)
        for share in ticks:
            at = office.clock() + (target - office.clock()) * share
            office.clock.move_to(at)
            office.desk.tick()
        office.clock.move_to(target)
        try:
            _do(office, doing, cases, number)
        except CommandRefused:
            continue
    return office, cases


def _do(office, doing, cases, number):
    desk, last = office.desk, cases[-1] if cases else None
    texts = {"write": "a question", "complain": "I complain", "outage": "no signal"}
    if doing in texts:
        cases.append(office.writes(text=texts[doing], message_id=f"<{number}@x>").case_id)
    elif doing in {"call", "voicemail"}:
        cases.append(office.calls(form=doing).case_id)
    elif doing in {"ann", "bob"}:
        desk.set_presence(doing, "available")
    elif doing == "home":
        desk.set_presence("ann", "offline")
    elif doing == "follow_up":
        office.writes(text="any news?", headers=[("References", f"<{n}@x>") for n in range(number)])
    elif doing == "merge":
        other = cases[number % len(cases)] if cases else None
        if last is not None and other is not None:
            desk.merge(other, last, by="ann", reason="one matter")
    elif last is not None:
        _COMMANDS.get(doing, lambda desk, case: getattr(desk, doing)(case, by="ann"))(desk, last)


_COMMANDS = {
    "hand_off": lambda desk, case: desk.hand_off(case, by="ann", agent="bob", reason="knows more"),
    "resolve": lambda desk, case: desk.resolve(case, by="ann", outcome="solved", code="done"),
    "manager": lambda desk, case: desk.request_manager(case, reason="now"),
    "reply": lambda desk, case: desk.reply(case, "Words.", by="ann"),
    "note": lambda desk, case: desk.note(case, "Words.", by="ann"),
}


def streams(office):
    with office.desk._reader() as reader:
        return {name: reader.events(name) for name in reader.streams()}


@given(STORIES)
def test_the_snapshot_of_a_case_is_the_fold_of_its_events(story):
    office, _ = play(story, ticks=(1,))
    with office.desk._reader() as reader:
        for row in reader.cases():
            events = reader.events(f"case:{row.ref}")
            assert CaseFile.from_bytes(row.snapshot).case == fold(events)
            assert [event.seq for event in events] == list(range(1, row.version + 1))
            assert all(a.at <= b.at for a, b in pairwise(events))


@given(STORIES)
def test_what_a_merged_case_promised_is_promised_where_it_goes_on(story):
    office, _ = play(story, ticks=(1,))
    logs = streams(office)
    made = {e.payload.id: e for events in logs.values() for e in events if e.kind == "promise.made"}
    for case in office.desk.cases():
        if case.status == "merged":
            handed_over = [
                e.payload for e in logs[f"case:{case.id}"] if e.kind == "promise.superseded" and e.payload.by
            ]
            goes_on = [made[said.by] for said in handed_over if made[said.by].stream != f"case:{case.id}"]
            assert {e.stream for e in goes_on} <= {f"case:{case.merged_into}"}
            assert case.promises == ()
            told = {(made[said.id].payload.due, made[said.id].payload.what) for said in handed_over}
            assert {(e.payload.due, e.payload.what) for e in goes_on} <= told


@given(STORIES)
def test_a_recorded_priority_comes_out_again_byte_for_byte_from_its_recorded_facts(story):
    office, cases = play(story)
    for case_id in set(filter(None, cases)):
        for event in office.events(case_id, "priority.decided"):
            again = recompute_priority(office.desk.policy, event)
            if again is not None:
                decided = from_plain(again.to_plain())
                assert decided.pop("policy_version") == event.policy_version
                recorded = {
                    name: getattr(event.payload, name, event.payload.extra.get(name)) for name in decided
                }
                assert encode(recorded) == encode(decided)


@given(STORIES)
def test_a_log_that_is_decided_again_gives_the_same_decisions(story):
    office, cases = play(story, ticks=(0.5, 1))
    for case_id in set(filter(None, cases)):
        audit = office.desk.audit(case_id)
        assert audit.disagreements == ()
        assert audit.checked >= 3  # what it is, how urgent, which queue


@given(STORIES)
def test_a_recorded_classification_comes_out_again(story):
    office, cases = play(story)
    policy = office.desk.policy
    for case_id in set(filter(None, cases)):
        for event in office.events(case_id, "case.classified"):
            facts = policy.reading.recorded(event.payload.facts)
            again = policy.classify(facts, now=event.at)
            assert (again["kind"], again["rule"]) == (event.payload.kind, event.payload.rule)
            assert encode(recordable(facts)) == encode(event.payload.facts)


@given(STORIES, st.lists(st.floats(0, 1), max_size=3).map(sorted))
def test_ticks_at_any_instants_give_the_same_verdicts(story, ticks):
    def verdicts(office):
        kinds = ("target.met", "target.breached", "promise.kept", "promise.broken")
        return {
            name: [(e.kind, e.payload.fields(), judged_at(e)) for e in events if e.kind in kinds]
            for name, events in streams(office).items()
        }

    def judged_at(event):
        # Due at closing time, it is broken when the desk opens: what fired late meanwhile stands before it.
        return event.payload.due if event.kind == "target.breached" else event.at

    quiet, _ = play(story)
    watched, _ = play(story, ticks=ticks)
    quiet.desk.tick()
    watched.desk.tick()
    assert verdicts(watched) == verdicts(quiet)


@given(STORIES)
def test_a_case_once_owned_is_never_without_somebody_in_charge(story):
    office, _ = play(story, ticks=(0.5, 1))
    for events in streams(office).values():
        if events[0].kind == "case.opened":
            assert fold(events[:1] + tuple(e for e in events if e.kind == "case.assigned")).team is not None
            assert fold(events).faults == 0


@given(STORIES)
def test_a_quiet_desk_has_no_free_agent_beside_a_case_they_could_take(story):
    office, _ = play(story)
    skilled = {"ann": {"network", "general"}, "bob": {"general"}}
    seats = {row.ref: row for row in office.desk.agents()}
    for case in office.desk.queue():
        channel = "phone" if case.channel == "phone" else "email"
        limit = 1 if channel == "phone" else 2
        for agent, queues in skilled.items():
            free = seats[agent].presence == "available" and seats[agent].load.get(channel, 0) < limit
            assert not (free and case.queue in queues and agent not in case.excluded)


RELAXING = {
    "routes": [{"queue": "general", "when_nobody": "callback"}],
    "steps": [
        {"within": "40 minutes", "agents": ["ann"], "skip_if": "none_available"},
        {"within": "2 hours", "agents": ["bob"]},
    ],
    "after_steps": "anybody",
}


@given(STORIES)
def test_after_a_tick_nobody_is_free_beside_a_case_that_a_step_lets_them_have(story):
    office, _ = play(story, office=make_office(routing=RELAXING))
    office.desk.tick()
    people = {agent.id: agent for agent in STAFF}
    seats = {row.ref: row for row in office.desk.agents()}
    present = [evolve(people[ref], presence=row.presence, load=row.load) for ref, row in seats.items()]
    with office.desk._reader() as reader:
        for row in reader.waiting():
            file = CaseFile.from_bytes(row.snapshot)
            item = Item(
                row.ref, created_at=file.line.since, channel=file.case.channel, excluded=file.case.excluded
            )
            decision = office.desk.policy.routing.decide(item, present, now=office.clock(), route=Route())
            assert decision.agent is None


@example([("write", 0), ("ann", 0), ("resolve", 0), ("follow_up", 0)])
@given(STORIES)
def test_load_is_the_sum_of_seats_and_never_more_than_the_capacity_by_routing(story):
    office, _ = play(story)
    with office.desk._reader() as reader:
        seats, agents = reader.seats(), reader.agents()
        open_owned = {row.ref for row in reader.cases(open_only=True) if row.owner}
    assert {seat.case for seat in seats} == open_owned
    for agent in agents:
        mine = [seat for seat in seats if seat.agent == agent.ref]
        assert sum(agent.load.values()) == len(mine)


@given(STORIES, st.data())
def test_carrying_out_any_command_twice_with_one_key_is_carrying_it_out_once(story, data):
    office, cases = play(story)
    if not cases or cases[-1] is None:
        return
    before = streams(office)
    key = data.draw(st.text(min_size=1, max_size=5))
    office.desk.note(cases[-1], "once", by="ann", key=key)
    once = streams(office)
    again = office.desk.note(cases[-1], "once", by="ann", key=key)
    assert again.duplicate
    assert streams(office) == once != before
