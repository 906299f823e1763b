"""How customers are heard and reached: each channel reads requests into contacts and sends messages.

`EmailChannel` (with `SmtpTransport` or `FolderTransport`), `WebFormChannel`, `WebhookChannel` (signed JSON,
both ways), `PhoneChannel`, `SocialChannel`, `ManualChannel` for what agents enter by hand, `MemoryChannel`
for tests and embedding. A channel needs no base class: `ports.Channel` says what it must do; `check_hmac`,
`check_webhook` and `sign_webhook` prove who sent a request.
"""

from supportkit.channels.email_channel import UNDATED, EmailChannel
from supportkit.channels.http_sender import HttpSender
from supportkit.channels.mail_transport import FolderTransport, MailTransport, SmtpTransport
from supportkit.channels.manual import ManualChannel
from supportkit.channels.memory import MemoryChannel
from supportkit.channels.phone import PhoneChannel
from supportkit.channels.signature import check_hmac, check_webhook, sign_webhook
from supportkit.channels.social import SocialChannel
from supportkit.channels.web_form import WebFormChannel
from supportkit.channels.webhook import WebhookChannel

__all__ = [
    "UNDATED",
    "EmailChannel",
    "FolderTransport",
    "HttpSender",
    "MailTransport",
    "ManualChannel",
    "MemoryChannel",
    "PhoneChannel",
    "SmtpTransport",
    "SocialChannel",
    "WebFormChannel",
    "WebhookChannel",
    "check_hmac",
    "check_webhook",
    "sign_webhook",
]
