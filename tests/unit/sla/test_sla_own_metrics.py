"""Metrics that a host defines: signals, kinds of events, cycles, and who answers."""

from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Log
from supportkit.policy import Policy
from supportkit.sla import SIGNALS, Metric, SlaPolicy, Target

NINE = datetime(2026, 6, 1, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BASE = Log("1").opened(at=NINE)
HOUR = [Target("60 minutes", "always")]


def at(minutes):
    return NINE + minutes * MINUTE


def happens(*steps, log=BASE):
    for minutes, kind, said in steps:
        log = log.add(kind, at=at(minutes), **said)
    return log


def clocks(log, now, **options):
    report = SlaPolicy({"mine": Metric(HOUR, **options)}).evaluate(log, facts={}, now=at(now))
    return [(clock.state, clock.verdict, clock.elapsed / MINUTE) for clock in report.clocks]


BOT = ("contact.replied", {"automated": True, "audience": "customer"})
NOTE = ("contact.replied", {"audience": "internal", "actor": "agent:ann"})
ASKED = ("contact.received", {"actor": "customer"})
SENT, BACK = ("x.shop.sent", {}), ("x.shop.came_back", {})
REPAIR = {"starts": "x.shop.sent", "stops": "x.shop.came_back", "pause": ["waiting_third_party"]}


@pytest.mark.parametrize(
    ("log", "options", "expected"),
    (
        # kinds of events start and stop
        (BASE, REPAIR, []),
        (happens((5, *SENT), (20, *SENT)), REPAIR, [("running", "breached", 95)]),
        (happens((5, *SENT), (15, *BACK), (40, *SENT)), REPAIR, [("stopped", "met", 10), ("running", "pending", 60)]),
        (happens((5, *SENT), (15, *BACK), (40, *SENT)), {**REPAIR, "cycle": "once"}, [("stopped", "met", 10)]),
        (happens((5, *SENT)).status("waiting_third_party", at=at(30)), REPAIR, [("paused", "pending", 25)]),
        # what solving does
        (happens((5, *SENT)).resolved(at=at(15)), REPAIR, [("stopped", "met", 10)]),
        (happens((5, *SENT)).resolved(at=at(15)), {**REPAIR, "solve": "cancel"}, [("cancelled", "pending", 10)]),
        (happens((5, *SENT)).resolved(at=at(15)).reopened(at=at(95)), {**REPAIR, "cycle": "resume"}, [("running", "pending", 15)]),
        (happens((5, *SENT), (9, *BACK)), {**REPAIR, "stops": (), "cancels": "x.shop.came_back"}, [("cancelled", "pending", 4)]),
        # who answers
        (happens((5, *BOT)), {"like": "first_response"}, [("running", "breached", 100)]),
        (happens((5, *BOT)), {"like": "first_response", "answers": "anybody"}, [("stopped", "met", 5)]),
        (happens((5, *BOT)), {"like": "first_response", "answers": "person"}, [("running", "breached", 100)]),
        (happens((5, *NOTE)), {"like": "first_response", "answers": "anybody"}, [("running", "breached", 100)]),
        (BASE.agent_reply(at=at(5)), {"like": "first_response", "answers": "anybody"}, [("stopped", "met", 5)]),
        (happens((5, *BOT), (10, *ASKED), (15, *BOT)), {"like": "next_response", "answers": "anybody"}, [("stopped", "met", 5)]),
        (happens((5, *BOT), (10, *ASKED), (15, *BOT)), {"like": "next_response"}, []),
        (happens((5, *BOT), (15, *BOT)), {"like": "periodic_update", "answers": "anybody"}, [("stopped", "met", 10), ("running", "breached", 85)]),
        # a message after solving waits for the reopening, as in the built-in metrics
        (BASE.resolved(at=at(10)).customer_message(at=at(20)).reopened(at=at(90)), {"starts": "message", "stops": "reply"}, [("stopped", "met", 10), ("running", "pending", 10)]),
    ),
)  # fmt: skip
def test_timelines_of_metrics_of_ones_own(log, options, expected):
    assert clocks(log, 100, **options) == expected


def test_a_promise_is_never_kept_by_a_machine_whatever_other_metrics_count():
    policy = SlaPolicy({"any": Metric(HOUR, like="first_response", answers="anybody"), "promise": []})
    log = happens((1, "promise.made", {"id": "p", "due": at(30)}), (5, *BOT))
    report = policy.evaluate(log, facts={}, now=at(40))
    assert (report.any.verdict, report.promise.verdict) == ("met", "breached")


def test_an_answer_of_a_machine_survives_being_stored():
    policy = SlaPolicy({"mine": Metric(HOUR, like="next_response", answers="anybody")})
    state = policy.start({})
    for event in happens((5, *BOT)):
        state = policy.apply(state, event)
    state = type(state).from_plain(state.to_plain())
    (asked,) = Log("1").add("contact.received", at=at(10), actor="customer")
    assert policy.report(policy.apply(state, asked), now=at(12)).mine.elapsed == 2 * MINUTE


def test_a_document_can_define_a_metric():
    policy = Policy.from_dict(
        {
            "sla": {
                "repair": {
                    "targets": [
                        {"within": "3 hours", "calendar": "always", "warn": ["50%", "30 minutes before"]}
                    ],
                    "starts": ["x.shop.sent"],
                    "stops": "x.shop.came_back",
                    "cycle": "again",
                    "solve": "cancel",
                    "carry": {"priority": "restart", "reassignment": "retroactive without pauses"},
                },
                "greeted": {
                    "targets": [{"within": "1 minute", "calendar": "always"}],
                    "like": "first_response",
                    "answers": "anybody",
                },
            }
        }
    )
    metric = policy.sla.metrics["repair"]
    assert (metric.starts, metric.stops, metric.cycle) == (("x.shop.sent",), ("x.shop.came_back",), "again")
    assert metric.carry == {"priority": "restart", "reassignment": "retroactive_without_pauses"}
    assert policy.sla.evaluate(happens((5, *SENT)), now=at(6)).repair.due == at(185)
    assert Policy.from_dict(policy.to_dict()).version == policy.version


def test_every_signal_is_explained():
    assert all(SIGNALS.values())
    assert Metric(HOUR, starts=[*SIGNALS]).kind("mine").starts == tuple(SIGNALS)


def test_lives_of_ones_own_make_versions_of_their_own():
    lives = ({}, {"answers": "anybody"}, {"cycle": "again"}, {"carry": {"priority": "restart"}})
    versions = {SlaPolicy({"m": Metric(HOUR, like="first_response", **life)}).version for life in lives}
    assert len(versions) == 4


@pytest.mark.parametrize("signal", ("message", "later_message", "later_message_to_any", "callback"))
def test_every_signal_of_a_customer_stops_a_clock(signal):
    nine = datetime(2026, 7, 6, 9, tzinfo=UTC)
    hours = [nine + timedelta(hours=n) for n in range(4)]
    metric = Metric([Target("8 hours", "always")], starts="opened", stops=signal)
    log = Log("1").opened(at=hours[0]).agent_reply(at=hours[1], by="ann")
    log = log.add(
        "contact.received",
        at=hours[2],
        actor="customer",
        form="voicemail" if signal == "callback" else "message",
    )
    clock = SlaPolicy({"own": metric}).evaluate(log, facts={}, now=hours[3]).own
    assert (clock.state, clock.stopped) == ("stopped", hours[2])


def test_the_message_that_opens_a_case_ends_nothing_that_has_just_begun():
    nine = datetime(2026, 7, 6, 9, tzinfo=UTC)
    metric = Metric(
        [Target("8 hours", "always")], starts=["opened", "message"], stops=["message", "reply"], cycle="again"
    )
    log = Log("1").opened(at=nine).add("contact.received", at=nine, actor="customer")
    report = SlaPolicy({"own": metric}).evaluate(log, facts={}, now=nine + timedelta(hours=1))
    assert [clock.state for clock in report.clocks] == ["running"]


def test_the_last_cycle_with_a_target_stays_in_sight_behind_one_without():
    monday, day = datetime(2026, 10, 19, tzinfo=UTC), timedelta(days=1)
    target = Target("30 minutes", "always")
    policy = SlaPolicy.over_time([
        (monday - day, SlaPolicy({"customer_waiting": [target]})),
        (monday + timedelta(minutes=1), SlaPolicy({"first_response": [target]})),
    ])  # fmt: skip
    log = Log("1").opened(at=monday).agent_reply(at=monday + day)
    log = log.customer_message(at=monday + day).agent_reply(at=monday + day)
    state = policy.start({})
    for event in log.events:
        state = policy.apply(state, event)
    part, whole = policy.report(state, now=monday + day), policy.evaluate(log, facts={}, now=monday + day)
    assert part["customer_waiting"] == whole["customer_waiting"]
    assert (part["customer_waiting"].cycle, part["customer_waiting"].state) == (1, "cancelled")
