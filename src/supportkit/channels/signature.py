"""Signatures of requests: proof that a provider sent them, and lately."""

from __future__ import annotations

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

from supportkit.cases import utc
from supportkit.errors import ChannelError, InvalidValue
from supportkit.ports import Request

__all__ = ["Secret", "check_hmac", "check_webhook", "secret_keys", "sign_webhook", "webhook_keys"]

Secret = str | bytes | Iterable[str | bytes]
"""One secret, or several of which any fits: while one is being replaced, old and new are both good."""

TOLERANCE = timedelta(minutes=5)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ALGORITHMS = ("sha256", "sha1", "sha512")
_ENCODINGS = ("hex", "base64")
_PLACE = re.compile(r"\{([^{}]*)\}")
_SECONDS = re.compile(r"[0-9]{1,12}")


def secret_keys(secret: Secret) -> tuple[bytes, ...]:
    """Return the keys of one or several secrets; raises InvalidValue for none, an empty one, or no text.

    No message ever shows a secret.
    """
    several = _several(secret)
    if not several:
        raise InvalidValue("secret holds no secret at all; pass one, or several while one is being replaced")
    for one in several:
        if not isinstance(one, str | bytes):
            raise InvalidValue(f"a secret is text or bytes, not {type(one).__name__}")
        if not one:
            raise InvalidValue("an empty secret proves nothing; pass the one that the provider shows")
    return tuple(one.encode() if isinstance(one, str) else one for one in several)


def _several(secret: Secret) -> tuple[str | bytes, ...]:
    if isinstance(secret, str | bytes):
        return (secret,)
    if not isinstance(secret, Iterable):
        raise InvalidValue(f"a secret is text or bytes, not {type(secret).__name__}")
    return tuple(secret)


def check_hmac(
    request: Request,
    header: str,
    *,
    secret: Secret,
    prefix: str = "",
    algorithm: Literal["sha256", "sha1", "sha512"] = "sha256",
    encoding: Literal["hex", "base64"] = "hex",
    signed: str = "{body}",
    timestamp: str | None = None,
    tolerance: timedelta = TOLERANCE,
    now: datetime | None = None,
) -> None:
    """Accept a request whose `header` holds a valid HMAC of what was signed; raise ChannelError otherwise.

    `header` may hold several signatures, parted by spaces or commas: each begins with `prefix`, what begins
    otherwise is not looked at, and one that fits is enough. `secret` likewise may be several. `signed` says
    what was signed: ``{body}`` is the raw body, ``{timestamp}`` the time below, any other name in braces the
    header of that name.

    `timestamp` names the header with the time of signing in Unix seconds, or, ending in ``=``, a part of
    `header` itself (``t=``). The time may differ from `now` by `tolerance` both ways: an older request is a
    replay. Without it the check proves who sent a request, not when.

    The ChannelError has status 401 and never shows a secret or the right signature. Raises InvalidValue for
    an empty secret, and for a scheme that would leave body or time unproven; NaiveDatetime for `now` without
    a zone.

    >>> body = b"Hello, World!"
    >>> good = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    >>> request = Request(headers={"X-Hub-Signature-256": good}, body=body)
    >>> check_hmac(request, "X-Hub-Signature-256", prefix="sha256=", secret="It's a Secret to Everybody")
    >>> check_hmac(request, "X-Hub-Signature-256", prefix="sha256=", secret="another")
    Traceback (most recent call last):
    supportkit.errors.ChannelError: X-Hub-Signature-256 fits no secret; ...
    """
    keys = secret_keys(secret)
    _check_scheme(algorithm, encoding, signed, timestamp, now)
    moment = None if now is None else utc(now)
    if tolerance < timedelta(0):
        raise InvalidValue(f"tolerance={tolerance} is negative; five minutes are usual")
    if not isinstance(request, Request):
        raise _refused(f"only a Request can be signed, not {type(request).__name__}")
    stamp = None if timestamp is None else _stamp(request, header, timestamp)
    message = b"".join(_pieces(request, signed, stamp))
    given = list(_signatures(_value(request, header), prefix, encoding))
    if not given:
        begins = f" that begins with {prefix!r}" if prefix else ""
        raise _refused(f"{header} holds no signature in {encoding}{begins}")
    right = [hmac.digest(key, message, algorithm) for key in keys]
    if not any(hmac.compare_digest(one, other) for one in right for other in given):
        raise _refused(f"{header} fits no secret; check the secret, and that the body is passed on unchanged")
    if stamp is not None and moment is not None:
        _check_window(int(stamp), tolerance, moment)


def _refused(message: str) -> ChannelError:
    return ChannelError(message, status=401)


def _check_scheme(
    algorithm: str, encoding: str, signed: str, timestamp: str | None, now: datetime | None
) -> None:
    """Refuse what no signature can mean, and what looks like a proof and is none."""
    for name, value, known in (("algorithm", algorithm, _ALGORITHMS), ("encoding", encoding, _ENCODINGS)):
        if value not in known:
            raise InvalidValue(f"{name}={value!r} is none of {', '.join(known)}")
    places = {place.lower() for place in _PLACE.findall(signed)}
    if "body" not in places or "" in places:
        raise InvalidValue(f"signed={signed!r} must hold {{body}}, and names in all its braces")
    if (timestamp is None) != (now is None):
        raise InvalidValue("timestamp= and now= belong together: the time signed is compared with now")
    covered = "timestamp" in places or (timestamp or "").lower() in places
    if timestamp is None and "timestamp" in places:
        raise InvalidValue(f"signed={signed!r} needs timestamp=, the name of the header that holds it")
    if timestamp is not None and not covered:
        raise InvalidValue(f"signed={signed!r} leaves {timestamp} unproven; it must hold {{timestamp}}")


def _value(request: Request, header: str) -> str:
    value = request.header(header)
    if not value:
        raise _refused(f"{header} is missing, so nothing proves who sent this request")
    return value


def _found(value: str, prefix: str) -> list[str]:
    return re.findall(rf"(?:^|[\s,]){re.escape(prefix)}([^\s,]+)", value)


def _stamp(request: Request, header: str, timestamp: str) -> str:
    if timestamp.endswith("="):
        stamp = next(iter(_found(_value(request, header), timestamp)), "")
    else:
        stamp = _value(request, timestamp)
    if not _SECONDS.fullmatch(stamp):
        raise _refused(f"{timestamp} of the signature must be whole seconds since 1970")
    return stamp


def _pieces(request: Request, signed: str, stamp: str | None) -> Iterator[bytes]:
    for number, text in enumerate(_PLACE.split(signed)):
        if number % 2 and text.lower() == "body":
            yield request.body
        elif number % 2 and text.lower() == "timestamp" and stamp is not None:
            yield stamp.encode()
        else:
            yield (_value(request, text) if number % 2 else text).encode("utf-8", "surrogatepass")


def _signatures(value: str, prefix: str, encoding: str) -> Iterator[bytes]:
    for text in _found(value, prefix):
        try:
            yield bytes.fromhex(text) if encoding == "hex" else b64decode(text, validate=True)
        except ValueError:
            continue  # other parts of the header are none of ours; that nothing is left is told above


def _check_window(seconds: int, tolerance: timedelta, now: datetime) -> None:
    late = now - _EPOCH - timedelta(seconds=seconds)
    if abs(late) > tolerance:
        how = "ago" if late > timedelta(0) else "ahead of our clock"
        raise _refused(f"signed {abs(late)} {how}, more than {tolerance}: a replay, or a clock that is wrong")


# -- Standard Webhooks (standardwebhooks.com, version 1) ----------------------------------------------


def webhook_keys(secret: Secret) -> tuple[bytes, ...]:
    """Return the keys of Standard Webhooks secrets.

    Text is ``whsec_`` and base64 (the mark may be left out); bytes are the key itself. Raises InvalidValue
    for what is no base64 and for asymmetric keys (``whsk_``, ``whpk_``).
    """
    secret_keys(several := _several(secret))
    return secret_keys([one if isinstance(one, bytes) else _decoded(one) for one in several])


def _decoded(secret: str) -> bytes:
    if secret.startswith(("whsk_", "whpk_")):
        raise InvalidValue("asymmetric webhook keys (whsk_, whpk_) are not built yet; use a whsec_ secret")
    try:
        return b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        pass
    raise InvalidValue("a webhook secret is 'whsec_' and base64; pass bytes for a key that is used as it is")


def check_webhook(
    request: Request, *, secret: Secret, now: datetime, tolerance: timedelta = TOLERANCE
) -> None:
    """Accept a request signed after Standard Webhooks; raise ChannelError (status 401) otherwise.

    It signs ``webhook-id``, ``webhook-timestamp`` and body; ``webhook-signature`` holds one or several
    ``v1,<base64>``. `secret` as in `webhook_keys`; `tolerance` as in `check_hmac`.
    """
    check_hmac(
        request,
        "webhook-signature",
        secret=webhook_keys(secret),
        prefix="v1,",
        encoding="base64",
        signed="{webhook-id}.{timestamp}.{body}",
        timestamp="webhook-timestamp",
        tolerance=tolerance,
        now=now,
    )


def sign_webhook(id: str, body: bytes, *, secret: Secret, at: datetime) -> tuple[tuple[str, str], ...]:
    """Return the headers that sign `body` after Standard Webhooks, once with each of several secrets.

    `id` is the message's own and stays when it is sent again; `at` is the time of signing, aware.

    >>> at = datetime(2021, 2, 25, 14, 55, 30, tzinfo=UTC)
    >>> headers = sign_webhook("msg_1", b"{}", secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", at=at)
    >>> check_webhook(Request(headers=headers, body=b"{}"), secret="MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", now=at)
    """
    stamp = str(int(utc(at, name="at").timestamp()))
    message = b".".join((id.encode(), stamp.encode(), body))
    signatures = [b64encode(hmac.digest(key, message, "sha256")).decode() for key in webhook_keys(secret)]
    return (
        ("webhook-id", id),
        ("webhook-timestamp", stamp),
        ("webhook-signature", " ".join(f"v1,{one}" for one in signatures)),
    )
