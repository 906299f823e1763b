"""What a policy and a desk are made of beyond the core: plugins, their hooks, and the registry they fill.

`hookimpl` marks an implementation of a hook of `hookspecs`; `Registry.build` finds, checks and calls them.
`ChannelSpec`, `StoreSpec`, `FactorSpec`, `StrategySpec`, `MetricSpec`, `RemedySpec` (and `rules.Field`) are
what plugins register; `Provided` and `PluginFault` what asking them for facts gives; `PluginInfo` says who
they are.
"""

from supportkit.plugins.finding import FoundPlugin, installed_plugins
from supportkit.plugins.hookspecs import HOOKS, hookimpl
from supportkit.plugins.plugin_info import PluginInfo
from supportkit.plugins.provided import PluginFault, Provided
from supportkit.plugins.registry import Registry
from supportkit.plugins.specs import (
    ChannelSpec,
    FactorSpec,
    MetricSpec,
    RemedySpec,
    StoreSpec,
    StrategySpec,
)

__all__ = [
    "HOOKS",
    "ChannelSpec",
    "FactorSpec",
    "FoundPlugin",
    "MetricSpec",
    "PluginFault",
    "PluginInfo",
    "Provided",
    "Registry",
    "RemedySpec",
    "StoreSpec",
    "StrategySpec",
    "hookimpl",
    "installed_plugins",
]
