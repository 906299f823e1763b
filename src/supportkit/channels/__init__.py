"""How customers are heard and reached: each channel reads requests into contacts and sends messages.

`EmailChannel` (with `SmtpTransport` or `FolderTransport`), `WebFormChannel`, `ManualChannel` for what agents
enter by hand, `MemoryChannel` for tests and embedding. A channel needs no base class: `ports.Channel` says
what it must do.
"""

from supportkit.channels.email_channel import UNDATED, EmailChannel
from supportkit.channels.mail_transport import FolderTransport, MailTransport, SmtpTransport
from supportkit.channels.manual import ManualChannel
from supportkit.channels.memory import MemoryChannel
from supportkit.channels.web_form import WebFormChannel

__all__ = [
    "UNDATED",
    "EmailChannel",
    "FolderTransport",
    "MailTransport",
    "ManualChannel",
    "MemoryChannel",
    "SmtpTransport",
    "WebFormChannel",
]
