"""What a provider never sends: forged, damaged and random requests."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from supportkit.ports import Request
from supportkit.testing.channel_contract.sample import Sample

__all__ = ["changed_bodies", "damaged", "forged", "random_requests", "random_values", "unsigned"]

_SIGNATURE = re.compile(r"sign|hmac|token|auth|secret|digest|hash|key", re.IGNORECASE)
_CODE = re.compile(r"[A-Za-z0-9+/_-]{16,}")
_WRONG: tuple[Any, ...] = (None, True, -1, 1.5, 10**40, "", "\x00☎", [], {}, [None], {"x": None})
_HEADERS = ("Content-Type", "Authorization", "X-Signature", "X-Hub-Signature-256", "Webhook-Signature")
_MEDIA_TYPES = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")

Pairs = tuple[tuple[str, str], ...]


def unsigned(request: Request) -> Request:
    """Return the request without anything that looks like a signature; without any header if nothing does."""
    return _sealed(request, [])


def forged(request: Request) -> Iterator[Request]:
    """Yield the request under signatures that nobody made: empty, of other letters, of the same shape."""
    for seal in ("", "rubbish", "é☎", "sha256=", "v1,é"):
        yield _sealed(request, [seal])
    zeros = evolve(request, query=_zeroed(request.query), headers=_zeroed(request.headers))
    if zeros != request:
        yield zeros


def _sealed(request: Request, seals: Sequence[str]) -> Request:
    if not any(_SIGNATURE.search(name) for name, _ in (*request.query, *request.headers)):
        return evolve(request, query=(), headers=())

    def seal(pairs: Pairs) -> Pairs:
        plain = ((name, [value]) for name, value in pairs)
        sealed = ((name, seals if _SIGNATURE.search(name) else values) for name, values in plain)
        return tuple((name, value) for name, values in sealed for value in values)

    return evolve(request, query=seal(request.query), headers=seal(request.headers))


def _zeroed(pairs: Pairs) -> Pairs:
    return tuple(
        (name, _CODE.sub(lambda code: "0" * len(code[0]), value) if _SIGNATURE.search(name) else value)
        for name, value in pairs
    )


def changed_bodies(body: bytes) -> Iterator[bytes]:
    """Yield a body with one byte changed, added or missing, at the ends and in between."""
    yield body + b" "
    yield body[:-1] if body else b"x"
    for place in _places(body):
        yield body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]


def damaged(sample: Sample) -> Iterator[Any]:
    """Yield a sample's request with each part of its body in turn missing or replaced by something else."""
    request = sample.request
    if not isinstance(request, Request):
        yield from _damaged(request)
        return
    for place in _places(request.body):
        yield evolve(request, body=request.body[:place])
        yield evolve(request, body=request.body[:place] + b"\xff" + request.body[place + 1 :])
    try:
        value = json.loads(request.body)
    except ValueError:
        return
    for other in _damaged(value):
        yield evolve(request, body=json.dumps(other).encode())


def _damaged(value: Any) -> Iterator[Any]:
    yield from _WRONG
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield {name: other for name, other in value.items() if name != key}
            yield from ({**value, key: other} for other in _damaged(part))
    elif isinstance(value, list | tuple):
        for place, part in enumerate(value):
            yield [*value[:place], *value[place + 1 :]]
            yield from ([*value[:place], other, *value[place + 1 :]] for other in _damaged(part))


def _places(body: bytes) -> Iterable[int]:
    return range(0, len(body), max(1, len(body) // 32))


def random_values() -> st.SearchStrategy[Any]:
    """Return values as JSON has them, and bytes."""
    plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    return st.binary(max_size=200) | st.recursive(
        plain,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    )


def random_requests(samples: Sequence[Sample]) -> st.SearchStrategy[Request]:
    """Return requests with random bodies, under the header names that the samples have and some others."""
    known = [sample.request for sample in samples if isinstance(sample.request, Request)]
    names = sorted({*_HEADERS, *(name for request in known for name, _ in request.headers)})
    queries = sorted({"token", *(name for request in known for name, _ in request.query)})
    values = st.text(max_size=30) | st.sampled_from(_MEDIA_TYPES)
    headers = st.lists(st.tuples(st.sampled_from(names), values), max_size=4)
    if known:
        headers |= st.sampled_from([unsigned(request).headers for request in known])
    return st.builds(
        Request,
        st.sampled_from(("POST", "GET")),
        st.lists(st.tuples(st.sampled_from(queries), values), max_size=2),
        headers,
        random_values().map(_as_body),
    )


def _as_body(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()
