"""``import supportkit`` costs nothing that is not used."""

import subprocess
import sys

import pytest

import supportkit

HEAVY = ("pydantic", "sqlalchemy", "hypothesis", "rich", "click", "phonenumbers", "mailparser_reply", "yaml", "pluggy", "msgspec", "attrs", "dateutil")  # fmt: skip


def loaded_after(code):
    probe = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_no_dependency():
    assert loaded_after("import supportkit").isdisjoint(HEAVY)


@pytest.mark.parametrize("name", [name for name in supportkit.__all__ if name != "__version__"])
def test_no_front_door_loads_what_belongs_to_an_extra(name):
    extras = {"sqlalchemy", "hypothesis", "rich", "click", "phonenumbers", "mailparser_reply"}
    assert loaded_after(f"import supportkit; supportkit.{name}").isdisjoint(extras)


def test_every_name_of_the_front_door_is_the_one_of_its_package():
    from supportkit.calendars import BusinessCalendar
    from supportkit.cases import Log
    from supportkit.desk import Desk
    from supportkit.plugins import Registry
    from supportkit.policy import Policy
    from supportkit.rules import RuleSet, fact

    doors = [getattr(supportkit, name) for name in supportkit.__all__ if name != "__version__"]
    assert doors == [BusinessCalendar, Desk, Log, Policy, Registry, RuleSet, fact]
    assert dir(supportkit) == sorted(supportkit.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'supportkit' has no attribute 'Dask'"):
        supportkit.Dask  # noqa: B018
