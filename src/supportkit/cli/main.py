"""The entry point, which says what to install when an extra is missing."""

from __future__ import annotations

import sys
from importlib.util import find_spec

__all__ = ["main", "missing_extras"]

_EXTRAS = {"cli": ("click", "rich"), "sql": ("sqlalchemy",), "phone": ("phonenumbers",)}


def missing_extras(*extras: str) -> list[str]:
    """Return those extras of which a package is not installed."""
    return [extra for extra in extras if any(find_spec(package) is None for package in _EXTRAS[extra])]


def main() -> None:
    """Run the command line; without its extra, say how to install it and exit with 1."""
    if missing_extras("cli"):
        print("the supportkit command needs the extra 'cli': pip install 'supportkit[cli]'", file=sys.stderr)
        raise SystemExit(1)
    from supportkit.cli.commands import supportkit  # noqa: PLC0415 - only when its extra is there

    supportkit()
