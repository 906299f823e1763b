"""A channel that is right, and channels with one fault each. Run by the tests of the kits."""

import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest
from attrs import define, evolve, field

from supportkit.cases import Attachment, Contact, ContactPoint
from supportkit.channels import check_hmac
from supportkit.errors import ChannelError, InvalidValue
from supportkit.ports import Capabilities, DeliveryUpdate, Outbound, Request, Response, SendResult
from supportkit.testing import ChannelContract, Sample

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)


@define
class Chat:
    secret: str = "s3cret"
    name: str = "chat"
    sent: dict = field(factory=dict)
    capabilities = Capabilities(max_length=50, reply_window=timedelta(hours=24))

    def handshake(self, request):
        return Response(body=b"yes") if request.method == "GET" else None

    def verify(self, request, now):
        check_hmac(request, "X-Signature", prefix="sha256=", secret=self.secret)

    def parse(self, request):
        try:
            body = json.loads(request.body)
            return [*map(self.contact, body["messages"]), *map(self.update, body["updates"])]
        except (ValueError, TypeError, KeyError, AttributeError, InvalidValue, RecursionError) as error:
            raise ChannelError(f"unreadable: {error!r}") from error

    def contact(self, item):
        points = [ContactPoint("handle", item["from"], network="chat")] if item["from"] else []
        files = [Attachment(name, "text/plain", data.encode()) for name, data in item["files"].items()]
        return Contact(
            id=f"chat-{item['id']}",
            channel="chat",
            channel_name=self.name,
            at=NOW,
            points=points,
            text=item["text"],
            attachments=files,
        )

    def update(self, item):
        return DeliveryUpdate(item["key"], item["state"])

    def render(self, message, *, window_open):
        if not window_open:
            return evolve(message, text=None, template="reopen")
        return evolve(message, text=message.text[:50])

    def send(self, outbound, key):
        if not outbound.text or not outbound.to:
            return SendResult.refused("nothing to send")
        self.sent.setdefault(key, outbound)
        return SendResult.accepted(key)


def signed(body):
    data = json.dumps(body).encode()
    code = hmac.new(b"s3cret", data, hashlib.sha256).hexdigest()
    return Request(headers={"X-Signature": f"sha256={code}"}, body=data)


def said(id, text, *, sender="ann", **files):
    return {"id": id, "from": sender, "text": text, "files": files}


class TestChat(ChannelContract):
    channel = pytest.fixture(lambda self: Chat())
    sent = pytest.fixture(lambda self, channel: lambda: channel.sent)

    @pytest.fixture
    def samples(self):
        first = signed({"messages": [said(1, "No signal", log="\x00")], "updates": []})
        second = {
            "messages": [said(2, "two"), said(3, "three", sender="")],
            "updates": [{"key": "o1", "state": "read"}],
        }
        return [
            Sample(first, now=NOW, texts=("No signal",), files={"log": b"\x00"}),
            Sample(signed(second), now=NOW, contacts=2, updates=1, anonymous=1),
        ]


class Forgetful(Chat):
    """Knows its provider by a word that does not cover the body, and sends whatever it is told to."""

    def verify(self, request, now):
        if request.header("X-Token") != "s3cret":
            raise ChannelError("who is it?", status=401)

    def send(self, outbound, key):
        return Chat.send(self, outbound, f"{key} {len(self.sent)}")


class TestForgetful(TestChat):
    signs_bodies, sends_once = False, False
    channel = pytest.fixture(lambda self: Forgetful())

    @pytest.fixture
    def samples(self):
        body = json.dumps({"messages": [said(1, "No signal")], "updates": []}).encode()
        return [Sample(Request(headers={"X-Token": "s3cret"}, body=body), now=NOW)]


def broken(**wrong):
    """Return the contract's tests for a chat channel with another method or two."""
    faulty = type("Faulty", (Chat,), wrong)

    class TestBroken(TestChat):
        channel = pytest.fixture(lambda self: faulty())

    return TestBroken


def looks_for_a_header(self, request, now):
    if not request.header("X-Signature"):
        raise ChannelError("unsigned", status=401)


def compares_texts(self, request, now):
    code = hmac.new(b"s3cret", request.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(f"sha256={code}", request.header("X-Signature") or ""):
        raise ChannelError("forged", status=401)


def needs_every_header(self, request, now):
    assert dict(request.headers)["X-Signature"]
    Chat.verify(self, request, now)


def accepts_once(self, request, now):
    Chat.verify(self, request, now)
    if request.body in self.sent:
        raise ChannelError("seen before", status=409)
    self.sent[request.body] = None


def blames_itself(self, request, now):
    try:
        Chat.verify(self, request, now)
    except ChannelError as error:
        raise ChannelError("oops", status=500) from error


def needs_every_field(self, request):
    try:
        body = json.loads(request.body)
    except ValueError as error:
        raise ChannelError("no JSON") from error
    return [self.contact(item) for item in body["messages"]] + [self.update(item) for item in body["updates"]]


def wipes(self, request):
    found = Chat.parse(self, request)
    object.__setattr__(request, "body", b"")
    return found


def changed(**fields):
    """Return a parse whose contacts have other fields."""
    return lambda self, request: [
        evolve(item, **fields) if isinstance(item, Contact) else item for item in Chat.parse(self, request)
    ]


def renamed(self, request):
    return changed(id=secrets.token_hex(4))(self, request)


def rendered(change):
    return lambda self, message, *, window_open: change(message)


TestAcceptsAnybody = broken(verify=lambda self, request, now: None)
TestLooksForAHeader = broken(verify=looks_for_a_header)
TestComparesTexts = broken(verify=compares_texts)
TestNeedsEveryHeader = broken(verify=needs_every_header)
TestAcceptsOnce = broken(verify=accepts_once)
TestBlamesItself = broken(verify=blames_itself)
TestNewIdEachTime = broken(parse=renamed)
TestOneIdForAll = broken(parse=changed(id="chat"))
TestDropsFiles = broken(parse=changed(attachments=()))
TestRenamesFiles = broken(parse=changed(attachments=[Attachment("file", "text/plain", b"\x00")]))
TestDropsText = broken(parse=changed(text=""))
TestDropsPoints = broken(parse=changed(points=()))
TestForgetsItsName = broken(parse=changed(channel_name="other"))
TestForgetsItsKind = broken(parse=changed(channel="other"))
TestReadsTheFirstOnly = broken(parse=lambda self, request: Chat.parse(self, request)[:1])
TestGivesMappings = broken(parse=lambda self, request: [{"id": 1}])
TestBreaksOnRubbish = broken(parse=needs_every_field)
TestBreaksOnBytes = broken(parse=lambda self, request: json.loads(request.body) and Chat.parse(self, request))
TestWipesTheRequest = broken(parse=wipes)
TestLetsFreeTextOut = broken(
    render=lambda self, message, *, window_open: evolve(message, text=message.text[:50])
)
TestLetsLongTextOut = broken(render=lambda self, message, *, window_open: message)
TestRedirects = broken(render=rendered(lambda message: evolve(message, to="bob@example.com")))
TestRekeys = broken(render=rendered(lambda message: evolve(message, dedupe="other")))
TestLosesWords = broken(render=rendered(lambda message: evolve(message, text="We")))
TestRendersAnew = broken(render=rendered(lambda message: evolve(message, subject=secrets.token_hex(4))))
TestSendsTwice = broken(
    send=lambda self, outbound, key: self.sent.update({len(self.sent): 1}) or SendResult.accepted()
)
TestSendsNothing = broken(send=lambda self, outbound, key: SendResult.accepted())
TestRaisesOnSending = broken(send=lambda self, outbound, key: SendResult.accepted(outbound.text.strip()))
TestRefusesWithoutReason = broken(send=lambda self, outbound, key: SendResult("refused"))
TestAnswersEverybody = broken(handshake=lambda self, request: Response())
TestAnswersWithBytes = broken(
    handshake=lambda self, request: None if request.header("X-Signature") else b"yes"
)
TestHasABlankName = broken(kind=" chat")
TestHasNoCapabilities = broken(capabilities=None)
TestCannotSend = broken(capabilities=Capabilities(sends=False))


@define
class WhatsApp:
    settings: str
    name: str = "whatsapp"
    capabilities = Capabilities(
        realtime=True, receipts="read", max_length=4096, reply_window=timedelta(hours=24)
    )

    def verify(self, request, now):
        check_hmac(request, "X-Hub-Signature-256", prefix="sha256=", secret=self.settings)

    def parse(self, request):
        raise ChannelError("these tests hand over no real request")

    def render(self, message, *, window_open):
        return Outbound(text=message.text) if window_open else Outbound(template="reopen")

    def send(self, outbound, key):
        raise AssertionError("nothing is sent to a real provider")


class TestWhatsApp(ChannelContract):
    channel = pytest.fixture(lambda self: WhatsApp("s3cret"))


class TestNoChannel(ChannelContract):
    pass
