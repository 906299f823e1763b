import sys

import pytest

from supportkit.cases import ContactPoint
from supportkit.intake import point_key, point_text
from supportkit.ports import PointKey


@pytest.mark.parametrize(
    ("point", "text"),
    (
        (ContactPoint("email", "Jane.Doe+x@GMail.com"), "email:janedoe@gmail.com"),
        (ContactPoint("email", "info@acme.example"), "email:info@acme.example"),
        (ContactPoint("phone", "07700 900123", region="GB"), "phone:+447700900123"),
        (ContactPoint("phone", "+49 30 123456 ext 7"), "phone:+4930123456;ext=7"),
        (ContactPoint("phone", "0170 (123) 45"), "phone-raw:017012345"),
        (ContactPoint("handle", "@Jane", network="Mastodon"), "handle:mastodon:jane"),
        (ContactPoint("handle", "Jane"), "handle::jane"),
        (ContactPoint("account", " A-17 "), "account:A-17"),
        (ContactPoint("email", "nobody"), None),
        (ContactPoint("phone", "anonymous"), None),
        (ContactPoint("handle", "@"), None),
    ),
)
def test_a_point_is_found_again_by_its_normalised_key(point, text):
    assert point_text(point) == text


def test_without_the_extra_a_phone_is_keyed_by_its_digits_as_written(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    assert point_key(ContactPoint("phone", "+44 7700 900123", region="GB")) == PointKey(
        "phone-raw", "+447700900123"
    )


def test_a_key_writes_itself_as_text():
    assert point_text(PointKey("account", "A-17")) == "account:A-17"
