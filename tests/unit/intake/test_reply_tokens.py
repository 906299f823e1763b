import pytest

from supportkit.errors import InvalidValue
from supportkit.intake import ReplyTokens

TOKENS = ReplyTokens("help@desk.example", secrets="a long secret")
SIGNED = TOKENS.address_of("case-17")


@pytest.mark.parametrize("written", (SIGNED, SIGNED.upper(), f"Desk <{SIGNED}>", f"prvs=12ab={SIGNED}"))
def test_a_signed_address_leads_to_its_case_however_it_comes_back(written):
    assert TOKENS.case_of(written) == "case-17"


@pytest.mark.parametrize(
    "forged",
    (
        SIGNED.replace("17", "18"),
        SIGNED.replace("help", "sales"),
        SIGNED.replace("desk.example", "evil.example"),
        SIGNED.replace("@", "x@"),
        "help+case-17@desk.example",
        "help+.@desk.example",
        "help@desk.example",
        "",
    ),
)
def test_an_address_that_somebody_made_up_leads_nowhere(forged):
    assert TOKENS.case_of(forged) is None


def test_another_secret_signs_otherwise_and_an_old_one_stays_good():
    other = ReplyTokens("help@desk.example", secrets="another")
    assert other.case_of(SIGNED) is None
    assert ReplyTokens("help@desk.example", secrets=["another", "a long secret"]).case_of(SIGNED) == "case-17"
    assert ReplyTokens("help@desk.example", secrets=["another", b"x"]).address_of(
        "case-17"
    ) == other.address_of("case-17")


def test_a_secret_is_never_shown():
    assert "secret" not in repr(TOKENS).replace("secrets", "")


@pytest.mark.parametrize(
    ("address", "secrets"),
    (
        ("help", "s"),
        ("help+x@desk.example", "s"),
        ("help@desk.example", ""),
        ("help@desk.example", []),
        ("help@desk.example", ["s", b""]),
    ),
)
def test_what_could_sign_nothing_is_refused(address, secrets):
    with pytest.raises(InvalidValue):
        ReplyTokens(address, secrets=secrets)


@pytest.mark.parametrize("case", ("x" * 60, "two words", "CASE-17", ""))
def test_a_case_that_fits_into_no_address_is_refused(case):
    with pytest.raises(InvalidValue, match="makes no address"):
        TOKENS.address_of(case)
