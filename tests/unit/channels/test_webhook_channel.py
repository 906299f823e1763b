import json
from base64 import b64encode
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from supportkit.cases import Attachment, ContactPoint
from supportkit.channels import UNDATED, HttpSender, WebhookChannel, check_webhook, sign_webhook
from supportkit.errors import ChannelError, InvalidValue
from supportkit.intake import Candidates, CaseRef, ThreadPolicy, thread
from supportkit.ports import Capabilities, Channel, DeliveryUpdate, Outbound, Request, Response

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
HOOK = WebhookChannel(secret=SECRET, region="GB")
URL = "https://relay.example/messages"
OUT = Outbound(text="We are on it.", to="jo@example.org", dedupe="out-1", case="case-1", visibility="private")


def signed(body, *, id="msg-1", at=NOW, secret=SECRET):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(headers=sign_webhook(id, data, secret=secret, at=at), body=data)


def contacts(*items, channel=HOOK, **request):
    return channel.parse(signed({"contacts": list(items)}, **request))


def sending(answer, *, calls=None, **options):
    def post(url, request):
        if calls is not None:
            calls.append((url, request))
        if isinstance(answer, Exception):
            raise answer
        return answer

    return WebhookChannel(secret=SECRET, url=URL, post=post, clock=lambda: NOW, **options)


# -- what comes in ------------------------------------------------------------------------------------


def test_it_is_a_channel():
    assert isinstance(HOOK, Channel)
    assert (HOOK.name, HOOK.kind, HOOK.capabilities.sends) == ("webhook", "webhook", False)
    assert WebhookChannel("shop", kind="chat", secret=b"k", url=URL).capabilities.sends


def test_everything_that_a_contact_can_say():
    (contact,) = contacts({
        "id": 17, "form": "signal", "at": "2026-03-02T10:00:00+01:00", "email": "jo@example.org", "phone": "020 7946 0018",
        "handle": "@jo", "network": "mastodon", "account": "A-1", "points": [{"kind": "phone", "value": "07700 900123"}, {"kind": "email", "value": "jo@example.org"}],
        "name": "Jo", "subject": "s", "text": "t", "product": "router", "language": "en", "entry_point": "app", "addressed_to": "sales",
        "visibility": "public", "audience": "internal", "automated": True, "reach": 12, "sentiment": -0.5, "message_id": "<m-2>",
        "in_reply_to": "m-1", "references": ["m-0", "<m-1>"], "given": {"serial": "S"}, "attachments": [{"name": "a.txt", "media_type": "text/plain", "data": b64encode(b"\x00hi").decode()}],
        "holds": [{"from": "2026-03-02T09:01:00Z", "to": "2026-03-02T09:03:00Z"}],
    })  # fmt: skip
    assert (contact.channel, contact.channel_name, contact.form, contact.at) == (
        "webhook",
        "webhook",
        "signal",
        NOW,
    )
    assert contact.points == (
        ContactPoint("email", "jo@example.org"), ContactPoint("phone", "020 7946 0018", "GB"), ContactPoint("handle", "@jo", network="mastodon"),
        ContactPoint("account", "A-1"), ContactPoint("phone", "07700 900123", "GB"),
    )  # fmt: skip
    assert (contact.sender, contact.sender_name, contact.subject, contact.text) == (
        "jo@example.org",
        "Jo",
        "s",
        "t",
    )
    assert (contact.product, contact.language, contact.entry_point, contact.addressed_to) == (
        "router",
        "en",
        "app",
        "sales",
    )
    assert (contact.visibility, contact.audience, contact.automated, contact.reach, contact.sentiment) == (
        "public",
        "internal",
        True,
        12,
        -0.5,
    )
    assert [end - start for start, end in contact.holds] == [timedelta(minutes=2)]
    assert (contact.message_id, contact.headers) == (
        "<m-2>",
        (("In-Reply-To", "<m-1>"), ("References", "<m-0> <m-1>")),
    )
    assert (contact.given, contact.attachments) == (
        {"serial": "S"},
        (Attachment("a.txt", "text/plain", b"\x00hi"),),
    )


def test_what_is_not_said_is_not_made_up():
    (contact,) = contacts({"text": "No signal"})
    assert (contact.at, contact.points, contact.sender, contact.form) == (UNDATED, (), None, "message")
    assert (contact.reach, contact.sentiment, contact.headers, contact.message_id) == (None, None, (), None)


def test_a_reply_finds_its_case():
    (contact,) = contacts({"email": "jo@example.org", "in_reply_to": "m-1"})
    known = Candidates(
        cases=[CaseRef(id="17", participants=["email:jo@example.org"])], messages={"<m-1>": "17"}
    )
    assert thread(contact, known, policy=ThreadPolicy(), now=NOW).case == "17"


def test_many_contacts_keep_their_order_and_updates_follow():
    body = {
        "contacts": [{"text": text} for text in "cab"],
        "deliveries": [
            {"outbound": "out-1", "state": "delivered", "at": "2026-03-02T09:00:00Z"},
            {"provider_id": "p-2", "state": "failed", "reason": "no such number"},
        ],
    }
    *found, delivered, failed = HOOK.parse(signed(body))
    assert [contact.text for contact in found] == ["c", "a", "b"]
    assert len({contact.id for contact in found}) == 3
    assert delivered == DeliveryUpdate("out-1", "delivered", NOW)
    assert failed == DeliveryUpdate(None, "failed", provider_id="p-2", reason="no such number")


def test_a_repeat_is_the_same_contact():
    once = contacts({"text": "a"}, {"id": "own", "text": "b"})
    assert once == contacts({"text": "a"}, {"id": "own", "text": "b"}, at=NOW + timedelta(hours=9))
    other = contacts({"text": "a"}, {"id": "own", "text": "b"}, id="msg-2")
    assert [one.id == two.id for one, two in zip(once, other, strict=True)] == [False, True]
    elsewhere = contacts({"id": "own", "text": "b"}, channel=WebhookChannel("crm", secret=SECRET))
    assert elsewhere[0].id != once[1].id
    assert (elsewhere[0].channel, elsewhere[0].channel_name) == ("webhook", "crm")


@pytest.mark.parametrize(
    ("item", "said"),
    (
        (7, "must be an object, not int"),
        ({"txt": "a"}, "unknown field 'txt' (did you mean 'text'?)"),
        ({"text": {"a": 1}}, "field 'text' must be text"),
        ({"form": "fax"}, "field 'form' holds 'fax'"),
        ({"visibility": "world"}, "field 'visibility' holds 'world'"),
        ({"audience": "x"}, "field 'audience' holds 'x'"),
        ({"at": "2026-03-02T09:00:00"}, "has no time zone"),
        ({"at": "0001-01-01T00:00:00+05:00"}, "beyond the years"),
        ({"at": 7}, "is no datetime"),
        ({"reach": -1}, "no number of people"),
        ({"reach": True}, "no number of people"),
        ({"reach": 10**30}, "no number of people"),
        ({"sentiment": "bad"}, "is no number"),
        ({"sentiment": float("nan")}, "is no number"),
        ({"automated": "yes"}, "must be true or false"),
        ({"given": [1]}, "must be an object of answers"),
        ({"given": {"a": ["b"]}}, "'a' must be a plain value, not list"),
        ({"given": {"a": "\ud800"}}, "cannot be kept"),
        ({"points": {"kind": "email"}}, "field 'points' must be a list"),
        ({"points": [{"kind": "fax", "value": "1"}]}, "points[0]: field 'kind' holds 'fax'"),
        ({"points": [{"kind": "email"}]}, "points[0]: field 'value' is required"),
        ({"message_id": "a b"}, "which is no id"),
        ({"in_reply_to": "<>"}, "which is no id"),
        ({"references": "m-1"}, "must be a list"),
        ({"references": [None]}, "which is no id"),
        ({"references": [{}]}, "must be text"),
        ({"attachments": [{"name": "a", "media_type": "b", "data": "*"}]}, "attachments[0]: field 'data' must be base64"),
        ({"attachments": [{"name": "a", "media_type": "b"}]}, "must be base64"),
        ({"attachments": [{"media_type": "b", "data": ""}]}, "field 'name' is required"),
    ),
)  # fmt: skip
def test_a_broken_item_is_named_and_nothing_is_taken(item, said):
    with pytest.raises(ChannelError) as caught:
        contacts({"text": "fine"}, item)
    assert str(caught.value).startswith("webhook: contacts[1]")
    assert said in str(caught.value)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("item", "said"),
    (
        ({"outbound": "o", "state": "flying"}, "deliveries[0]: state='flying' is no state"),
        ({"outbound": "o"}, "field 'state' is required"),
        ({"outbound": "o", "state": []}, "must be text"),
        ({"state": "sent"}, "names no message"),
        ({"outbound": "o", "state": "sent", "when": 1}, "unknown field 'when'"),
    ),
)
def test_a_broken_update_is_named(item, said):
    with pytest.raises(ChannelError) as caught:
        HOOK.parse(signed({"deliveries": [item]}))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "body", (b"", b"\xff", b"[]", b"7", b"{}", b'{"contact": []}', b'{"contacts": {}}', b'{"contacts": 0}', b"[" * 9999, b"9" * 5000)
)  # fmt: skip
def test_rubbish_is_a_channel_error(body):
    with pytest.raises(ChannelError):
        HOOK.parse(signed(body))


def test_only_requests_and_mappings_are_read():
    with pytest.raises(ChannelError, match="not int"):
        HOOK.parse(7)
    assert HOOK.parse({"contacts": [{"id": "1", "text": "a"}]})[0].text == "a"
    with pytest.raises(ChannelError, match="'id' is required"):
        HOOK.parse({"contacts": [{"text": "a"}]})


def test_half_a_letter_in_an_id_is_replaced():
    assert contacts({"id": "\ud800", "text": "é\ud800"})[0].text == "é\ufffd"
    with pytest.raises(ChannelError, match=r"contacts\[0\]"):
        HOOK.parse(Request(headers={"webhook-id": "\ud800"}, body=b'{"contacts": [{}]}'))


# -- who sent it --------------------------------------------------------------------------------------


def test_only_what_was_signed_lately_is_genuine():
    HOOK.verify(signed({}), NOW)
    HOOK.verify(signed({}), NOW + timedelta(minutes=5))
    changed = signed({"a": 1})
    forged = (
        signed({}, secret=b"another"),
        Request(headers=changed.headers, body=b'{"a": 2}'),
        Request(headers=signed({"a": 1}, id="msg-2").headers[:1] + changed.headers[1:], body=changed.body),
        Request(body=b"{}"),
        {"contacts": []},
    )
    for request in forged:
        with pytest.raises(ChannelError) as caught:
            HOOK.verify(request, NOW)
        assert caught.value.status == 401
    with pytest.raises(ChannelError, match="a replay"):
        HOOK.verify(signed({}), NOW + timedelta(minutes=5, microseconds=1))
    WebhookChannel(secret=SECRET, tolerance=timedelta(hours=1)).verify(
        signed({}), NOW + timedelta(minutes=59)
    )


def test_old_and_new_secret_are_good_while_one_is_replaced():
    both = WebhookChannel(secret=[b"new", SECRET])
    both.verify(signed({}), NOW)
    both.verify(signed({}, secret=b"new"), NOW)


@pytest.mark.parametrize(
    ("options", "said"),
    (
        ({"secret": ""}, "empty secret"),
        ({"secret": "not base64!"}, "whsec_"),
        ({"secret": "whpk_bXk="}, "asymmetric"),
        ({"secret": b"k", "url": "file:///etc/passwd"}, "no http"),
        ({"secret": b"k", "url": "https://"}, "no http"),
        ({"secret": b"k", "url": "http://[::1"}, "no http"),
        ({"secret": b"k", "capabilities": Capabilities()}, "no url"),
        ({"secret": b"k", "post": HttpSender()}, "no url"),
    ),
)
def test_a_channel_that_cannot_work_is_refused_when_it_is_built(options, said):
    with pytest.raises(InvalidValue, match=said):
        WebhookChannel(**options)


# -- what goes out ------------------------------------------------------------------------------------


def test_a_message_is_posted_signed_with_its_key_as_id():
    calls = []
    channel = sending(Response(202, b'{"id": 99}'), calls=calls)
    message = Outbound(
        text="Hi", to="jo@example.org", case="case-1", in_reply_to="<m-1>", references=["<m-1>"], valid_until=NOW,
        headers={"Auto-Submitted": "auto-replied"}, data={"amount": Decimal("1.10")},
    )  # fmt: skip
    assert channel.send(message, "out-1").provider_id == "99"
    ((url, request),) = calls
    assert (url, request.method, request.header("content-type"), request.header("webhook-id")) == (
        URL,
        "POST",
        "application/json",
        "out-1",
    )
    check_webhook(request, secret=SECRET, now=NOW)
    assert json.loads(request.body) == {
        "type": "message", "id": "out-1", "to": "jo@example.org", "text": "Hi", "case": "case-1", "kind": "reply", "audience": "customer",
        "visibility": "private", "in_reply_to": "<m-1>", "references": ["<m-1>"], "valid_until": "2026-03-02T09:00:00Z",
        "headers": [["Auto-Submitted", "auto-replied"]], "data": {"amount": {"$dec": "1.10"}},
    }  # fmt: skip


SECONDS = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("answer", "state", "said", "after"),
    (
        (Response(200, b'{"id": "p-1"}'), "accepted", "p-1", None),
        (Response(204, b""), "accepted", None, None),
        (Response(200, b'["x"]'), "accepted", None, None),
        (Response(200, b'{"id": true}'), "accepted", None, None),
        (Response(429, b"slow", {"Retry-After": "17"}), "retry", "429 slow", 17 * SECONDS),
        (Response(503, b"", {"retry-after": "Mon, 02 Mar 2026 09:01:30 GMT", "date": "Mon, 02 Mar 2026 09:00:00 GMT"}), "retry", "503", 90 * SECONDS),
        (Response(503, b"", {"retry-after": "Mon, 02 Mar 2026 08:00:00 GMT", "date": "Mon, 02 Mar 2026 09:00:00 GMT"}), "retry", "503", 0 * SECONDS),
        (Response(503, b"", {"Retry-After": "soon"}), "retry", "503", 60 * SECONDS),
        (Response(500), "retry", "500", 60 * SECONDS),
        (Response(408), "retry", "408", 60 * SECONDS),
        (Response(425), "retry", "425", 60 * SECONDS),
        (TimeoutError("timed out"), "retry", "timed out", 60 * SECONDS),
        (ConnectionRefusedError("nobody there"), "retry", "nobody there", 60 * SECONDS),
        (Response(400, b"no such customer"), "refused", "400 no such customer", None),
        (Response(401), "refused", "401", None),
        (Response(302, b""), "refused", "302", None),
    ),
)  # fmt: skip
def test_the_answer_decides_what_becomes_of_the_message(answer, state, said, after):
    result = sending(answer).send(OUT, "out-1")
    assert (result.state, result.after) == (state, after)
    if state == "accepted":
        assert result.provider_id == said
    else:
        assert said in result.reason


def test_what_cannot_be_written_is_refused_not_raised():
    for message in (
        Outbound(text="\ud800", to="x"),
        Outbound(text="a", data={"x": object()}),
    ):
        assert sending(Response()).send(message, "k").state == "refused"
    assert sending(ValueError("bad header")).send(OUT, "k").state == "refused"
    assert HOOK.send(OUT, "k").state == "refused"


def test_the_other_side_sets_the_limits():
    limits = Capabilities(max_length=5, reply_window=timedelta(hours=24))
    channel = sending(Response(), capabilities=limits, template="reopen")
    assert channel.render(Outbound(text="12345"), window_open=True).text == "12345"
    with pytest.raises(ChannelError, match="has 6 characters, at most 5"):
        channel.render(Outbound(text="123456"), window_open=True)
    late = channel.render(Outbound(text="Hi", subject="Re", to="x", dedupe="d"), window_open=False)
    assert late == Outbound(template="reopen", to="x", dedupe="d")
    assert channel.render(Outbound(text="Hi", template="own"), window_open=False).template == "own"
    with pytest.raises(ChannelError, match="1 day, 0:00:00 ago"):
        sending(Response(), capabilities=limits).render(Outbound(text="Hi"), window_open=False)
    with pytest.raises(ChannelError, match="neither text nor template"):
        channel.render(Outbound(dedupe="d"), window_open=True)
    assert HOOK.render(OUT, window_open=False) == OUT  # without a window none can be closed


# -- over a real wire ---------------------------------------------------------------------------------


@contextmanager
def server(status, headers=(), body=b"", *, seen):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            data = self.rfile.read(int(self.headers["Content-Length"]))
            seen.append((self.path, Request("POST", headers=self.headers.items(), body=data)))
            if status is None:
                self.wfile.write(b"rubbish\r\n\r\n")
                return
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_port}/hook"
        finally:
            http.shutdown()
            thread.join()


@pytest.mark.parametrize(
    ("status", "headers", "body", "state"),
    (
        (200, (), b'{"id": "p-1"}', "accepted"),
        (429, (("Retry-After", "3"),), b"", "retry"),
        (404, (), b"gone", "refused"),
        (302, (("Location", "/elsewhere"),), b"", "refused"),
        (None, (), b"", "retry"),
    ),
)
def test_it_sends_over_http(status, headers, body, state):
    seen = []
    with server(status, headers, body, seen=seen) as url:
        result = WebhookChannel(secret=SECRET, url=url, clock=lambda: NOW).send(OUT, "out-1")
    assert result.state == state, result
    assert result.provider_id == ("p-1" if state == "accepted" else None)
    assert result.after in {None, 3 * SECONDS, 60 * SECONDS}
    ((path, request),) = seen
    assert path == "/hook"
    check_webhook(request, secret=SECRET, now=NOW)


def test_a_server_that_is_not_there_is_tried_again():
    with server(200, seen=[]) as url:
        pass
    assert WebhookChannel(secret=SECRET, url=url).send(OUT, "out-1").state == "retry"
