"""Every example in README, docs and docstrings is a test."""

from contextlib import ExitStack, chdir
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser

HERE = Path(__file__).parent


def enter_scratch_folder(namespace: dict[str, Any]) -> None:
    """Let the examples of a document write files without leaving any behind."""
    namespace["_scratch"] = stack = ExitStack()
    stack.enter_context(chdir(stack.enter_context(TemporaryDirectory())))


def leave_scratch_folder(namespace: dict[str, Any]) -> None:
    """Go back to where the tests run, and remove the folder."""
    namespace["_scratch"].close()


_documents = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/**/*.md", "docs/*.md"],
    path=str(HERE),
    setup=enter_scratch_folder,
    teardown=leave_scratch_folder,
)
_docstrings = Sybil(
    parsers=[DocTestParser(optionflags=ELLIPSIS | NORMALIZE_WHITESPACE)],
    patterns=["*.py"],
    path=str(HERE / "src"),
)
pytest_collect_file = (_documents + _docstrings).pytest()
