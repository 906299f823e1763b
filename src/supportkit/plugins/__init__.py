"""What a policy and a desk are made of beyond the core: the registry of built-in parts.

Hooks for plugins are not built yet; `Registry.build` refuses them by name.
"""

from supportkit.plugins.registry import Registry

__all__ = ["Registry"]
