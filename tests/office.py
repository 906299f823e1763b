"""A desk with a clock that only moves when told, people whose names say what they are, and mail in memory."""

from datetime import UTC, datetime, timedelta

from attrs import define, field

from supportkit import Desk, Policy
from supportkit.cases import Agent, Contact, ContactPoint, Customer, Purchase
from supportkit.channels import MemoryChannel
from supportkit.desk import Agents, Customers

# A Monday in winter, when London is on UTC.
MONDAY = datetime(2026, 1, 12, 9, tzinfo=UTC)

POLICY = {
    "calendars": {"office": {"zone": "Europe/London", "weekly": {"mon-fri": "08:00-18:00"}}},
    "keywords": {"outage": ["no signal", "no service"], "complaint": ["complain", "complaint"]},
    "classify": [
        {"when": "contact.text.mentions(keywords.complaint)", "kind": "complaint"},
        {"when": "contact.text.mentions(keywords.outage)", "kind": "incident", "category": "outage"},
        {"kind": "question"},
    ],
    "priority": {
        "levels": {"urgent": 60, "high": 30, "normal": 0},
        "ageing": "2 points per hour",
        "factors": [
            {"keywords": {"outage": 40, "complaint": 30}},
            {"spend": {"window": "365 days", "currency": "GBP", "tiers": {500: 5, 2000: 10}}},
            {"open_case": 25},
            {"channel": {"phone": 10, "public": 20}},
        ],
    },
    "sla": {
        "first_response": [
            {"when": 'case.kind == "complaint"', "within": "60 minutes", "calendar": "office"},
            {"when": 'contact.channel == "social"', "within": "2 hours", "calendar": "always"},
            {"within": "1 business day", "calendar": "office"},
        ],
        "next_response": [{"within": "4 hours", "calendar": "office"}],
        "resolution": {
            "targets": [{"within": "16 hours", "calendar": "office"}],
            "pause": ["waiting_customer", "waiting_third_party"],
        },
        "ownership": [{"within": "2 business days", "calendar": "office"}],
        "callback": [{"within": "2 hours", "calendar": "office"}],
    },
    "routing": [
        {"when": "contact.text.mentions(keywords.outage)", "queue": "network", "skills": {"network": 2}},
        {"queue": "general", "when_nobody": "callback"},
    ],
    "escalation": {
        "broken_promise": {
            "starts": "promise.broken",
            "levels": [
                {"after": "0 minutes", "to": "team_lead"},
                {"after": "30 minutes", "to": "duty_manager"},
            ],
        },
        "manager": {"starts": "escalation.manager_requested", "levels": [{"to": "duty_manager"}]},
    },
    "acknowledgement": {"own_addresses": ["help@desk.example"], "per_sender": "3 in 1 day"},
}

PEOPLE = [
    Customer(
        "jo",
        [ContactPoint("email", "jo@example.org"), ContactPoint("phone", "+442079460101")],
        name="Jo",
        purchases=[],
    ),
    Customer(
        "big",
        [ContactPoint("email", "big@example.org")],
        name="Big Spender",
        purchases=[Purchase(MONDAY - timedelta(days=30), "2500", "GBP", product="Fibre", serial="F-1")],
    ),
    Customer("quiet", [ContactPoint("email", "quiet@example.org")], name="Nobody Asked The Shop"),
]

STAFF = [
    Agent(
        "ann",
        presence="offline",
        name="Ann",
        skills={"network": 3},
        teams=["network", "general"],
        capacity={"email": 2, "phone": 1, "social": 1},
    ),
    Agent(
        "bob",
        presence="offline",
        name="Bob",
        teams=["general"],
        capacity={"email": 2, "phone": 1, "social": 1},
    ),
]


@define
class Clock:
    """The time, as the test says."""

    now: datetime = MONDAY

    def __call__(self):
        return self.now

    def move_to(self, at):
        self.now = at

    def pass_(self, **span):
        self.now += timedelta(**span)


@define
class Office:
    """A desk and shorthands for what people do with it."""

    desk: Desk
    clock: Clock
    mail: MemoryChannel
    written: int = field(default=0)

    def writes(self, who="jo", text="A question", *, channel="mail", **said):
        self.written += 1
        contact = Contact(
            id=f"m{self.written}", channel=said.pop("kind", "email"), at=self.clock(), text=text,
            points=said.pop("points", [ContactPoint("email", f"{who}@example.org")]), sender=f"{who}@example.org",
            message_id=said.pop("message_id", f"<m{self.written}@example.org>"), **said,
        )  # fmt: skip
        return self.desk.receive(channel, contact).contacts[0]

    def calls(self, who_number="+442079460101", *, form="call", text=None):
        return self.writes(
            text=text,
            channel="phone",
            kind="phone",
            form=form,
            points=[ContactPoint("phone", who_number, region="GB")],
            message_id=None,
        )

    def kinds(self, case_id, *prefixes):
        return tuple(k for k in self.desk.history(case_id).kinds if not prefixes or k.startswith(prefixes))

    def events(self, case_id, kind):
        return [event for event in self.desk.history(case_id) if event.kind == kind]


def make_office(store=None, *, staff=STAFF, people=PEOPLE, **policy):
    clock = Clock()
    mail = MemoryChannel("mail", kind="email")
    phone = MemoryChannel("phone", kind="phone", capabilities=mail.capabilities.__class__(sends=False))
    desk = Desk(
        Policy.from_dict(POLICY | policy),
        store=store,
        channels=[mail, phone, MemoryChannel("social")],
        customers=Customers(people),
        agents=Agents(staff),
        clock=clock,
    )
    return Office(desk, clock, mail)
