"""Problems do not go away when ignored: hours without any event bring a case to somebody's attention."""

from datetime import timedelta

from office import POLICY, make_office

SIGNS_OF_LIFE = [
    "opened",
    "message",
    "reply",
    "contact.noted",
    "case.status_changed",
    "case.assigned",
    "case.next_action_set",
]
WATCHED = {
    "sla": POLICY["sla"] | {
        "idle": {
            "targets": [{"within": "8 hours", "calendar": "office"}],
            "starts": SIGNS_OF_LIFE,
            "stops": SIGNS_OF_LIFE,
            "cycle": "again",
        }
    },
    "escalation": {
        "ignored": {"starts": "target.breached", "levels": [{"to": "team_lead"}]}
    },
}  # fmt: skip


def idle_breaches(office, case_id):
    return [e.at for e in office.events(case_id, "target.breached") if e.payload.metric == "idle"]


def test_a_case_without_any_event_for_a_working_day_fires_once():
    office = make_office(**WATCHED)
    case_id = office.writes(text="A question").case_id
    office.desk.reply(case_id, "We look into it", by="ann")
    office.clock.pass_(hours=7, minutes=59)
    office.desk.tick()
    assert idle_breaches(office, case_id) == []
    office.clock.pass_(minutes=2)
    office.desk.tick()
    assert len(idle_breaches(office, case_id)) == 1
    assert office.desk.outbox.to("team_lead").of_case(case_id)


def test_every_sign_of_life_begins_the_hours_anew():
    office = make_office(**WATCHED)
    case_id = office.writes(text="A question").case_id
    for _ in range(3):
        office.clock.pass_(hours=5)
        office.desk.note(case_id, "Still waiting for the supplier", by="ann")
        office.desk.tick()
    assert idle_breaches(office, case_id) == []
    office.clock.pass_(days=2)
    office.desk.tick()
    (at,) = idle_breaches(office, case_id)
    assert at - office.clock() < timedelta(0)


def test_what_the_customer_writes_is_a_sign_of_life_too():
    office = make_office(**WATCHED)
    case_id = office.writes(text="A question").case_id
    office.clock.pass_(hours=5)
    again = office.writes(text="Hello?", headers=[("In-Reply-To", "<m1@example.org>")])
    assert again.case_id == case_id
    office.clock.pass_(hours=4)
    office.desk.tick()
    assert idle_breaches(office, case_id) == []
