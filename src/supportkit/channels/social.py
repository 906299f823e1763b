"""Public posts and private messages of a social network, or of a tool that listens to one."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from attrs import evolve

from supportkit.cases import Contact, ContactPoint
from supportkit.channels._fitting import fitted
from supportkit.channels._items import Item, Translate, delivery_update, read_batch
from supportkit.channels.signature import Secret, check_hmac, secret_keys
from supportkit.errors import ChannelError, InvalidValue
from supportkit.ports import Capabilities, Inbound, Outbound, Request, Response, SendResult

__all__ = ["SocialChannel"]

_FIELDS = (
    *("id", "visibility", "handle", "name", "followers", "text", "at", "in_reply_to", "thread"),
    *("language", "product", "sentiment", "automated", "attachments"),
)


class SocialChannel:
    """Reads what people write about us in public, and to us in private, on one network.

    `network` names the network, `handle` is our own name there: what we wrote ourselves is left out. One
    instance for each account; a listening tool's feed is read by an instance of its own.

    `secret` checks ``X-Hub-Signature-256`` (HMAC-SHA256 of the body, as Meta signs); `verify` is called with
    the request and now instead, for any other scheme: it raises ChannelError for what is not genuine.
    `verify_token` answers the provider's subscription check (see `handshake`). `translate` turns the
    network's own JSON into the shape that `parse` reads.

    `sender` posts what we answer; without it nothing is sent. `max_length` is in characters; `reply_window`
    the time after a customer's private message within which free text may follow, afterwards `template`
    leaves in its place. `receipts` is what the network reports back. `product` and `language` stand for
    posts that say none.

    Raises InvalidValue for an empty network, handle, secret or token, and unless there is either `secret` or
    `verify`.
    """

    kind = "social"

    def __init__(
        self,
        name: str = "social",
        *,
        network: str,
        handle: str,
        secret: Secret | None = None,
        verify: Callable[[Request, datetime], None] | None = None,
        verify_token: str | None = None,
        translate: Translate | None = None,
        sender: Callable[[Outbound, str], SendResult] | None = None,
        max_length: int | None = None,
        reply_window: timedelta | None = None,
        template: str | None = None,
        receipts: Literal["none", "delivered", "read"] = "none",
        product: str | None = None,
        language: str | None = None,
    ) -> None:
        self.name = name
        self.handle = handle
        self.network = network
        self.capabilities = Capabilities(
            public=True,
            threading=True,
            sends=sender is not None,
            receipts=receipts,
            reply_window=reply_window,
            max_length=max_length,
        )
        self._keys = () if secret is None else secret_keys(secret)
        self._scheme = verify
        self._token = verify_token
        self._translate = translate
        self._sender = sender
        self._template = template
        self._product = product
        self._language = language
        if (secret is None) == (verify is None):
            raise InvalidValue(f"SocialChannel {name!r} needs either secret= or verify= to know its provider")
        if not network or set(network) & set(" \t\n@<>"):
            raise InvalidValue(f"SocialChannel {name!r}: network={network!r} must be a name in one word")
        if not _bare(handle):
            raise InvalidValue(f"SocialChannel {name!r}: handle={handle!r} is empty; name our own account")
        if verify_token == "":
            raise InvalidValue(f"SocialChannel {name!r}: an empty verify_token proves nothing")

    def handshake(self, request: Request | Mapping[str, Any]) -> Response | None:
        """Answer a subscription check (``hub.mode=subscribe``) with its challenge; None for other requests.

        Raises ChannelError (status 401) when the check carries another token than ours.
        """
        if self._token is None or not isinstance(request, Request) or request.method.upper() != "GET":
            return None
        query = dict(request.query)
        if query.get("hub.mode") != "subscribe":
            return None
        given = query.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, self._token.encode()):
            message = f"{self.name}: hub.verify_token is not ours; subscribe with the token of this channel"
            raise ChannelError(message, status=401)
        challenge = query.get("hub.challenge", "").encode("utf-8", "replace")
        return Response(200, challenge, {"Content-Type": "text/plain; charset=utf-8"})

    def verify(self, request: Request, now: datetime) -> None:
        """Raise ChannelError (status 401) unless the provider sent the request."""
        if self._scheme is not None:
            self._scheme(request, now)
        else:
            check_hmac(request, "X-Hub-Signature-256", prefix="sha256=", secret=self._keys)

    def parse(self, request: Request | Mapping[str, Any]) -> tuple[Inbound, ...]:
        """Return what an object (or mapping) with the lists ``posts`` and ``deliveries`` tells.

        A post has `id`, `visibility` (public: a mention; private: a message to us) and `handle` of its
        author, and may have name, followers, text, at (ISO 8601 with offset), in_reply_to and thread (ids of
        posts), language, product, sentiment, automated (a bot wrote it), attachments (list of name,
        media_type, data in base64). Followers are the reach of public posts alone. Deliveries are as in
        `WebhookChannel.parse`.

        The contact's id comes from the post's, so a post that is sent again is the same contact. Posts of
        one thread are led together for each author apart: who joins a stranger's thread gets a case of their
        own. Raises ChannelError that names the item at fault; nothing of the request is taken then.
        """
        lists = {"posts": _FIELDS}
        items = read_batch(request, channel=self.name, lists=lists, translate=self._translate)
        found = [self._contact(item) for item in items["posts"]]
        others = [contact for contact in found if _bare(contact.sender or "") != _bare(self.handle)]
        return (*others, *map(delivery_update, items["deliveries"]))

    def _contact(self, item: Item) -> Contact:
        post, author = item.reference("id"), item.required("handle")
        if post is None or not _bare(author):
            raise item.fault("fields 'id' and 'handle' are required")
        public = item.choice("visibility", ("public", "private")) == "public"
        reach = item.count("followers")
        return item.contact(
            self.name,
            post,
            channel=self.kind,
            channel_name=self.name,
            form="mention" if public else "message",
            at=item.instant("at"),
            points=(ContactPoint("handle", author, network=self.network),),
            sender=author,
            sender_name=item.text("name"),
            text=item.text("text"),
            visibility="public" if public else "private",
            automated=item.flag("automated"),
            language=item.text("language") or self._language,
            product=item.text("product") or self._product,
            entry_point=self.handle,
            addressed_to=self.handle,
            reach=reach if public else None,
            sentiment=item.measure("sentiment"),
            message_id=self._key(author, post),
            headers=self._references(item, author),
            attachments=item.files("attachments"),
        )

    def _key(self, author: str, post: str) -> str:
        """Return a post's id as its author's own.

        Everybody may write into a public thread. If a thread led to the case of whoever began it, a stranger
        who joins in would claim somebody else's case and be kept apart, unanswered.
        """
        return f"<{quote(_bare(author), safe='@')}/{post}@{self.network}>"

    def _references(self, item: Item, author: str) -> tuple[tuple[str, str], ...]:
        ids = dict.fromkeys((item.reference("thread"), item.reference("in_reply_to")))
        keys = [self._key(author, one) for one in ids if one not in {None, item.reference("id")}]
        return (("References", " ".join(keys)),) if keys else ()

    def render(self, message: Outbound, *, window_open: bool) -> Outbound:
        """Return the message as it may leave, in reply to the network's own post id.

        Raises ChannelError for one that is too long, says nothing, or is private outside the reply window
        without a template.
        """
        fitting = fitted(
            message,
            capabilities=self.capabilities,
            window_open=window_open,
            template=self._template,
            channel=self.name,
        )
        return evolve(fitting, in_reply_to=self._post_id(message.in_reply_to))

    def _post_id(self, message_id: str | None) -> str | None:
        end = f"@{self.network}>"
        if message_id is None or not message_id.endswith(end):
            return message_id
        return message_id.removesuffix(end).partition("/")[2]

    def send(self, outbound: Outbound, key: str) -> SendResult:
        """Hand the message to `sender`; refused without one, and for a message without a handle."""
        if self._sender is None:
            return SendResult.refused(f"channel {self.name!r} only listens: it has no sender")
        if not _bare(outbound.to):
            return SendResult.refused(f"channel {self.name!r}: the message names nobody to send it to")
        return self._sender(outbound, key)


def _bare(handle: str) -> str:
    return handle.strip().lstrip("@").lower()
