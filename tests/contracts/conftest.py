"""A folder for stores under test."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest


@pytest.fixture
def fast_folder():
    """These tests are about answers: a folder in memory, where there is one, spares them the disk."""
    with TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        yield Path(folder)
