"""What every channel promises; `ChannelContract` is the kit, `Sample` a real request to prove it with."""

from supportkit.testing.channel_contract.contract import ChannelContract
from supportkit.testing.channel_contract.sample import Sample

__all__ = ["ChannelContract", "Sample"]
