"""Every example in README, docs and docstrings is a test."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE
from pathlib import Path
from typing import Any

from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser, SkipParser
from sybil.parsers.rest import DocTestParser

HERE = Path(__file__).parent


@contextmanager
def scratch_folder(namespace: dict[str, Any]) -> Iterator[None]:
    """Let the examples of a document write files without leaving any behind."""
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    before = Path.cwd()
    with TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


class _Scratch:
    """sybil's setup and teardown around one document."""

    def setup(self, namespace: dict[str, Any]) -> None:
        namespace["_scratch"] = scratch = scratch_folder(namespace)
        scratch.__enter__()

    def teardown(self, namespace: dict[str, Any]) -> None:
        namespace["_scratch"].__exit__(None, None, None)


_scratch = _Scratch()
_documents = Sybil(
    parsers=[PythonCodeBlockParser(), SkipParser()],
    patterns=["README.md", "docs/**/*.md", "docs/*.md"],
    path=str(HERE),
    setup=_scratch.setup,
    teardown=_scratch.teardown,
)
_docstrings = Sybil(
    parsers=[DocTestParser(optionflags=ELLIPSIS | NORMALIZE_WHITESPACE)],
    patterns=["*.py"],
    path=str(HERE / "src"),
)
pytest_collect_file = (_documents + _docstrings).pytest()
