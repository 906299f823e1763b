import sys

import pytest

from supportkit.errors import PluginError
from supportkit.intake import Phone, compare_phones, normalise_phone


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    (
        ("+44 20 7946 0018", None, "+442079460018"),
        ("+44 (0)20 7946 0018", None, "+442079460018"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("020 7946 0018", "uk", "+442079460018"),
        ("0049 30 1234567", "DE", "+49301234567"),
        ("tel:+44-20-7946-0018", None, "+442079460018"),
        ("sip:+442079460018@voip.example", None, "+442079460018"),
        ("＋４４２０７９４６００１８", None, "+442079460018"),
        ("+39 06 1234567", None, "+39061234567"),
        ("+1 555 123 4567", None, "+15551234567"),
        # Mexico: the mobile 1, and the prefixes of before August 2019
        ("+52 1 55 1234 5678", None, "+525512345678"),
        ("044 55 1234 5678", "MX", "+525512345678"),
        ("045 55 1234 5678", "MX", "+525512345678"),
        ("55 1234 5678", "MX", "+525512345678"),
        # Brazil: the ninth digit, for mobiles only
        ("+55 11 8765-4321", None, "+5511987654321"),
        ("(11) 98765-4321", "BR", "+5511987654321"),
        ("+55 11 3765-4321", None, "+551137654321"),
        # Argentina: 15 at home is 9 from abroad
        ("011 15 5555-4444", "AR", "+5491155554444"),
        ("+54 9 11 5555-4444", None, "+5491155554444"),
        # renumbered
        ("+229 97 12 34 56", None, "+2290197123456"),
        ("+225 07 01 02 03", None, "+2250707010203"),
        ("+84 120 123 4567", None, "+84701234567"),
        ("+241 07 12 34 56", None, "+24177123456"),
        ("+241 1 76 01 23", None, "+24111760123"),
        ("+241 077 12 34 56", None, "+24177123456"),
    ),
)
def test_a_number_is_read_in_any_usual_writing(raw, region, e164):
    assert normalise_phone(raw, region=region).e164 == e164


@pytest.mark.parametrize(
    ("raw", "region"),
    (
        ("020 7946 0018", None),
        ("0049 30 1234567", None),
        ("555-1234", "US"),
        ("112", "DE"),
        ("anonymous", "GB"),
        ("sip:anonymous@anonymous.invalid", "GB"),
        ("Withheld 1", "GB"),
        ("+266696687", None),
        ("0000000000", "US"),
        ("No Caller ID", "US"),
        ("+44 20 7946 0018" + " " * 250, None),
        ("", "GB"),
        ("+44", None),
        ("020 7946 0018", "XX"),
    ),
)
def test_what_names_nobody_is_none_and_never_guessed(raw, region):
    assert normalise_phone(raw, region=region) is None


@pytest.mark.parametrize(
    "raw",
    ("+49 30 123456 ext. 12", "+49 30 123456 x12", "+49 30 123456 Durchwahl 12", "tel:+4930123456;ext=12"),
)
def test_the_extension_stands_apart(raw):
    assert normalise_phone(raw) == Phone("+4930123456", "12")


def test_toll_free_numbers_are_not_personal():
    assert not normalise_phone("+1 800 356 9377").personal
    assert normalise_phone("+44 7911 123456").personal


@pytest.mark.parametrize(
    ("a", "b", "result"),
    (
        (("07700 900123", "GB"), ("+447700900123", None), "same"),
        (("+521 55 1234 5678", None), ("+52 55 1234 5678", None), "same"),
        (("+55 11 8765 4321", None), ("+55 11 98765 4321", None), "same"),
        (("+54 9 11 5555 4444", None), ("+54 11 5555 4444", None), "probable"),
        (("+49 30 123456 ext 1", None), ("+49 30 123456", None), "probable"),
        (("+49 30 123456 ext 1", None), ("+49 30 123456 ext 2", None), "different"),
        (("+44 20 7946 0018", None), ("+1 207 946 0018", None), "different"),
        (("7946 0018", None), ("+44 20 7946 0018", None), "unknown"),
        (("020 7946 0018", None), ("020 7946 0018", None), "unknown"),
        (("withheld", None), ("withheld", None), "unknown"),
    ),
)
def test_two_numbers_are_compared_both_ways(a, b, result):
    assert compare_phones(a, b) == result
    assert compare_phones(b, a) == result


def test_without_the_extra_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "phonenumbers", None)
    with pytest.raises(PluginError, match=r"supportkit\[phone\]"):
        normalise_phone("+442079460018")
    with pytest.raises(PluginError, match=r"supportkit\[phone\]"):
        compare_phones(("+442079460018", None), ("+442079460018", None))
