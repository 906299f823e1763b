"""A caller on hold waits, whatever the status of the case says."""

from datetime import timedelta

from office import POLICY, Clock
from supportkit import Desk, Policy
from supportkit.channels import PhoneChannel

SLA = {**POLICY["sla"], "requester_wait": [{"within": "30 minutes", "calendar": "always"}]}


def test_minutes_on_hold_are_in_the_wait_of_the_requester():
    clock = Clock()
    desk = Desk(Policy.from_dict(POLICY | {"sla": SLA}), channels=[PhoneChannel(region="GB")], clock=clock)

    def calls(number, *holds):
        spans = [
            {
                "from": (clock() - timedelta(minutes=a)).isoformat(),
                "to": (clock() - timedelta(minutes=b)).isoformat(),
            }
            for a, b in holds
        ]
        event = {"id": f"call-{number}", "event": "call", "from": "020 7946 0101", "holds": spans}
        return desk.receive("phone", {"events": [event]}).contacts[0].case_id

    case = calls(1, (9, 4))
    clock.pass_(minutes=10)
    desk.hold(case, by="ann", until=clock() + timedelta(days=2))
    clock.pass_(minutes=120)
    assert calls(2, (15, 3)) == case
    report = desk.policy.sla.evaluate(desk.history(case), now=clock())
    assert report.requester_wait.elapsed == timedelta(minutes=5 + 10 + 12)
    assert report.requester_wait.remaining == timedelta(minutes=3)
