"""A change of policy comes out the same, whichever case is met first, by whatever call, however late."""

from hypothesis import given, settings
from hypothesis import strategies as st

from office import POLICY, make_office
from supportkit import Policy
from supportkit.errors import CommandRefused

SLA = POLICY["sla"]
POLICIES = [
    Policy.from_dict(POLICY | {"sla": sections})
    for sections in (
        SLA | {"first_response": [{"within": "2 hours", "calendar": "office", "warn": ["50%"]}]},
        {name: lines for name, lines in SLA.items() if name not in {"ownership", "resolution"}},
        SLA | {"first_resolution": [{"within": "5 hours", "calendar": "office"}]},
        SLA
        | {
            "first_response": {
                "targets": [{"within": "30 minutes", "calendar": "always"}],
                "carry": {"policy": "restart"},
            }
        },
    )
]
JUDGED = ("target.", "promise.", "desk.policy_adopted")
STEPS = st.lists(
    st.tuples(
        st.integers(0, 400),
        st.sampled_from(
            ("write", "complain", "reply", "hold", "resume", "resolve", "reopen", "nothing", "adopt")
        ),
        st.integers(0, 5),
    ),
    min_size=3,
    max_size=12,
)


def play(steps, ticks):
    """Do the steps, each some minutes after the last; `ticks` says how many cases are met after each."""
    office, cases = make_office(), []
    for number, (minutes, doing, which) in enumerate(steps):
        office.clock.pass_(minutes=minutes)
        if doing == "adopt":
            office.desk.adopt(POLICIES[which % len(POLICIES)])
        elif doing in {"write", "complain"} or not cases:
            cases.append(
                office.writes(("jo", "big")[which % 2], "I complain" if doing == "complain" else "Hi").case_id
            )
        elif doing != "nothing":
            act(office.desk, doing, cases[which % len(cases)])
        if (limit := ticks[number % len(ticks)]) > 0:
            office.desk.tick(limit=limit)
    office.clock.pass_(days=3)
    while office.desk.tick().advanced:
        pass
    return office, cases


def act(desk, doing, case):
    said = {"outcome": "solved", "code": "x"} if doing == "resolve" else {}
    try:
        getattr(desk, doing)(case, by="ann", **said)
    except CommandRefused:
        return


def judged(office, cases):
    """What is owed and promised in each case; one that is over meets a policy only if something happens to it."""
    return {
        case: [
            (event.kind, event.at, event.payload.fields(), event.policy_version)
            for event in office.desk.history(case)
            if event.kind.startswith(JUDGED if office.desk.case(case).is_open else JUDGED[:2])
        ]
        for case in cases
    }


@settings(max_examples=30)
@given(STEPS, st.lists(st.integers(0, 3), min_size=1, max_size=12))
def test_the_final_state_does_not_depend_on_the_order_in_which_cases_meet_a_policy(steps, ticks):
    swept, cases = play(steps, [100])
    late, same = play(steps, [0])
    some, _ = play(steps, ticks)
    assert cases == same
    assert judged(late, cases) == judged(swept, cases) == judged(some, cases)
    assert [office.desk.health().stale for office in (swept, late, some)] == [0, 0, 0]


@settings(max_examples=25)
@given(STEPS)
def test_every_open_case_has_met_every_policy_once_and_at_its_instant(steps):
    office, cases = play(steps, [0])
    assert not any(office.desk.audit(case) for case in cases)
    with office.desk._reader() as reader:
        adopted = [(e.at, e.payload.version, e.payload.epoch) for e in reader.events("desk:default")]
    for case in cases:
        met = [(e.at, e.payload.version, e.payload.epoch) for e in office.events(case, "desk.policy_adopted")]
        opened = office.desk.case(case).opened_at
        assert met == [era for era in adopted if era[0] >= opened and era in met]
        if office.desk.case(case).is_open:
            assert len(met) >= sum(at > opened for at, *_ in adopted)
