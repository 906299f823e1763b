"""The `supportkit` command: try the demo, check a policy, have a decision explained.

`commands` are the commands; `week_demo`, `week_data`, `week_run`, `week_figures` and `week_story` are the
demo, "a week at a desk", whose data lie in ``week/``.
"""

from supportkit.cli.main import main

__all__ = ["main"]
