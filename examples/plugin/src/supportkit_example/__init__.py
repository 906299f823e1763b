"""An example plugin for supportkit: start your own from a copy of it.

`sms` is a channel, `churn` a fact and a factor that reads it, `plugin` the hooks that make them known.
"""

from supportkit_example.plugin import ExamplePlugin
from supportkit_example.sms import SmsChannel, SmsSettings

__all__ = ["ExamplePlugin", "SmsChannel", "SmsSettings", "plugin"]

plugin = ExamplePlugin()
"""What the entry point announces."""
