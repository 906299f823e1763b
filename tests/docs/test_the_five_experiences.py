"""The five ways in, as they are promised: each snippet runs as it is printed."""

import hashlib
import hmac
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import fastapi
import pytest
import sqlalchemy as sa
from attrs import define
from fastapi import Body
from fastapi.testclient import TestClient

from supportkit import Desk, Log, Policy, Registry
from supportkit.cases import Agent, Contact, ContactPoint, Customer
from supportkit.channels import EmailChannel, FolderTransport, check_hmac
from supportkit.desk import Agents, Customers
from supportkit.errors import StoreError
from supportkit.plugins import ChannelSpec, hookimpl
from supportkit.policy import check
from supportkit.ports import Capabilities, DeliveryUpdate, Outbound, Request, SendResult
from supportkit.storage import SqlStore
from supportkit.testing import ChannelContract, Clock, Sample
from whatsapp import Settings as MetaSettings
from whatsapp import WhatsApp as MetaWhatsApp

PAGES = Path(__file__).parents[2] / "docs"
NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)  # a Wednesday, 13:00 in London

EMBEDDING = r"""
policy = Policy.load(BASE_DIR / "support.yaml")
as_facts = policy.bind({"contact.text": "body", "contact.channel": "source", "case.kind": "kind", "case.opened_at": "created_at",
                        "customer.spend_365d": "account.spend_365d", "customer.open_cases": "account.open_tickets"})

def triage(ticket, now):
    log = Log(str(ticket.pk)).opened(at=ticket.created_at)
    for m in ticket.messages:
        log = log.agent_reply(at=m.at, by=m.author) if m.from_staff else log.customer_message(at=m.at)
    facts = as_facts(ticket)
    decision, report = policy.priority.decide(facts, now=now), policy.sla.evaluate(log, facts=facts, now=now)
    ticket.priority, ticket.sort_key, ticket.why = decision.priority, decision.sort_key, str(decision.explain())
    ticket.due_at, ticket.check_at = report.first_response.due, report.next_change_at
"""

PLATFORM = r"""
desk = Desk(Policy.load("support.yaml"), name="consumer", store=SqlStore(engine, schema="support"),
            channels=[EmailChannel(mail), WhatsApp(settings, name="whatsapp-uk")],
            customers=CrmDirectory(crm), agents=WorkforceRoster(wfm), shadow=Policy.load("support-next.yaml"))

@app.post("/in/{channel}")
def inbound(channel: str, http: fastapi.Request, body: bytes = Body(b"")):
    with engine.begin() as connection:                       # our row and the desk's events, or neither
        receipt = desk.using(connection).receive(channel, Request(http.method, http.query_params, http.headers, body))
        connection.execute(insert(ledger), [{"case": c.case_id, "duplicate": c.duplicate} for c in receipt.contacts])
    return fastapi.Response(receipt.response.body, receipt.response.status)
"""

CHANNEL = r"""
@define
class WhatsApp:
    settings: Settings
    name: str = "whatsapp"
    capabilities = Capabilities(realtime=True, receipts="read", max_length=4096, reply_window=timedelta(hours=24))
    def verify(self, request, now): check_hmac(request, "X-Hub-Signature-256", prefix="sha256=", secret=self.settings.secret)
    def parse(self, request): ...                            # yields Contact and DeliveryUpdate
    def render(self, message, *, window_open): return Outbound(text=message.text) if window_open else Outbound(template="reopen")
    def send(self, outbound, key): ...                       # SendResult.accepted(id) | .retry(after=) | .refused(reason)

@hookimpl
def supportkit_register_channels(): return [ChannelSpec("whatsapp", factory=WhatsApp, settings=Settings)]

class TestWhatsApp(ChannelContract):
    channel = pytest.fixture(lambda self: WhatsApp(TEST_SETTINGS))
"""

SUITE = r"""
@pytest.mark.parametrize("law", laws.of(policy), ids=str)
def test_policy_keeps(law): law.check(policy)

def test_silence_after_the_acknowledgement_reaches_the_team_lead(support_desk, clock):
    case_id = support_desk.receive("email", mail("I want to complain")).contacts[0].case_id
    clock.move_to(support_desk.case(case_id).promises[0].due + timedelta(microseconds=1)); support_desk.tick()
    assert support_desk.history(case_id).kinds[-2:] == ("promise.broken", "escalation.fired")
    assert support_desk.outbox.to("team_lead")
"""

SUPPORT_YAML = r"""supportkit: 1                                  # 5  support.yaml, read and changed by the support manager
calendars: {office: {zone: Europe/London, weekly: {mon-fri: 08:00-18:00, sat: 10:00-16:00}, holidays: GB-ENG}}
classify: [{when: "contact.text.mentions('complain', 'complaint')", kind: complaint}, {kind: question}]
keywords: {outage: [no signal, no service, cannot call], legal: [lawyer, ombudsman]}
priority:
  levels: {urgent: 60, high: 30, normal: 0}    # points at least
  ageing: 2 points per hour
  factors: [{keywords: {outage: 40, legal: 30}}, {spend: {window: 365 days, currency: GBP, tiers: {500: 5, 2000: 10}}}, {open_case: 25}]   # tiers: the highest minimum reached
  overrides: [{when: contact.visibility == "public" and contact.text.mentions(keywords.outage), priority: urgent, because: It spreads.}]
sla: {first_response: [{when: case.kind == "complaint", within: 60 minutes, calendar: office},      # the first line that fits
                       {when: contact.channel == "social", within: 2 hours, calendar: always},
                       {within: 1 business day, calendar: office, warn: [50%, 90%]}]}
routing: [{when: contact.text.mentions(keywords.outage), queue: network, skills: {network: 2}}, {queue: general, when_nobody: callback}]
escalation: {broken_promise: {starts: promise.broken, levels: [{after: 0 minutes, to: team_lead}, {after: 30 minutes, to: duty_manager}]}}   # after the level before
examples:
  - given: {contact: {channel: social, visibility: public, text: No signal since eight}, customer: {spend_365d: 120}, case: {kind: question}}
    expect: {priority: urgent, queue: network, first_response: {within: 2 hours}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the support manager keeps the policy, and the one of next month."""
    made = tmp_path_factory.mktemp("host")
    (made / "support.yaml").write_text(SUPPORT_YAML, encoding="utf-8")
    (made / "support-next.yaml").write_text(
        SUPPORT_YAML.replace("1 business day", "2 business days"), encoding="utf-8"
    )
    return made


@pytest.mark.parametrize(
    ("page", "says"),
    (
        ("embedding.md", "def triage(ticket, now):"),
        ("web-application.md", 'def inbound(channel: str, http: fastapi.Request, body: bytes = Body(b"")):'),
        ("writing-a-channel.md", "channel = pytest.fixture(lambda self: WhatsApp(TEST_SETTINGS))"),
        ("testing-policies.md", "laws.of(policy)"),
        ("support-manager.md", "factors:"),
    ),
)
def test_each_has_a_page_that_the_index_leads_to(page, says):
    assert says in (PAGES / "guides" / page).read_text("utf-8")
    assert f"](guides/{page})" in (PAGES / "index.md").read_text("utf-8")


# -- 1: tickets in tables of the host's own -------------------------------------------------------------------


def test_an_engineer_triages_tickets_of_their_own(folder):
    here = {"Policy": Policy, "Log": Log, "BASE_DIR": folder}
    exec(EMBEDDING, here)
    account = SimpleNamespace(spend_365d=Decimal(700), open_tickets=0)
    ticket = SimpleNamespace(
        pk=17, body="No signal since eight", source="email", kind="complaint", created_at=NOON,
        account=account, messages=[],
    )  # fmt: skip
    here["triage"](ticket, NOON)
    assert (ticket.priority, ticket.due_at) == ("high", NOON + timedelta(minutes=60))
    assert ticket.check_at == ticket.due_at + timedelta(microseconds=1)
    assert "+5 spend (spent 700, reached 500, currency GBP)" in ticket.why
    ticket.messages.append(SimpleNamespace(at=NOON + timedelta(minutes=9), from_staff=True, author="ann"))
    here["triage"](ticket, NOON + timedelta(minutes=10))
    assert ticket.check_at is None


# -- 2: a web application, its database and its transactions --------------------------------------------------


def webhook(number, text):
    """A webhook as the provider of the channel in the examples sends it."""
    said = {"from": "447700900001", "id": f"wamid.{number}", "timestamp": "1782900000", "type": "text"}
    document = {"entry": [{"changes": [{"value": {"messages": [{**said, "text": {"body": text}}]}}]}]}
    body = json.dumps(document).encode()
    seal = hmac.new(b"app-secret", body, hashlib.sha256).hexdigest()
    return {"content": body, "headers": {"X-Hub-Signature-256": f"sha256={seal}"}}


@pytest.fixture
def platform(folder, tmp_path, monkeypatch):
    """What stands around the snippet in the application of a platform engineer."""
    monkeypatch.chdir(folder)
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'host.db'}")
    sa.event.listen(engine, "connect", lambda driver, _: setattr(driver, "isolation_level", None))
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    ledger = sa.Table(
        "ledger", sa.MetaData(), sa.Column("case", sa.String), sa.Column("duplicate", sa.Boolean)
    )
    ledger.metadata.create_all(engine)
    jo = Customer("jo", [ContactPoint("phone", "+447700900001")], name="Jo")
    ann = Agent("ann", teams=["network"], skills={"network": 3})
    yield {
        "Desk": Desk, "Policy": Policy, "SqlStore": SqlStore, "EmailChannel": EmailChannel, "Request": Request,
        "WhatsApp": MetaWhatsApp, "fastapi": fastapi, "Body": Body, "insert": sa.insert,
        "app": fastapi.FastAPI(), "engine": engine, "ledger": ledger,
        "mail": FolderTransport(tmp_path / "mail", address="support@shop.example"),
        "settings": MetaSettings("app-secret", "1555", "t0ken", "abc"),
        "crm": [jo], "wfm": [ann], "CrmDirectory": Customers, "WorkforceRoster": Agents,
    }  # fmt: skip
    engine.dispose()


def test_a_platform_engineer_takes_contacts_in_within_their_own_transaction(platform):
    exec(PLATFORM.replace(', schema="support"', ""), platform)
    client = TestClient(platform["app"])
    for _ in range(2):
        assert client.post("/in/whatsapp-uk", **webhook(1, "No signal since eight")).status_code == 200
    with platform["engine"].connect() as connection:
        rows = [tuple(row) for row in connection.execute(sa.select(platform["ledger"]))]
    ((case_id, first), (again, second)) = rows
    assert (case_id, first, second) == (again, False, True)
    desk = platform["desk"]
    desk.tick()
    assert (desk.case(case_id).customer, desk.case(case_id).owner) == ("jo", "ann")
    (difference,) = desk.differences(case_id)
    assert set(difference.payload.differences) == {"first_response", "promise.due"}


def test_a_schema_of_its_own_is_refused_by_name_until_there_is_a_database_that_has_them(platform):
    with pytest.raises(StoreError, match="schema"):
        exec(PLATFORM, platform)


# -- 3: a channel without a base class ------------------------------------------------------------------------


@define
class Settings:
    secret: str


class Provider:
    """Stands for the other side: takes each key once."""

    def __init__(self):
        self.taken = {}

    def __call__(self, outbound, key):
        if not outbound.to or not (outbound.text or outbound.template) or len(outbound.to.split()) > 1:
            return SendResult.refused("a message needs one recipient and something to say")
        if len(outbound.text or "") > 4096 or "\ud800" in (outbound.text or ""):
            return SendResult.refused("the provider cannot write this")
        self.taken.setdefault(key, outbound)
        return SendResult.accepted(f"id-{key}")


def parse(self, request):
    """What the snippet leaves open: one contact, or one word on a message of ours."""
    from supportkit.errors import ChannelError

    try:
        said = json.loads(request.body)
        if "state" in said:
            yield DeliveryUpdate(said["key"], said["state"])
            return
        points = [ContactPoint("phone", said["from"])]
        yield Contact(
            id=f"{self.name}/{said['id']}", channel="whatsapp", channel_name=self.name, at=NOON, points=points,
            sender=said["from"], text=said["text"],
        )  # fmt: skip
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ChannelError(f"no message: {error!r}") from error


def filled(provider):
    """The names of the snippet, its two open places filled."""
    here = {
        "__name__": __name__, "define": define, "Settings": Settings, "Capabilities": Capabilities,
        "Outbound": Outbound, "timedelta": timedelta, "check_hmac": check_hmac, "ChannelSpec": ChannelSpec,
        "hookimpl": hookimpl, "ChannelContract": ChannelContract, "pytest": pytest,
        "TEST_SETTINGS": Settings("app-secret"), "filled_parse": parse, "filled_send": provider,
    }  # fmt: skip
    code = CHANNEL.replace("def parse(self, request): ...", "parse = filled_parse")
    code = code.replace("def send(self, outbound, key): ...", "send = staticmethod(filled_send)")
    exec(code, here)
    return SimpleNamespace(**here)


def request(**said):
    body = json.dumps(said).encode()
    seal = hmac.new(b"app-secret", body, hashlib.sha256).hexdigest()
    return Request(headers={"X-Hub-Signature-256": f"sha256={seal}"}, body=body)


HELLO = {"id": "m1", "from": "+447700900001", "text": "No signal since eight"}


class TestWhatsApp(filled(Provider()).TestWhatsApp):
    """The class as printed, with what its provider really sends."""

    samples = pytest.fixture(
        lambda self: [
            Sample(request(**HELLO), now=NOON, texts=("No signal since eight",)),
            Sample(request(key="out-1", state="read"), now=NOON, contacts=0, updates=1),
        ]
    )


def test_a_channel_of_the_registry_serves_a_desk_and_its_answers_reach_whoever_wrote():
    provider = Provider()
    here = filled(provider)
    channel = (
        Registry.build(plugins=[here])
        .channels["whatsapp"]
        .make(name="whatsapp-uk", settings={"secret": "app-secret"})
    )
    clock = Clock(NOON)
    desk = Desk(Policy.from_dict({}), channels=[channel], clock=clock)
    receipt = desk.receive("whatsapp-uk", request(**HELLO))
    assert desk.deliver().sent == 1
    (row,) = desk.outbox
    assert [(key, message.to) for key, message in provider.taken.items()] == [(row.dedupe, "+447700900001")]
    clock.move_to(NOON + timedelta(hours=25))
    desk.reply(receipt.contacts[0].case_id, "It works again.", by="ann")
    desk.deliver()
    assert [message.template for message in provider.taken.values()] == [None, "reopen"]


# -- 4: a test suite ------------------------------------------------------------------------------------------

HEAD = """
from datetime import timedelta

import pytest

from supportkit import Policy
from supportkit.testing import laws

policy = Policy.load("support.yaml")


@pytest.fixture
def support_policy():
    return policy
"""


def run_suite(folder, suite):
    """Run a test file as its owner would, and return what pytest said."""
    (folder / "test_support.py").write_text(HEAD + suite, encoding="utf-8")
    arguments = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        "--rootdir",
        str(folder),
        "test_support.py",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"},
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_suite_of_four_lines_keeps_a_policy_honest(folder):
    code, said = run_suite(folder, SUITE.replace("(support_desk, clock)", "(support_desk, clock, mail)"))
    assert code == 0, said
    assert "\n1 passed" not in said  # the laws were there


def test_the_suite_goes_red_when_nobody_is_told(folder, tmp_path):
    deaf = SUPPORT_YAML.replace("{after: 0 minutes, to: team_lead}", "{after: 0 minutes, to: nobody_at_all}")
    (tmp_path / "support.yaml").write_text(deaf, encoding="utf-8")
    story = SUITE.partition("def test_silence")
    code, said = run_suite(
        tmp_path, story[1] + story[2].replace("(support_desk, clock)", "(support_desk, clock, mail)")
    )
    assert code == 1, said
    assert "assert support_desk.outbox.to" in said


# -- 5: the support manager's file ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def policy(folder):
    return Policy.load(folder / "support.yaml")


def test_the_support_managers_policy_loads_and_keeps_its_example(policy):
    assert len(policy.examples) == 1
    assert check(policy) == []


@pytest.mark.parametrize(
    ("said", "priority", "queue", "within"),
    (
        ({"contact": {"text": "no service"}}, "high", "network", "1 business day"),
        ({"contact": {"text": "A lawyer writes: no service"}}, "urgent", "network", "1 business day"),
        ({"contact": {"text": "hello", "channel": "social"}}, "normal", "general", "2 hours"),
        (
            {"contact": {"text": "hello", "channel": "social"}, "case": {"kind": "complaint"}},
            "normal",
            "general",
            "60 minutes",
        ),
        (
            {"contact": {"text": "cannot call", "visibility": "public", "channel": "web"}},
            "urgent",
            "network",
            "1 business day",
        ),
    ),
)
def test_priorities_queues_and_targets_are_those_of_its_lines(policy, said, priority, queue, within):
    example = {
        "given": {"case": {"kind": "question"}} | said,
        "expect": {"priority": priority, "queue": queue, "first_response": {"within": within}},
    }
    document = policy.to_dict() | {"examples": [example]}
    assert check(Policy.from_dict(document)) == []


@pytest.mark.parametrize(
    ("spent", "points"), ((Decimal("499.99"), 0), (500, 5), (1999, 5), (2000, 10), (None, 0))
)
def test_the_highest_minimum_that_was_reached_gives_the_points(policy, spent, points):
    decision = policy.priority.decide(
        {"contact": {"text": "hello"}, "customer": {"spend_365d": spent, "open_cases": 1}}, now=NOON
    )
    assert decision.score == 25 + points


def test_a_business_day_leaps_over_the_bank_holiday(policy):
    friday = datetime(2026, 8, 28, 12, tzinfo=UTC)  # Monday 31 August is the summer bank holiday in England
    report = policy.sla.evaluate(
        Log("17").opened(at=friday), facts={"case": {"kind": "question"}}, now=friday
    )
    assert report.first_response.due == datetime(2026, 8, 29, 12, tzinfo=UTC)  # Saturday has hours
    saturday = friday + timedelta(days=1)
    report = policy.sla.evaluate(
        Log("18").opened(at=saturday), facts={"case": {"kind": "question"}}, now=saturday
    )
    assert report.first_response.due == datetime(2026, 9, 1, 12, tzinfo=UTC)


def test_the_file_on_the_managers_page_means_the_same(policy, tmp_path):
    page = (PAGES / "guides" / "support-manager.md").read_text("utf-8")
    file = re.search(r"^```yaml\n(supportkit: 1\n.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "support.yaml").write_text(file[1], encoding="utf-8")
    assert Policy.load(tmp_path / "support.yaml").version == policy.version
