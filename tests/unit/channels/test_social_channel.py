import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta

import pytest

from supportkit.cases import Attachment, ContactPoint
from supportkit.channels import UNDATED, SocialChannel
from supportkit.errors import ChannelError, InvalidValue
from supportkit.intake import Candidates, CaseRef, ThreadPolicy, point_text, thread
from supportkit.ports import Channel, DeliveryUpdate, Outbound, Request, SendResult

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
OURS = {"network": "mastodon", "handle": "@Larkwood"}
DAY = timedelta(hours=24)
LISTENING = SocialChannel(secret="s", verify_token="token", **OURS)
MENTION = {"id": "109", "visibility": "public", "handle": "@jane", "text": "@larkwood no signal"}


def request(body, *, secret="s"):
    data = json.dumps(body).encode()
    signature = hmac.new(secret.encode(), data, hashlib.sha256).hexdigest()
    return Request(headers={"X-Hub-Signature-256": f"sha256={signature}"}, body=data)


def read(*posts, channel=LISTENING):
    return channel.parse(request({"posts": list(posts)}))


def post(channel=LISTENING, **changes):
    return read({**MENTION, **changes}, channel=channel)[0]


def sending(result=None, *, sent=None, **options):
    def sender(outbound, key):
        if sent is not None:
            sent.append((key, outbound))
        return result or SendResult.accepted("p-1")

    return SocialChannel(secret="s", sender=sender, **OURS, **options)


# -- what people write --------------------------------------------------------------------------------


def test_a_public_post_is_a_mention_with_its_reach():
    contact = post(
        followers=12_000, name="Jane", at="2026-03-02T10:00:00+01:00", language="de", product="router", sentiment=-0.8,
        attachments=[{"name": "a.png", "media_type": "image/png", "data": b64encode(b"png").decode()}],
    )  # fmt: skip
    assert (contact.channel, contact.channel_name, contact.form, contact.visibility) == (
        "social",
        "social",
        "mention",
        "public",
    )
    assert (contact.reach, contact.at, contact.sender, contact.sender_name) == (12_000, NOW, "@jane", "Jane")
    assert contact.points == (ContactPoint("handle", "@jane", network="mastodon"),)
    assert (contact.entry_point, contact.addressed_to, contact.audience) == (
        "@Larkwood",
        "@Larkwood",
        "customer",
    )
    assert (contact.language, contact.product, contact.sentiment) == ("de", "router", -0.8)
    assert contact.attachments == (Attachment("a.png", "image/png", b"png"),)


def test_a_private_message_has_no_reach():
    contact = post(visibility="private", followers=12_000)
    assert (contact.form, contact.visibility, contact.reach) == ("message", "private", None)


def test_what_is_not_said_is_not_made_up():
    contact = post()
    assert (contact.at, contact.reach, contact.sentiment, contact.language, contact.product) == (
        UNDATED,
        None,
        None,
        None,
        None,
    )
    assert (contact.automated, post(automated=True).automated) == (False, True)


def test_language_and_product_of_the_account_stand_for_posts_that_say_none():
    channel = SocialChannel(secret="s", language="de", product="router", **OURS)
    assert (post(channel).language, post(channel).product) == ("de", "router")
    assert (post(channel, language="en").language, post(channel, product="tv").product) == ("en", "tv")


@pytest.mark.parametrize("handle", ("larkwood", "@LARKWOOD", " @larkwood "))
def test_our_own_posts_are_left_out(handle):
    assert [contact.sender for contact in read({**MENTION, "handle": handle}, MENTION)] == ["@jane"]


def test_posts_keep_their_order_and_updates_follow():
    posts = [{**MENTION, "id": number, "text": text} for number, text in enumerate("cab")]
    body = {"posts": posts, "deliveries": [{"provider_id": "p-1", "state": "read"}]}
    *found, update = LISTENING.parse(request(body))
    assert [contact.text for contact in found] == ["c", "a", "b"]
    assert update == DeliveryUpdate(None, "read", provider_id="p-1")
    assert LISTENING.parse(body) == (*found, update)  # a feed that the host fetched itself


def test_a_post_is_one_contact_however_often_it_is_sent():
    assert read(MENTION) == read(MENTION)
    assert post(followers=1).id == post(followers=2).id
    assert post().id != post(id="110").id
    other = SocialChannel("listening", secret="s", **OURS)
    assert post(other).id != post().id
    assert post(other).message_id == post().message_id  # two instances that see one post: one case


# -- threads ------------------------------------------------------------------------------------------


def found_case(reply, first):
    """Where a post goes when its writer has a case and the first post opened another or the same."""
    cases = (("case-first", first), ("case-other", reply))
    known = [CaseRef(id=case, participants=map(point_text, contact.points)) for case, contact in cases]
    candidates = Candidates(cases=known, messages={first.message_id: "case-first"})
    found = thread(reply, candidates, policy=ThreadPolicy(), now=NOW)
    return found.action, found.case


@pytest.mark.parametrize(
    "names", ({"thread": "109"}, {"in_reply_to": "109"}, {"thread": "109", "in_reply_to": "ours-1"})
)
@pytest.mark.parametrize("visibility", ("public", "private"))
def test_what_somebody_adds_to_their_own_thread_joins_their_case(names, visibility):
    first, reply = post(visibility=visibility), post(id="111", visibility=visibility, handle="Jane", **names)
    assert found_case(reply, first) == ("append", "case-first")


def test_a_stranger_in_the_thread_gets_a_case_of_their_own():
    assert found_case(post(id="112", handle="@max", thread="109"), post()) == ("new", None)


@pytest.mark.parametrize("handle", ("a b", "a/b", "<a>", "jane@town.social", "日本"))
def test_every_handle_can_be_threaded_and_answered(handle):
    first = post(handle=handle, id="at://x/1")
    assert found_case(post(handle=handle, id="2", thread="at://x/1"), first) == ("append", "case-first")
    assert (
        sending().render(Outbound(text="Hi", in_reply_to=first.message_id), window_open=True).in_reply_to
        == "at://x/1"
    )


def test_the_first_post_of_a_thread_refers_to_nothing():
    assert post(thread="109").headers == post().headers == ()


# -- what cannot be read ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    (
        ({"id": None}, "'id' and 'handle' are required"),
        ({"handle": ""}, "field 'handle' is required"),
        ({"handle": "@"}, "'id' and 'handle' are required"),
        ({"visibility": None}, "field 'visibility' is required; it can be public, private"),
        ({"visibility": "friends"}, "field 'visibility' holds 'friends'"),
        ({"id": "1 2"}, "which is no id"),
        ({"thread": "a>b"}, "which is no id"),
        ({"followers": "many"}, "no number of people"),
        ({"folowers": 1}, "did you mean 'followers'?"),
    ),
)
def test_a_broken_post_is_named_and_nothing_is_taken(changes, said):
    with pytest.raises(ChannelError) as caught:
        read(MENTION, {**MENTION, **changes})
    assert str(caught.value).startswith("social: posts[1]")
    assert said in str(caught.value)


# -- a network's own shape ----------------------------------------------------------------------------


def from_network(body):
    return {
        "posts": [
            {
                "id": status["id"],
                "visibility": "public",
                "handle": status["account"]["acct"],
                "text": status["content"],
            }
            for status in body["statuses"]
        ]
    }


def test_a_networks_own_json_is_translated():
    channel = SocialChannel(secret="s", translate=from_network, **OURS)
    body = {"statuses": [{"id": "109", "account": {"acct": "jane"}, "content": "No signal"}]}
    assert channel.parse(request(body))[0].text == "No signal"
    with pytest.raises(ChannelError, match="cannot be translated: KeyError: 'statuses'"):
        channel.parse(request({"other": 1}))


def clear_error(body):
    raise ChannelError("retweets are not read", status=422)


@pytest.mark.parametrize(
    ("translate", "said"),
    ((lambda body: [body], "translate gave list"), (clear_error, "retweets are not read")),
)
def test_a_translation_that_fails_is_a_channel_error(translate, said):
    with pytest.raises(ChannelError, match=said):
        SocialChannel(secret="s", translate=translate, **OURS).parse({"a": 1})


# -- who sent it --------------------------------------------------------------------------------------


def test_only_the_networks_own_signature_is_accepted():
    good = request({"posts": []})
    LISTENING.verify(good, NOW)
    for forged in (
        request({"posts": []}, secret="x"),
        Request(headers=good.headers, body=b'{"posts":[]}'),
        Request(body=good.body),
        {"posts": []},
    ):
        with pytest.raises(ChannelError) as caught:
            LISTENING.verify(forged, NOW)
        assert caught.value.status == 401


def test_another_scheme_can_be_given():
    seen = []
    channel = SocialChannel(verify=lambda request, now: seen.append((request, now)), **OURS)
    channel.verify({"posts": []}, NOW)
    assert seen == [({"posts": []}, NOW)]


def subscription(**changes):
    query = {"hub.mode": "subscribe", "hub.verify_token": "token", "hub.challenge": "<1158201444>", **changes}
    return Request("GET", query=query)


def test_a_subscription_check_is_answered_with_its_challenge():
    response = LISTENING.handshake(subscription())
    assert (response.status, response.body) == (200, b"<1158201444>")
    assert dict(response.headers)["Content-Type"].startswith(
        "text/plain"
    )  # so that it cannot be run as a page
    for token in ("other", "", "tokenx", "\ud800"):
        with pytest.raises(ChannelError) as caught:
            LISTENING.handshake(subscription(**{"hub.verify_token": token}))
        assert (caught.value.status, "token of this channel" in str(caught.value)) == (401, True)


def test_nothing_else_is_a_subscription_check():
    for other in (request({"posts": []}), Request("GET"), subscription(**{"hub.mode": "x"}), {"posts": []}):
        assert LISTENING.handshake(other) is None
    assert SocialChannel(secret="s", **OURS).handshake(subscription()) is None


@pytest.mark.parametrize(
    ("options", "said"),
    (
        ({}, "either secret= or verify="),
        ({"secret": "s", "verify": print}, "either secret= or verify="),
        ({"secret": ""}, "empty secret"),
        ({"secret": "s", "verify_token": ""}, "empty verify_token"),
        ({"secret": "s", "network": ""}, "name in one word"),
        ({"secret": "s", "network": "a b"}, "name in one word"),
        ({"secret": "s", "network": "a@b"}, "name in one word"),
        ({"secret": "s", "handle": "@"}, "is empty"),
    ),
)
def test_a_channel_that_cannot_work_is_refused_when_it_is_built(options, said):
    with pytest.raises(InvalidValue, match=said):
        SocialChannel(**{**OURS, **options})


# -- what we answer -----------------------------------------------------------------------------------


def test_a_public_answer_goes_to_the_handle_in_reply_to_the_post():
    sent = []
    channel = sending(sent=sent, max_length=500, reply_window=DAY)
    assert isinstance(channel, Channel)
    assert (channel.capabilities.public, channel.capabilities.sends, channel.capabilities.reply_window) == (
        True,
        True,
        DAY,
    )
    answer = Outbound(
        text="We see it.", to="@jane", visibility="public", in_reply_to=post().message_id, dedupe="out-1"
    )
    rendered = channel.render(answer, window_open=False)  # only private messages have a window
    assert channel.send(rendered, "out-1") == SendResult.accepted("p-1")
    ((key, outbound),) = sent
    assert (key, outbound.to, outbound.text, outbound.in_reply_to) == ("out-1", "@jane", "We see it.", "109")


def test_outside_the_window_a_private_message_becomes_a_template():
    message = Outbound(text="Hi", to="@jane")
    assert sending(reply_window=DAY, template="reopen").render(message, window_open=False) == Outbound(
        template="reopen", to="@jane"
    )
    assert sending(reply_window=DAY).render(message, window_open=True).text == "Hi"
    assert sending().render(message, window_open=False).text == "Hi"
    with pytest.raises(ChannelError, match="give the message a template"):
        sending(reply_window=DAY).render(message, window_open=False)


def test_a_text_is_never_cut():
    channel = sending(max_length=3)
    assert channel.render(Outbound(text="日本語"), window_open=True).text == "日本語"
    with pytest.raises(ChannelError, match="at most 3"):
        channel.render(Outbound(text="four"), window_open=True)


def test_an_id_of_another_network_stays_as_it_is():
    for other in (None, "<x@mail.example>", "109"):
        assert sending().render(Outbound(text="Hi", in_reply_to=other), window_open=True).in_reply_to == other


def test_without_a_sender_it_only_listens():
    assert LISTENING.capabilities.sends is False
    assert LISTENING.send(Outbound(text="Hi", to="@jane"), "k").state == "refused"
    assert sending().send(Outbound(text="Hi"), "k").state == "refused"
    assert (
        sending(SendResult.retry(reason="busy")).send(Outbound(text="Hi", to="@jane"), "k").reason == "busy"
    )
