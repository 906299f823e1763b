"""Many requests at once: each for itself, in order, once."""

from datetime import timedelta

import pytest

from office import MONDAY, make_office
from supportkit.cases import Contact, ContactPoint
from supportkit.errors import InvalidValue, StoreError


def mail(number, text="Hello", who="jo"):
    points = [ContactPoint("email", f"{who}@example.org")]
    return Contact(id=f"m{number}", channel="email", at=MONDAY, text=text, points=points)


def test_each_request_gets_its_receipt_in_order_and_what_is_wrong_stops_nobody():
    office = make_office()
    batch = office.desk.receive_many("mail", [mail(1), {"id": "m2"}, mail(3, who="big"), 17])
    assert [receipt is None for receipt in batch.receipts] == [False, True, False, True]
    assert [contact.contact_id for contact in batch.contacts] == ["m1", "m3"]
    assert [(one.number, one.kind) for one in batch.rejected] == [(1, "ChannelError"), (3, "ChannelError")]
    assert batch.rejected[1].message.startswith("mail: 17 is neither a Contact")
    assert [case.customer for case in office.desk.cases()] == ["jo", "big"]


@pytest.mark.parametrize("key", (None, "batch-1"))
def test_a_batch_that_is_given_again_is_taken_in_once(key):
    office = make_office()
    first, again = (
        office.desk.receive_many("mail", [mail(1), [mail(2), mail(3)], mail(4)], key=key) for _ in range(2)
    )
    assert (first.duplicate, again.duplicate) == (False, True)
    assert [c.case_id for c in again.contacts] == [c.case_id for c in first.contacts]
    assert len(list(office.desk.cases())) == 4


def test_a_batch_that_broke_off_goes_on_where_it_was():
    office = make_office()
    receive, left = office.desk.receive, [1]

    def giving_out(*given, **said):
        if not left:
            raise StoreError("the disk is full")
        left.pop()
        return receive(*given, **said)

    office.desk.receive = giving_out
    with pytest.raises(StoreError):
        office.desk.receive_many("mail", [mail(1), mail(2)])
    office.desk.receive = receive
    batch = office.desk.receive_many("mail", [mail(1), mail(2)])
    assert [contact.action for contact in batch.contacts] == ["duplicate", "new"]


def test_a_refusal_tells_its_code_and_its_place():
    office = make_office()
    office.desk.receive_many("mail", [mail(1), mail(2)], key="k")
    batch = office.desk.receive_many("mail", [mail(1), mail(2, "something else")], key="k")
    assert [(one.number, one.code) for one in batch.rejected] == [(1, "key_reused")]


def test_the_instant_is_one_for_the_whole_batch():
    office = make_office()
    later = MONDAY + timedelta(hours=1)
    office.desk.receive_many("mail", [mail(1), mail(2, who="big")], now=later)
    assert {case.opened_at for case in office.desk.cases()} == {later}


def test_an_empty_batch_is_no_duplicate_and_an_unknown_channel_is_refused_at_once():
    office = make_office()
    assert not office.desk.receive_many("mail", []).duplicate
    with pytest.raises(InvalidValue, match="has no channel 'mial'; did you mean 'mail'"):
        office.desk.receive_many("mial", [])
