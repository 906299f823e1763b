"""Posting over HTTP with the standard library, and what the answer means for a message."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, OpenerDirector, build_opener
from urllib.request import Request as UrlRequest

from attrs import field, frozen

from supportkit.ports import Request, Response, SendResult

__all__ = ["HttpPost", "HttpSender", "posted"]

HttpPost = Callable[[str, Request], Response]
"""Sends a request to a URL and returns the answer, whatever its status; raises OSError when there is none."""

_MOST_READ = 65_536
_LATER = frozenset({408, 425, 429})


class _NoRedirect(HTTPRedirectHandler):
    """A redirected POST would arrive as a GET without its body."""

    def redirect_request(self, *_: Any) -> None:
        return None


@frozen
class HttpSender:
    """Sends requests with urllib; `timeout` in seconds. Redirects are not followed."""

    timeout: float = 10.0
    _opener: OpenerDirector = field(
        init=False, factory=lambda: build_opener(_NoRedirect), repr=False, eq=False
    )

    def __call__(self, url: str, request: Request) -> Response:
        """Send the request and return the answer; raises OSError when there is none."""
        asked = UrlRequest(  # noqa: S310 - who builds the channel names the URL
            url, data=request.body, headers=dict(request.headers), method=request.method
        )
        try:
            with self._opener.open(asked, timeout=self.timeout) as answer:
                return Response(answer.status, answer.read(_MOST_READ), answer.headers.items())
        except HTTPError as error:
            with error:
                return Response(error.code, error.read(_MOST_READ), error.headers.items())
        except HTTPException as error:
            raise ConnectionError(f"{type(error).__name__}: {error}") from error


def posted(post: HttpPost, url: str, request: Request) -> SendResult:
    """Send a message's request and say what became of it.

    2xx is accepted, with the ``id`` of a JSON answer; 408, 425, 429, 5xx and no answer at all are tried
    again, after ``Retry-After`` when it is given; everything else is refused.
    """
    try:
        response = post(url, request)
    except OSError as error:
        return SendResult.retry(reason=f"{url}: {error}")
    except ValueError as error:
        return SendResult.refused(f"{url}: the request cannot be written: {error}")
    if 200 <= response.status < 300:
        return SendResult.accepted(_id(response.body))
    said = response.body[:200].decode("utf-8", "replace")
    reason = f"{url}: {response.status} {said}".strip()
    if response.status not in _LATER and response.status < 500:
        return SendResult.refused(reason)
    after = _retry_after(response)
    return SendResult.retry(reason=reason) if after is None else SendResult.retry(after=after, reason=reason)


def _id(body: bytes) -> str | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None  # the message was taken all the same
    found = answer.get("id") if isinstance(answer, dict) else None
    return (
        str(found) if isinstance(found, str | int) and not isinstance(found, bool) and found != "" else None
    )


def _retry_after(response: Response) -> timedelta | None:
    """Read Retry-After (RFC 9110 §10.2.3): seconds, or a date that is held against the answer's own Date."""
    headers = {name.lower(): value for name, value in response.headers}
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return timedelta(seconds=int(value))
    try:
        wait = parsedate_to_datetime(value) - parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, TypeError):
        return None
    return max(wait, timedelta(0))
