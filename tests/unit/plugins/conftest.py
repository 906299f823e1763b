"""Distributions that announce plugins, without building any."""

import sys

import pytest


@pytest.fixture
def distribution(tmp_path, monkeypatch):
    """Announce a module of this text as the plugin `entry` of a distribution."""
    monkeypatch.syspath_prepend(str(tmp_path))
    made = []

    def announce(text, *, entry="acme", name="acme-plugin", version="1.2"):
        module = f"announced_{len(made)}"
        made.append(module)
        (tmp_path / f"{module}.py").write_text(f"from supportkit.plugins import *\n{text}")
        info = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[supportkit]\n{entry} = {module}\n")
        return module

    yield announce
    for module in made:
        sys.modules.pop(module, None)
