"""``import supportkit`` costs nothing that is not used."""

import re
import subprocess
import sys
from importlib.metadata import requires

import pytest

import supportkit

# What the extras bring: assign, batch, cli, email, fast, holidays, phone, sql, testing.
EXTRAS = (
    "numpy",
    "scipy",
    "ahocorasick_rs",
    "click",
    "rich",
    "mailparser_reply",
    "holidays",
    "icalendar",
    "phonenumbers",
    "sqlalchemy",
    "hypothesis",
    "pytest",
)
HEAVY = ("pydantic", "yaml", "pluggy", "msgspec", "attrs", "dateutil", *EXTRAS)


def loaded_after(code):
    probe = f"import sys\n{code}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_the_package_loads_no_dependency():
    assert loaded_after("import supportkit").isdisjoint(HEAVY)


@pytest.mark.parametrize("name", [name for name in supportkit.__all__ if name != "__version__"])
def test_no_front_door_loads_what_belongs_to_an_extra(name):
    assert loaded_after(f"import supportkit; supportkit.{name}").isdisjoint(EXTRAS)


@pytest.mark.parametrize("package", ("channels", "plugins", "routing", "rules", "storage", "testing"))
def test_no_package_loads_what_belongs_to_an_extra(package):
    assert loaded_after(f"import supportkit.{package}").isdisjoint(EXTRAS)


def test_every_extra_is_watched():
    said = {each.partition(";")[0] for each in requires("supportkit") if "extra ==" in each}
    named = {re.split(r"[\[<>=~! ]", each)[0].replace("-", "_").lower() for each in said} - {"supportkit"}
    assert {name.replace("mail_parser_reply", "mailparser_reply") for name in named} == set(EXTRAS)


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
