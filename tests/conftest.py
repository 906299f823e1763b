"""What all tests share: Hypothesis profiles and the folder of real data."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile("dev", max_examples=50, deadline=None)
settings.register_profile(
    "ci", max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("deep", max_examples=5000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(scope="session")
def support_data() -> Path:
    """The folder of real support data; absent: skipped with the reason, in CI a failure."""
    folder = os.environ.get("SUPPORTKIT_DATA")
    if folder and Path(folder).is_dir():
        return Path(folder)
    reason = f"real data absent: SUPPORTKIT_DATA={folder!r} names no folder"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
