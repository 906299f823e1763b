"""The sections `closing` and `collisions`: what they read, what is wrong with them, and what comes back."""

from datetime import timedelta

import pytest

from supportkit import Policy
from supportkit.errors import PolicyError
from supportkit.policy.closing_section import Closing
from supportkit.policy.collision_section import Collisions


def load(tmp_path, text):
    path = tmp_path / "support.yaml"
    path.write_text(text, "utf-8")
    return Policy.load(path)


def test_without_the_sections_any_code_closes_and_two_quick_replies_are_flagged():
    policy = Policy.from_dict({})
    assert (policy.closing, policy.collisions) == (Closing(), Collisions(timedelta(minutes=15), "flag"))
    assert policy.closing.fault("anything") is None


@pytest.mark.parametrize(
    "codes", ("[outage, billing]", "{outage: The network was down, billing: Charged twice}")
)
def test_codes_are_a_list_or_say_what_they_mean(tmp_path, codes):
    policy = load(tmp_path, f"closing: {{codes: {codes}, required: resolve}}\n")
    assert tuple(policy.closing.codes) == ("outage", "billing")
    assert policy.closing.required == {"resolve", "close"}
    assert Policy.from_dict(policy.to_dict()).closing == policy.closing


@pytest.mark.parametrize(
    ("code", "fault"),
    (
        (None, None),
        ("outage", None),
        ("outrage", "there is no reason code 'outrage'; did you mean 'outage'?"),
        ("xyz", "there is no reason code 'xyz'; there are outage, billing"),
    ),
)
def test_an_unknown_code_is_told_with_the_nearest(code, fault):
    assert Closing({"outage": "", "billing": ""}).fault(code) == fault


def test_collisions_say_how_soon_and_what_then(tmp_path):
    policy = load(tmp_path, "collisions: {within: 5 minutes, then: refuse}\n")
    assert policy.collisions == Collisions(timedelta(minutes=5), "refuse")
    assert Policy.from_dict(policy.to_dict()).collisions == policy.collisions


@pytest.mark.parametrize(
    ("text", "found"),
    (
        ("closing: {code: [a]}", ("unknown_key", 1, "there is no 'code' here", "did you mean 'codes'?")),
        ("closing:\n  codes: [a, b, a]", ("duplicate", 2, "the code 'a' stands here twice", "leave one of them out")),
        ("closing:\n  codes: 17", ("not_a_list", 2, "'17' is no list", "begin each line with `- `, or write [...]")),
        ("closing:\n  required: [reopen]", ("bad_value", 2, "'reopen' is no step that needs a code", "choose resolve or close")),
        ("collisions:\n  then: scold", ("bad_value", 2, "'scold' says not what becomes of the later reply", "choose flag, refuse, ignore")),
        ("collisions:\n  within: soon", ("bad_value", 2, "'soon'", None)),
        ("collisions:\n  within: 0 minutes", ("bad_value", 2, "within=0:00:00 must be longer than nothing", None)),
    ),
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place_and_the_way_out(tmp_path, text, found):
    with pytest.raises(PolicyError) as error:
        load(tmp_path, text + "\n")
    (fault,) = error.value.faults
    code, line, message, hint = found
    assert (fault.code, fault.line) == (code, line)
    assert message in fault.message
    assert hint is None or fault.hint == hint
