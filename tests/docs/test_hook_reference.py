"""Every hook is documented with its exact arguments, says when it is called, and has its tests."""

import inspect
import re
from pathlib import Path

import pytest

from supportkit.plugins import HOOKS, hookspecs

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reference" / "hooks.md").read_text("utf-8")
DOCUMENTED = dict(re.findall(r"^### `(\w+)\((.*)\)`$", PAGE, re.MULTILINE))
# Where each hook is shown to do what its documentation says.
TESTED = {
    "supportkit_register_channels": "test_registry.py::test_a_registry_says_who_is_in_it_in_the_order_of_names",
    "supportkit_register_stores": "test_registry.py::test_a_store_of_a_plugin_is_found_by_its_name",
    "supportkit_register_fields": "test_plugin_parts_in_policies.py::test_a_condition_reads_a_plugins_field_dashes_in_brackets",
    "supportkit_register_factors": "test_plugin_factors.py::test_a_factor_sees_what_it_declares_and_nothing_else",
    "supportkit_register_strategies": "test_plugin_strategies.py::test_a_document_may_name_the_word_in_any_shape",
    "supportkit_register_metrics": "test_plugin_parts_in_policies.py::test_a_plugins_metric_is_measured",
    "supportkit_register_remedies": "test_plugin_remedies.py::test_a_plugins_kind_of_remedy_counts_as_one_of_ours",
    "supportkit_provide_facts": "test_provided_facts.py::test_facts_come_nested_by_their_paths",
    "supportkit_after_event_committed": "test_lifecycle_hooks.py::test_every_plugin_hears_every_event_in_order",
    "supportkit_on_delivery_error": "test_lifecycle_hooks.py::test_every_plugin_hears_of_a_message_that_was_not_sent",
}


def test_no_hook_is_left_out_and_none_invented():
    assert sorted(DOCUMENTED) == sorted(TESTED) == sorted(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_with_its_exact_arguments(hook):
    assert DOCUMENTED[hook] == ", ".join(inspect.signature(getattr(hookspecs, hook)).parameters)
    assert f".. autofunction:: supportkit.plugins.hookspecs.{hook}\n" in PAGE


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_says_when_it_is_called_what_an_exception_does_and_since_when(hook):
    text = getattr(hookspecs, hook).__doc__
    for words in ("Called ", "transaction", "exception", "eturn", "Since 0.", ">>> ", f"def {hook}("):
        assert words in text


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_its_test(hook):
    file, _, test = TESTED[hook].partition("::")
    text = (ROOT / "tests" / "unit" / "plugins" / file).read_text("utf-8")
    assert f"def {test}(" in text
    assert f"def {hook}(" in text
