import hashlib
import hmac
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from supportkit.channels import check_hmac, check_webhook, sign_webhook
from supportkit.errors import ChannelError, InvalidValue, NaiveDatetime
from supportkit.ports import Request

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
SECRET = "a secret that nobody guesses"
BODY = b'{"event": "\xc3\xa9"}'
SLACK_BODY = (
    b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar"
    b"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    b"%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121."
    b"803a0bc887a14d10d2c447fce8b6703c"
)
GITHUB = {"header": "X-Hub-Signature-256", "prefix": "sha256="}
SLACK = {
    "header": "X-Slack-Signature",
    "prefix": "v0=",
    "signed": "v0:{timestamp}:{body}",
    "timestamp": "X-Slack-Request-Timestamp",
}
STRIPE = {"header": "Stripe-Signature", "prefix": "v1=", "signed": "{timestamp}.{body}", "timestamp": "t="}
PLAIN = {"header": "X-Sig", "timestamp": "X-Time", "signed": "{timestamp}.{body}"}


def mac(message, key=SECRET, algorithm="sha256"):
    return hmac.new(key.encode() if isinstance(key, str) else key, message, getattr(hashlib, algorithm))


def check(headers, *, header, body=BODY, secret=SECRET, **scheme):
    check_hmac(Request(headers=headers, body=body), header, secret=secret, **scheme)


def refusal(headers, **scheme):
    with pytest.raises(ChannelError) as caught:
        check(headers, **scheme)
    assert caught.value.status == 401
    return str(caught.value)


def plain(stamp=STAMP, *, now=NOW, **more):
    signature = mac(f"{stamp}.".encode() + BODY).hexdigest()
    return {"headers": {"X-Sig": signature, "X-Time": stamp}, **PLAIN, "now": now, **more}


# -- published vectors and known schemes --------------------------------------------------------------


def test_github_and_meta_sign_the_body():
    good = {"x-hub-signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"}
    check(good, body=b"Hello, World!", secret="It's a Secret to Everybody", **GITHUB)
    assert "fits no secret" in refusal(
        good, body=b"Hello, World?", secret="It's a Secret to Everybody", **GITHUB
    )


def test_slack_signs_version_time_and_body():
    headers = {
        "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        "X-Slack-Request-Timestamp": "1531420618",
    }
    signed_at = datetime.fromtimestamp(1531420618, UTC)
    check(headers, body=SLACK_BODY, secret="8f742231b10e8888abcd99yyyzzz85a5", now=signed_at, **SLACK)
    later = signed_at + timedelta(minutes=6)
    assert "a replay" in refusal(
        headers, body=SLACK_BODY, secret="8f742231b10e8888abcd99yyyzzz85a5", now=later, **SLACK
    )


def test_stripe_puts_time_and_several_signatures_into_one_header():
    good = mac(f"{STAMP}.".encode() + BODY).hexdigest()
    check({"Stripe-Signature": f"t={STAMP},v1={'0' * 64},v1={good},v0=6f"}, now=NOW, **STRIPE)
    assert "fits no secret" in refusal(
        {"Stripe-Signature": f"t={STAMP},v0={good},v1={'0' * 64}"}, now=NOW, **STRIPE
    )
    assert "whole seconds" in refusal({"Stripe-Signature": f"v1={good}"}, now=NOW, **STRIPE)


def test_standard_webhooks_published_vector():
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    signed_at = datetime.fromtimestamp(1614265330, UTC)
    request = Request(headers=headers, body=b'{"test": 2432232314}')
    for secret in ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"):
        check_webhook(request, secret=secret, now=signed_at)
        assert sign_webhook(headers["webhook-id"], request.body, secret=secret, at=signed_at) == tuple(
            headers.items()
        )
    with pytest.raises(ChannelError, match="webhook-id is missing"):
        check_webhook(Request(headers=request.headers[1:], body=request.body), secret=secret, now=signed_at)


def test_a_prefix_may_hold_a_space():
    signature = b64encode(mac(BODY).digest()).decode()
    check({"Authorization": f"HMAC {signature}"}, header="Authorization", prefix="HMAC ", encoding="base64")


@pytest.mark.parametrize("algorithm", ("sha1", "sha256", "sha512"))
@pytest.mark.parametrize("encoding", ("hex", "base64"))
def test_every_algorithm_in_every_encoding(algorithm, encoding):
    made = mac(BODY, algorithm=algorithm)
    text = made.hexdigest() if encoding == "hex" else b64encode(made.digest()).decode()
    check({"X-Sig": text}, header="X-Sig", algorithm=algorithm, encoding=encoding)
    other = "sha256" if algorithm != "sha256" else "sha1"
    assert "fits no secret" in refusal({"X-Sig": text}, header="X-Sig", algorithm=other, encoding=encoding)


def test_other_headers_can_be_signed_too():
    signature = mac(b"acme|" + BODY).hexdigest()
    scheme = {"header": "X-Sig", "signed": "{X-Tenant}|{body}"}
    check({"X-Sig": signature, "X-Tenant": "acme"}, **scheme)
    assert "fits no secret" in refusal({"X-Sig": signature, "X-Tenant": "other"}, **scheme)
    assert "X-Tenant is missing" in refusal({"X-Sig": signature}, **scheme)


# -- several secrets ----------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", (["new", SECRET], (SECRET, b"new"), SECRET.encode(), iter([SECRET])))
def test_while_a_secret_is_replaced_any_fits(secret):
    check({"X-Sig": mac(BODY).hexdigest()}, header="X-Sig", secret=secret)


@pytest.mark.parametrize("secret", ("", b"", [], ["good", ""], None, [None], 7))
def test_an_empty_secret_is_a_mistake_of_ours(secret):
    with pytest.raises(InvalidValue):
        check({"X-Sig": mac(BODY, key="").hexdigest()}, header="X-Sig", secret=secret)


@pytest.mark.parametrize("secret", ("whsec_", "whsec_*", "whsk_bXk=", b"", "whsec_bXk"))
def test_what_is_no_webhook_secret_is_refused_without_showing_it(secret):
    with pytest.raises(InvalidValue) as caught:
        check_webhook(Request(), secret=secret, now=NOW)
    assert "bXk" not in str(caught.value)
    assert "*" not in str(caught.value)


# -- refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "said"),
    (
        (None, "is missing"),
        ("", "is missing"),
        ("sha256=", "holds no signature"),
        ("sha256=xyz", "holds no signature in hex that begins with 'sha256='"),
        ("sha256=é", "holds no signature"),
        ("sha1=" + "0" * 40, "holds no signature"),
        (mac(BODY).hexdigest(), "holds no signature"),
        ("xsha256=" + mac(BODY).hexdigest(), "holds no signature"),
        ("sha256=" + mac(BODY).hexdigest()[:-2], "fits no secret"),
        ("sha256=" + mac(BODY, key="other").hexdigest(), "fits no secret"),
        ("sha256=\ud800", "holds no signature"),
    ),
)
def test_what_proves_nothing_is_refused(value, said):
    message = refusal({} if value is None else {"X-Hub-Signature-256": value}, **GITHUB)
    assert said in message
    assert SECRET not in message
    assert mac(BODY).hexdigest() not in message


def test_only_a_request_can_be_signed():
    with pytest.raises(ChannelError, match="not dict") as caught:
        check_hmac({"body": 1}, "X-Sig", secret=SECRET)
    assert caught.value.status == 401


# -- the window ---------------------------------------------------------------------------------------

MINUTE, MICRO = timedelta(minutes=1), timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("late", "tolerance", "good"),
    (
        (0 * MINUTE, None, True),
        (5 * MINUTE, None, True),
        (5 * MINUTE + MICRO, None, False),
        (-5 * MINUTE, None, True),
        (-5 * MINUTE - MICRO, None, False),
        (2 * MINUTE, MINUTE, False),
        (MINUTE, MINUTE, True),
        (0 * MINUTE, 0 * MINUTE, True),
        (MICRO, 0 * MINUTE, False),
    ),
)
def test_the_time_signed_may_differ_by_the_tolerance_both_ways(late, tolerance, good):
    case = plain(now=NOW + late, **({} if tolerance is None else {"tolerance": tolerance}))
    if good:
        check(case.pop("headers"), **case)
    else:
        assert ("ago" if late > 0 * MINUTE else "ahead") in refusal(case.pop("headers"), **case)


@pytest.mark.parametrize(
    "stamp", ("", "now", "-1", "1.5", "1_000", "١٢٣", " 5", "9" * 13, "2026-03-02T09:00:00Z")
)
def test_a_time_that_is_no_time_is_refused(stamp):
    case = plain(stamp)
    message = refusal(case.pop("headers"), **case)
    assert "whole seconds" in message or "is missing" in message


def test_a_changed_time_breaks_the_signature():
    case = plain()
    headers = {**case.pop("headers"), "X-Time": str(int(STAMP) + 1)}
    assert "fits no secret" in refusal(headers, **case)


def test_now_has_a_zone():
    case = plain(now=NOW.replace(tzinfo=None))
    with pytest.raises(NaiveDatetime):
        check(case.pop("headers"), **case)


@pytest.mark.parametrize(
    "scheme",
    (
        {"signed": "{timestamp}"},
        {"signed": "{X-Time}"},
        {"signed": "{}{body}"},
        {"signed": "{timestamp}.{body}"},
        {"timestamp": "X-Time", "signed": "{timestamp}.{body}"},
        {"now": NOW},
        {"timestamp": "X-Time", "now": NOW},
        {"timestamp": "X-Time", "now": NOW, "signed": "{timestamp}.{body}", "tolerance": -MICRO},
        {"algorithm": "md5"},
        {"encoding": "base32"},
    ),
)
def test_a_scheme_that_proves_too_little_is_a_mistake_of_ours(scheme):
    with pytest.raises(InvalidValue):
        check({"X-Sig": mac(BODY).hexdigest(), "X-Time": STAMP}, header="X-Sig", **scheme)


def test_the_time_may_be_named_by_its_header():
    case = plain(signed="{X-Time}.{body}")
    check(case.pop("headers"), **case)


def test_what_we_sign_with_two_secrets_each_of_them_accepts():
    request = Request(headers=sign_webhook("m1", BODY, secret=[b"old", b"new"], at=NOW), body=BODY)
    for secret in (b"old", b"new", [b"other", b"new"]):
        check_webhook(request, secret=secret, now=NOW)
    with pytest.raises(ChannelError, match="fits no secret"):
        check_webhook(request, secret=b"other", now=NOW)
