"""The seams between the deciding core and the world: protocols and frozen values, no behaviour.

`store` and `commit` say how decisions are kept, `channel` and `messages` how people are reached,
`directories` where customers and agents come from, `line_order` how a waiting line is sorted.
"""

from supportkit.ports.channel import Channel
from supportkit.ports.commit import (
    AgentChange,
    Body,
    CaseChange,
    CaseRow,
    Commit,
    DeliveryChange,
    InboxRow,
    PartyChange,
    PointKey,
    PolicyRow,
    Seat,
    ThreadKey,
)
from supportkit.ports.directories import AgentRoster, CustomerDirectory
from supportkit.ports.line_order import LineOrder
from supportkit.ports.messages import (
    DELIVERY_RANK,
    Capabilities,
    Delivery,
    DeliveryUpdate,
    Inbound,
    Outbound,
    Request,
    Response,
    SendResult,
    outranks,
)
from supportkit.ports.situation import ChannelInfo, Era, Situation, Unmet
from supportkit.ports.store import AgentRow, OutboxRow, PartyRow, Reader, Store, Transaction

__all__ = [
    "DELIVERY_RANK",
    "AgentChange",
    "AgentRoster",
    "AgentRow",
    "Body",
    "Capabilities",
    "CaseChange",
    "CaseRow",
    "Channel",
    "ChannelInfo",
    "Commit",
    "CustomerDirectory",
    "Delivery",
    "DeliveryChange",
    "DeliveryUpdate",
    "Era",
    "Inbound",
    "InboxRow",
    "LineOrder",
    "Outbound",
    "OutboxRow",
    "PartyChange",
    "PartyRow",
    "PointKey",
    "PolicyRow",
    "Reader",
    "Request",
    "Response",
    "Seat",
    "SendResult",
    "Situation",
    "Store",
    "ThreadKey",
    "Transaction",
    "Unmet",
    "outranks",
]
