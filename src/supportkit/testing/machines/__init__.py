"""State machines for Hypothesis: any commands in any order, and what must hold after each of them."""

from supportkit.testing.machines.desk import DeskMachine
from supportkit.testing.machines.remedies import RemedyMachine
from supportkit.testing.machines.router import RouterMachine

__all__ = ["DeskMachine", "RemedyMachine", "RouterMachine"]
