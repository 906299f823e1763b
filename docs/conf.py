"""Sphinx: the documentation of supportkit, in MyST Markdown with the furo theme."""

from supportkit import __version__

project = "supportkit"
author = "The supportkit authors"
copyright = "The supportkit authors"  # noqa: A001 - Sphinx reads this name
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]

default_role = "code"  # docstrings say `name`, meaning code

html_theme = "furo"
html_title = f"supportkit {version}"
html_static_path = ["_static"]

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
