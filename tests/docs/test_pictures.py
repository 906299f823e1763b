"""The picture of waits is what the formulas give."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from supportkit.routing import erlang

DOCS = Path(__file__).parents[2] / "docs"
SPEC = spec_from_file_location("pictures", DOCS / "pictures.py")
pictures = module_from_spec(SPEC)
SPEC.loader.exec_module(pictures)


def test_the_picture_in_the_guide_is_the_one_that_the_formulas_give():
    assert pictures.PICTURE.read_text() == pictures.svg()
    assert "_static/waits.svg" in (DOCS / "guides" / "waits.md").read_text()


def test_its_curves_rise_with_occupancy_and_fall_with_the_size_of_the_team():
    for share in (0.6, 0.8, 0.95):
        waits = [pictures.mean_wait(people, share) for people in pictures.TEAMS]
        assert waits == sorted(waits, reverse=True)
        assert waits[0] == pytest.approx(share / (1 - share))  # one person: the textbook's M/M/1
    assert pictures.mean_wait(10, 0.8) == erlang.c(lam=8, mu=1, servers=10, within=0).mean_wait
    for people in pictures.TEAMS:
        heights = [y for _, y in pictures.curve(people)]
        assert heights == sorted(heights, reverse=True)
