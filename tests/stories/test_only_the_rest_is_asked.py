"""What a case needs to know is asked once, and only what neither the facts nor the customer told already."""

import pytest

from office import MONDAY, POLICY, Clock, make_office
from supportkit import Desk, Policy
from supportkit.cases import ContactPoint, Customer, Purchase
from supportkit.channels import MemoryChannel, WebFormChannel
from supportkit.ports import Request

QUESTIONS = [
    {
        "ask": "serial", "when": 'case.category == "outage"', "known_from": "customer.purchases",
        "text": {"en": "Which serial number is on the box?", "nl": "Welk serienummer staat op de doos?"},
    },
    {"ask": "lights", "when": 'case.category == "outage"', "keep": "case", "text": "Which lights are on?"},
    {"ask": "best time", "text": "When may we call you?"},
]  # fmt: skip
BOUGHT = [Purchase(MONDAY, "50", "GBP", product="Fibre", serial="F-1")]


def asked(office, case_id):
    (sent,) = office.events(case_id, "ack.sent")
    return sent.payload.asked


def open_office(*people, **policy):
    return make_office(people=people, questions=QUESTIONS, **policy)


def test_the_acknowledgement_asks_what_nobody_knows_yet():
    office = open_office()
    case_id = office.writes(text="No signal").case_id
    office.desk.deliver()
    (_, sent), *_ = office.mail.sent
    assert asked(office, case_id) == ("serial", "lights", "best time")
    assert "please tell us:\n- Which serial number is on the box?\n- Which lights are on?\n" in sent.text


def test_a_question_that_the_case_does_not_raise_is_not_asked():
    office = open_office()
    assert asked(office, office.writes(text="My bill").case_id) == ("best time",)


def test_what_the_customer_bought_is_known():
    office = open_office(Customer("jo", [ContactPoint("email", "jo@example.org")], purchases=BOUGHT))
    assert asked(office, office.writes(text="No signal").case_id) == ("lights", "best time")


def test_a_preference_is_an_answer():
    jo = Customer("jo", [ContactPoint("email", "jo@example.org")], preferences={"best_time": "mornings"})
    office = open_office(jo)
    case_id = office.writes(text="No signal").case_id
    assert asked(office, case_id) == ("serial", "lights")
    assert office.desk.packet(case_id).known["best_time"] == "mornings"


def test_questions_come_in_the_customers_language():
    jo = Customer("jo", [ContactPoint("email", "jo@example.org")], language="nl")
    office = open_office(jo)
    office.writes(text="No signal")
    office.desk.deliver()
    assert "horen wij graag:\n- Welk serienummer staat op de doos?" in office.mail.sent[0][1].text


@pytest.fixture
def forms():
    """A desk that people write to by form and by mail."""
    clock = Clock()
    policy = Policy.from_dict(POLICY | {"questions": QUESTIONS})
    desk = Desk(
        policy,
        channels=[WebFormChannel(answers=["serial", "lights"]), MemoryChannel("mail", kind="email")],
        clock=clock,
    )

    def fill_in(text, **answers):
        fields = {"email": "jo@example.org", "message": text, "key": text, **answers}
        body = "&".join(f"{name}={value}".replace(" ", "+") for name, value in fields.items()).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return desk.receive("web", Request("POST", headers=headers, body=body)).contacts[0].case_id

    return desk, fill_in


def asked_in(desk, case_id):
    return next(event.payload.asked for event in desk.history(case_id) if event.kind == "ack.sent")


def test_what_a_form_answers_is_not_asked(forms):
    desk, fill_in = forms
    case = fill_in("no signal", serial="A-1")
    assert asked_in(desk, case) == ("lights", "best time")
    assert desk.packet(case).to_ask == ("lights", "best time")


def test_an_empty_field_answers_nothing(forms):
    desk, fill_in = forms
    assert asked_in(desk, fill_in("no signal", serial="")) == ("serial", "lights", "best time")


def test_an_answer_is_kept_with_the_customer_and_another_with_its_case_only(forms):
    desk, fill_in = forms
    fill_in("no signal", serial="A-1", lights="red")
    second = fill_in("no service")
    assert asked_in(desk, second) == ("lights", "best time")
    packet = desk.packet(second)
    assert packet.known["serial"] == "A-1"
    assert packet.to_ask == ("lights", "best time")
    assert "Ask:      lights; best time" in str(packet)


def test_the_latest_answer_counts(forms):
    desk, fill_in = forms
    fill_in("no signal", serial="A-1")
    fill_in("no service", serial="A-2")
    assert desk.packet(fill_in("no signal again")).known["serial"] == "A-2"


def test_an_answer_about_another_product_is_another_answer():
    office = open_office()
    first = office.writes(text="No signal", product="Fibre", given={"serial": "A-1"}).case_id
    same = office.writes(text="No signal", product="Fibre").case_id
    other = office.writes(text="No signal", product="Phone").case_id
    assert "serial" not in asked(office, first) + asked(office, same)
    assert "serial" in asked(office, other)


def test_a_hand_off_records_what_is_still_to_be_asked_and_no_answer_of_other_matters(forms):
    desk, fill_in = forms
    fill_in("no signal", serial="A-1")
    second = fill_in("no service")
    desk.hand_off(second, team="network", by="ann", reason="needs an engineer")
    (told,) = [event for event in desk.history(second) if event.kind == "case.handed_off"]
    assert tuple(told.payload.packet["needed"]) == ("serial", "lights", "best time")
    assert {"question": "serial", "answer": True} in [
        {name: answer[name] for name in ("question", "answer")} for answer in told.payload.packet["answers"]
    ]


def test_without_questions_nothing_is_asked():
    office = make_office()
    assert asked(office, office.writes(text="No signal").case_id) == ()
