"""Whether a message may leave as it is: the reply window and the longest text."""

from __future__ import annotations

from attrs import evolve

from supportkit.errors import ChannelError
from supportkit.ports import Capabilities, Outbound

__all__ = ["fitted"]


def fitted(
    message: Outbound, *, capabilities: Capabilities, window_open: bool, template: str | None, channel: str
) -> Outbound:
    """Return the message as it may leave.

    Outside the reply window a private message leaves as its own template, else as `template`, without free
    text. Raises ChannelError when there is neither, when the text is longer than the channel takes (nothing
    is cut: half an answer is none), and for a message that says nothing.
    """
    if not window_open and capabilities.reply_window is not None and message.visibility != "public":
        chosen = message.template or template
        if chosen is None:
            raise ChannelError(
                f"{channel}: the customer wrote more than {capabilities.reply_window} ago, so free text may "
                "not be sent; give the message a template"
            )
        return evolve(message, text=None, subject=None, template=chosen)
    if not message.text and message.template is None:
        raise ChannelError(f"{channel}: message {message.dedupe!r} has neither text nor template")
    longest = capabilities.max_length
    if longest is not None and len(message.text or "") > longest:
        raise ChannelError(
            f"{channel}: the text has {len(message.text or '')} characters, at most {longest} can be sent; "
            "write less, or answer in two messages"
        )
    return message
