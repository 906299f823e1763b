"""Making it good: handing a case on without asking the customer anything twice.

`hand_off` makes the `packet` from a case's log.
"""

from supportkit.recovery.hand_off import hand_off
from supportkit.recovery.packet import Packet

__all__ = ["Packet", "hand_off"]
