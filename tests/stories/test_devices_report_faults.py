"""A device that reports a fault is a contact: one case for one fault, and its owner is told before they ask."""

import json

import pytest

from office import POLICY, Clock
from supportkit import Desk, Policy
from supportkit.cases import ContactPoint, Customer
from supportkit.channels import MemoryChannel, WebhookChannel, sign_webhook
from supportkit.desk import Customers
from supportkit.ports import Request

JO = Customer("jo", [ContactPoint("account", "router-17"), ContactPoint("email", "jo@example.org")])
SECRET = b"only for this test"


class House:
    """A desk with a monitor and mail."""

    def __init__(self, **policy):
        self.clock, self.mail, self.count = Clock(), MemoryChannel("mail", kind="email"), 0
        self.desk = Desk(
            Policy.from_dict(POLICY | policy), customers=Customers([JO]), clock=self.clock,
            channels=[WebhookChannel("monitor", secret=SECRET), self.mail],
        )  # fmt: skip

    def signals(self, device="router-17", fault="no line", **said):
        self.count += 1
        contact = {
            "id": f"s{self.count}", "form": "signal", "account": device, "text": f"{device}: {fault}",
            "given": {"device": device, "fault": fault}, **said,
        }  # fmt: skip
        body = json.dumps({"contacts": [contact]}).encode()
        headers = sign_webhook(f"w{self.count}", body, secret=SECRET, at=self.clock())
        return self.desk.receive("monitor", Request(headers=headers, body=body)).contacts[0]


@pytest.fixture
def house():
    return House()


def test_repeated_signals_of_one_fault_join_one_case(house):
    first = house.signals()
    house.clock.pass_(minutes=5)
    again = house.signals(fault=" No Line ")
    assert (first.action, again.action, again.case_id) == ("new", "append", first.case_id)
    received = [event for event in house.desk.history(first.case_id) if event.kind == "contact.received"]
    assert [event.payload.matched_by for event in received] == [None, "signal"]


@pytest.mark.parametrize("other", ({"fault": "too hot"}, {"device": "router-18"}))
def test_another_fault_or_device_is_another_case(house, other):
    first, second = house.signals(), house.signals(**other)
    assert second.action == "new"
    assert second.case_id != first.case_id
    assert house.signals().case_id == first.case_id


def test_a_fault_that_comes_back_after_its_case_was_closed_is_a_new_case(house):
    first = house.signals().case_id
    house.desk.assign(first, agent="ann", by="ann")
    house.desk.resolve(first, by="ann", outcome="solved", code="line")
    assert house.signals().action == "new"


@pytest.mark.parametrize("automated", (False, True))
def test_the_owner_is_told_before_they_ask(house, automated):
    case = house.signals(automated=automated).case_id
    house.signals(automated=automated)
    house.desk.deliver()
    ((_, told),) = house.mail.sent
    assert (told.to, told.case) == ("jo@example.org", case)
    assert told.subject.startswith("We have noticed a fault")
    assert told.text.startswith("One of your devices reports a fault.")
    assert "A person will answer you by" in told.text
    (promise,) = house.desk.case(case).promises
    assert promise.what == "reply"


def test_a_machines_signal_starts_nothing_twice_and_is_no_word_of_the_customer(house):
    case = house.signals(automated=True).case_id
    house.signals(automated=True)
    assert house.desk.case(case).contacts == 1  # the opening
    assert [event.automated for event in house.desk.history(case) if event.kind == "contact.received"] == [
        True,
        True,
    ]


def test_an_answer_goes_to_the_owner(house):
    case = house.signals().case_id
    house.desk.reply(case, text="We have reset the line.", by="ann")
    house.desk.deliver()
    assert [message.to for _, message in house.mail.sent] == ["jo@example.org"] * 2


def test_the_owners_reply_joins_the_case(house):
    case = house.signals().case_id
    house.desk.deliver()
    ((_, told),) = house.mail.sent
    reply = house.desk.receive(
        "mail",
        {
            "id": "m1", "at": house.clock(), "sender": "jo@example.org", "text": "Thank you for telling me",
            "points": [("email", "jo@example.org")], "headers": [("In-Reply-To", told.message_id)],
        },
    ).contacts[0]  # fmt: skip
    assert (reply.action, reply.case_id) == ("append", case)


def test_a_device_of_nobody_we_know_still_opens_a_case(house):
    receipt = house.signals(device="router-99")
    assert receipt.action == "new"
    (silent,) = [event for event in house.desk.history(receipt.case_id) if event.kind == "ack.suppressed"]
    assert silent.reason == "no_reply_channel"


def test_what_makes_two_signals_one_is_the_policys_to_say():
    house = House(threading={"same_signal": ["device"]})
    assert house.signals().case_id == house.signals(fault="too hot").case_id
