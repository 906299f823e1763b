"""The error tree: what a caller may catch, and what an error carries."""

import copy
import pickle

import pytest

from supportkit import errors
from supportkit.errors import (
    CommandRefused,
    ExpressionError,
    Fault,
    NaiveDatetime,
    PluginError,
    PolicyError,
    UnknownField,
    missing_extra,
    nearest_name,
)


@pytest.mark.parametrize(
    ("name", "bases"),
    (
        ("InvalidValue", (ValueError,)),
        ("NaiveDatetime", (errors.InvalidValue,)),
        ("UnknownZone", (LookupError,)),
        ("UnknownField", (LookupError,)),
        ("NoOpenTime", (LookupError,)),
        ("ExpressionError", (ValueError,)),
        ("PolicyError", (ValueError,)),
        ("CommandRefused", (ValueError,)),
        ("ConcurrentChange", (RuntimeError,)),
        ("RetryTransaction", (errors.ConcurrentChange,)),
        ("StoreError", (RuntimeError,)),
        ("SchemaMismatch", (errors.StoreError,)),
        ("ChannelError", (RuntimeError,)),
        ("PluginError", (RuntimeError,)),
    ),
)
def test_every_error_can_be_caught_as_ours_and_as_the_built_in(name, bases):
    assert issubclass(getattr(errors, name), (errors.SupportkitError,))
    assert all(issubclass(getattr(errors, name), base) for base in bases)


@pytest.mark.parametrize(
    ("fault", "text"),
    (
        (Fault("c"), ""),
        (Fault("c", message="wrong"), "wrong"),
        (Fault("c", message="wrong", hint="do right"), "wrong (do right)"),
        (Fault("c", "a.yaml", 3, 5, "sla.x", "wrong", "do right"), "a.yaml:3:5 sla.x: wrong (do right)"),
        (Fault("c", "a.yaml", 3, None, "", "wrong"), "a.yaml:3: wrong"),
        (Fault("c", None, 3, 5, "", "wrong"), "3:5: wrong"),
        (Fault("c", None, None, None, "sla.x", "wrong"), "sla.x: wrong"),
        (Fault("c", "a.yaml", None, 5, "", "wrong"), "a.yaml: wrong"),
    ),
)
def test_a_fault_says_where_what_and_the_way_out(fault, text):
    assert str(fault) == text


@pytest.mark.parametrize("kind", (PolicyError, ExpressionError))
def test_all_faults_of_one_input_come_together_a_line_each(kind):
    error = kind(Fault("c", message=text) for text in ("one", "two"))
    assert [fault.message for fault in error.faults] == ["one", "two"]
    assert str(error) == "one\ntwo"


def test_a_naive_datetime_is_named_with_the_way_out():
    assert str(NaiveDatetime.of("at", "x")).startswith("at='x' has no time zone")
    assert "ZoneInfo" in str(NaiveDatetime.of("at", "x"))


def test_an_unknown_field_names_the_nearest_one():
    assert UnknownField("no", nearest="yes").nearest == "yes"
    assert UnknownField("no").nearest is None


def test_nothing_near_is_no_name():
    assert nearest_name("spend_356d", ["plan", "spend_365d"]) == "spend_365d"
    assert nearest_name("zebra", ["plan", "spend_365d"]) is None
    assert nearest_name("x", []) is None


def test_a_missing_extra_says_what_to_install():
    assert isinstance(missing_extra("phone", what="f()"), PluginError)
    assert (
        str(missing_extra("phone", what="f()"))
        == "f() needs the extra 'phone': pip install 'supportkit[phone]'"
    )


@pytest.mark.parametrize(
    "error",
    (
        CommandRefused("nobody", "it always has an owner"),
        PolicyError([Fault("c", message="wrong")]),
        ExpressionError([Fault("c", message="wrong"), Fault("d", message="worse")]),
        UnknownField("no", nearest="yes"),
        NaiveDatetime.of("at", 1),
    ),
)
@pytest.mark.parametrize("carry", (copy.copy, lambda error: pickle.loads(pickle.dumps(error))))
def test_errors_reach_another_process_whole(error, carry):
    carried = carry(error)
    assert (type(carried), str(carried), carried.__dict__) == (type(error), str(error), error.__dict__)
