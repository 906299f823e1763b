"""Our own channels keep the contract."""

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from urllib.parse import urlencode

import pytest

from supportkit.cases import Attachment, Contact
from supportkit.channels import (
    EmailChannel,
    FolderTransport,
    ManualChannel,
    MemoryChannel,
    PhoneChannel,
    SocialChannel,
    WebFormChannel,
    WebhookChannel,
    sign_webhook,
)
from supportkit.ports import Capabilities, DeliveryUpdate, Outbound, Request, Response, SendResult
from supportkit.testing import ChannelContract, Sample

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PHOTO = b"\x89PNG\r\n\x1a\n\x00"
FILE = {"name": "photo.png", "media_type": "image/png", "data": b64encode(PHOTO).decode()}


def mail(message_id, text, **files):
    message = EmailMessage()
    message["From"], message["To"] = "Ann <ann@example.com>", "help@example.org"
    message["Subject"], message["Message-ID"] = "Nö signal", message_id
    message.set_content(text)
    for name, data in files.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return Request(body=message.as_bytes())


class TestEmailChannel(ChannelContract):
    authenticates = False

    @pytest.fixture
    def channel(self, tmp_path):
        return EmailChannel(FolderTransport(tmp_path, address="help@example.org", clock=lambda: NOW))

    @pytest.fixture
    def sent(self, tmp_path):
        return lambda: list(tmp_path.glob("*.eml"))

    @pytest.fixture
    def samples(self):
        return [
            Sample(
                mail("<1@example.com>", "No signal since eight"), now=NOW, texts=("No signal since eight",)
            ),
            Sample(
                mail("<2@example.com>", "See the file", log=b"\x00\xff"), now=NOW, files={"log": b"\x00\xff"}
            ),
            Sample(Request(body=b"Subject: who am I\r\n\r\nnobody\r\n"), now=NOW, anonymous=1),
        ]


class TestWebFormChannel(ChannelContract):
    authenticates = False
    channel = pytest.fixture(lambda self: WebFormChannel(answers=["serial"], region="GB", honeypot="website"))

    @pytest.fixture
    def samples(self):
        form, as_json = "application/x-www-form-urlencoded", "application/json"
        good = {"email": "ann@example.com", "phone": "07700 900123", "message": "No signal", "serial": "S-1"}
        return [
            Sample(
                Request(headers={"Content-Type": form}, body=urlencode(good).encode()),
                now=NOW,
                texts=("No signal",),
            ),
            Sample(Request(headers={"Content-Type": as_json}, body=json.dumps(good).encode()), now=NOW),
            Sample(Request(headers={"Content-Type": form}, body=b"message=hello"), now=NOW, anonymous=1),
            Sample(
                Request(headers={"Content-Type": form}, body=b"message=x&website=spam"), now=NOW, contacts=0
            ),
        ]


class TestManualChannel(ChannelContract):
    authenticates = False
    kinds = ("letter", "fax", "counter", "phone", "social")
    channel = pytest.fixture(lambda self: ManualChannel(region="GB"))

    @pytest.fixture
    def samples(self):
        letter = {
            "channel": "letter",
            "name": "Ann",
            "text": "Dear all",
            "points": [{"kind": "account", "value": "A-1"}],
            "at": "2026-06-30T12:00:00+00:00",
            "given": {"serial": "S-1"},
        }
        post = {"channel": "social", "handle": "@ann", "network": "x", "reach": 7, "text": "No signal"}
        return [
            Sample(Request(body=json.dumps(letter).encode()), now=NOW, texts=("Dear all",)),
            Sample(Request(body=json.dumps(post).encode()), now=NOW),
            Sample(Request(body=b'{"channel": "counter", "text": "left no name"}'), now=NOW, anonymous=1),
        ]


class TestManualChannelFromValues(TestManualChannel):
    """What an agent's own screen hands over is a mapping, not a request."""

    @pytest.fixture
    def samples(self):
        visit = {"channel": "counter", "text": "left no name", "points": [], "given": {"serial": "S-1"}}
        call = {
            "channel": "phone",
            "phone": "07700 900123",
            "at": NOW,
            "points": [{"kind": "account", "value": "A"}],
        }
        return [Sample(visit, now=NOW, anonymous=1), Sample(call, now=NOW, texts=(None,))]


class TestMemoryChannel(ChannelContract):
    authenticates = False
    channel = pytest.fixture(lambda self: MemoryChannel("inbox", kind="chat"))
    sent = pytest.fixture(lambda self, channel: lambda: channel.sent)

    @pytest.fixture
    def samples(self):
        values = {
            "id": "c1",
            "at": NOW,
            "text": "hello",
            "points": [("email", "ann@example.com")],
            "reach": 3,
        }
        files = [Attachment("photo.png", "image/png", PHOTO)]
        photo = Contact(id="c2", channel="chat", channel_name="inbox", at=NOW, attachments=files)
        return [
            Sample(values, now=NOW, texts=("hello",)),
            Sample(
                [photo, DeliveryUpdate("o1", "read")],
                now=NOW,
                updates=1,
                anonymous=1,
                files={"photo.png": PHOTO},
            ),
        ]


def signed(body, *, id="msg_1"):
    data = json.dumps(body).encode()
    return Request(headers=sign_webhook(id, data, secret=SECRET, at=NOW), body=data)


CONTACT = {
    "id": "c1",
    "at": "2026-07-01T08:59:00+00:00",
    "email": "ann@example.com",
    "text": "No signal ☎",
    "points": [{"kind": "account", "value": "A-1"}],
    "references": ["m0"],
    "given": {"serial": "S-1"},
    "attachments": [FILE],
    "reach": 3,
    "sentiment": -0.5,
    "automated": False,
}
UPDATE = {"outbound": "o1", "state": "failed", "at": "2026-07-01T08:59:00+00:00", "reason": "no such number"}


class TestWebhookChannel(ChannelContract):
    @pytest.fixture
    def posted(self):
        return []

    @pytest.fixture
    def channel(self, posted):
        def post(url, request):
            if request.header("webhook-id") not in [known.header("webhook-id") for known in posted]:
                posted.append(request)
            return Response(202, b'{"id": "p1"}')

        return WebhookChannel(
            "crm",
            secret=SECRET,
            url="https://crm.example.com/in",
            post=post,
            capabilities=Capabilities(max_length=200, reply_window=timedelta(hours=24)),
            template="reopen",
            clock=lambda: NOW,
        )

    sent = pytest.fixture(lambda self, posted: lambda: posted)

    @pytest.fixture
    def samples(self):
        several = {
            "contacts": [{"text": "one"}, {"text": "two", "email": "bob@example.com"}],
            "deliveries": [UPDATE],
        }
        return [
            Sample(
                signed({"contacts": [CONTACT]}), now=NOW, texts=("No signal ☎",), files={"photo.png": PHOTO}
            ),
            Sample(
                signed(several, id="msg_2"), now=NOW, contacts=2, updates=1, anonymous=1, texts=("one", "two")
            ),
        ]


class TestPhoneChannel(ChannelContract):
    @pytest.fixture
    def texts(self):
        return {}

    @pytest.fixture
    def channel(self, texts):
        def sender(message, key):
            texts[key] = message
            return SendResult.accepted(key)

        return PhoneChannel(region="GB", secret=SECRET, sender=sender, max_length=160)

    sent = pytest.fixture(lambda self, texts: lambda: texts)

    @pytest.fixture
    def message(self):
        return Outbound(text="We call back at ten.", to="+447700900123", channel="phone", dedupe="o1")

    @pytest.fixture
    def samples(self):
        voicemail = {
            "id": "1",
            "event": "voicemail",
            "at": "2026-07-01T08:59:00+00:00",
            "from": "07700 900123",
            "to": "0800 100",
            "transcript": "No signal",
            "recording": FILE,
        }
        wish = {
            "id": "2",
            "event": "callback_request",
            "call_back_on": "07700 900456",
            "wanted_at": "2026-07-02T08:00:00Z",
        }
        return [
            Sample(
                signed({"events": [voicemail]}), now=NOW, files={"photo.png": PHOTO}, texts=("No signal",)
            ),
            Sample(
                signed({"events": [wish, {"id": "3", "event": "missed", "from": "anonymous"}]}),
                now=NOW,
                contacts=2,
                anonymous=1,
            ),
            Sample(signed({"deliveries": [UPDATE]}), now=NOW, contacts=0, updates=1),
        ]


def as_meta_signs(body, secret="app secret"):
    data = json.dumps(body).encode()
    code = hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()
    return Request(headers={"X-Hub-Signature-256": f"sha256={code}"}, body=data)


class TestSocialChannel(ChannelContract):
    @pytest.fixture
    def answers(self):
        return {}

    @pytest.fixture
    def channel(self, answers):
        def sender(message, key):
            answers[key] = message
            return SendResult.accepted(key)

        return SocialChannel(
            network="x",
            handle="@us",
            secret="app secret",
            verify_token="subscribe",
            sender=sender,
            max_length=280,
            reply_window=timedelta(days=1),
            template="reopen",
        )

    sent = pytest.fixture(lambda self, answers: lambda: answers)

    @pytest.fixture
    def samples(self):
        post = {
            "id": "1",
            "visibility": "public",
            "handle": "@ann",
            "followers": 120,
            "text": "No signal",
            "at": "2026-07-01T08:59:00+00:00",
            "thread": "0",
            "attachments": [FILE],
        }
        private = {"id": "2", "visibility": "private", "handle": "bob", "text": "hello"}
        ours = {"id": "3", "visibility": "public", "handle": "@US", "text": "We are on it"}
        return [
            Sample(
                as_meta_signs({"posts": [post]}), now=NOW, files={"photo.png": PHOTO}, texts=("No signal",)
            ),
            Sample(
                as_meta_signs({"posts": [private, ours], "deliveries": [UPDATE]}),
                now=NOW,
                updates=1,
                texts=("hello",),
            ),
        ]
