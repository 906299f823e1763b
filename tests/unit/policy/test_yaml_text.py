"""YAML as people mean it: scalars stay as written, and every fault has its line and column."""

import pytest

from supportkit.errors import Fault, PolicyError
from supportkit.policy.yaml_text import Document, read_yaml


def faults(text):
    with pytest.raises(PolicyError) as refused:
        read_yaml(text, file="p.yaml")
    return [(fault.code, fault.line, fault.column, fault.path) for fault in refused.value.faults]


@pytest.mark.parametrize("scalar", ("17:00", "no", "yes", "on", "+44", "1.10", "~", "null", "0o7", "010", "0x1F", "1_000", "2026-01-01", "2026-01-01T10:00:00Z", "true", "1e3", ".inf", "08:00-18:00", "2 points per hour", "=", "a b", "-1"))  # fmt: skip
def test_every_scalar_stays_the_text_that_was_written(scalar):
    assert read_yaml(f"a: {scalar}\nb: [{scalar}]\n? {scalar}\n: x").data == {
        "a": scalar,
        "b": [scalar],
        scalar: "x",
    }


@pytest.mark.parametrize(
    ("text", "data"),
    (
        ("", {}),
        ("# nothing\n", {}),
        ("--- \na: b\n...\n", {"a": "b"}),
        ("a:", {"a": ""}),
        ("a: ''", {"a": ""}),
        ("a: 'it''s'\nb: \"tab\\t\"", {"a": "it's", "b": "tab\t"}),
        ("a: |\n  two\n  lines\n", {"a": "two\nlines\n"}),
        ("a: >-\n  one\n  line\n", {"a": "one line"}),
        ("- a\n- [b, {c: d}]", ["a", ["b", {"c": "d"}]]),
        ("just text", "just text"),
        ("\ufeffa: b", {"a": "b"}),
    ),
)
def test_documents_of_every_shape(text, data):
    assert read_yaml(text).data == data


def test_every_part_has_its_place():
    places = read_yaml("a:\n  - x: 1\n    'y': \"z\"\nb: {c.d: [e]}").places
    # A quoted text begins behind its quote, so that columns inside it can be counted on.
    assert places == {
        "": (1, 1), "a": (2, 3), "a[0]": (2, 5), "a[0].x": (2, 8), "a[0].y": (3, 11), "b": (4, 4), "b.c.d": (4, 10),
        "b.c.d[0]": (4, 11),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    (
        ("a: 1\nb: 2\na: 3", [("duplicate_key", 3, 1, "a")]),
        ("a: {b: 1, c: 2, b: 3}", [("duplicate_key", 1, 17, "a.b")]),
        ("a: &x 1\nb: *x", [("anchor", 1, 4, "a"), ("alias", 2, 4, "b")]),
        ("a: &x {c: 1}\nb:\n  <<: *x", [("anchor", 1, 4, "a"), ("alias", 3, 7, "b.<<")]),
        ("a: !!int 1\nb: !mine [1]", [("tag", 1, 4, "a"), ("tag", 2, 4, "b")]),
        ("&k a: 1", [("anchor", 1, 1, "")]),
        ("[a, b]: 1\nc: 2", [("key", 1, 1, "")]),
        ("a: 1\n---\nb: 2", [("several_documents", 2, 1, "")]),
        ("---\n---\n", [("several_documents", 2, 1, "")]),
        ("a: 1\nb: [1, 2", [("broken_yaml", 2, 9, "")]),
        ("a: b: c", [("broken_yaml", 1, 5, "")]),
        ("a: {when: x == 1, y: z: 1}", [("broken_yaml", 1, 23, "")]),
        ("a:\n\t- b", [("broken_yaml", 2, 1, "")]),
        ("a: %x", [("broken_yaml", 1, 4, "")]),
        ("a: \x00", [("broken_yaml", None, None, "")]),
        ("b: 1\n" + "a: " + "[" * 61 + "]" * 61, [("too_deep", 2, 63, "a" + "[0]" * 59)]),
        (
            "x: &x 1\n" + "a: " + "[" * 61 + "]" * 61,
            [("anchor", 1, 4, "x"), ("too_deep", 2, 63, "a" + "[0]" * 59)],
        ),
    ),
)
def test_what_is_refused_is_told_with_its_place(text, expected):
    assert faults(text) == expected


def test_sixty_levels_are_deep_enough():
    assert read_yaml("[" * 60 + "]" * 60).data


def test_the_first_of_two_equal_keys_is_named():
    with pytest.raises(
        PolicyError, match=r"p.yaml:3:1 a: the key 'a' stands twice \(first in line 1\) \(merge the two"
    ):
        read_yaml("a: 1\nb: 2\na: 3", file="p.yaml")


def test_columns_count_code_points():
    assert faults('a: "\U0001f600\u00e9", b') == [("broken_yaml", 1, 8, "")]


DOCUMENT = Document({}, {"a": (2, 3), "a.b[1]": (4, 10), "a.b[1].when": (5, 9)}, "p.yaml")


@pytest.mark.parametrize(
    ("fault", "place"),
    (
        (Fault("c", path="a"), (2, 3)),
        (Fault("c", path="a.b[1].when"), (5, 9)),
        (Fault("c", path="a.b[1].when", line=1, column=4), (5, 12)),
        (Fault("c", path="a.b[1].when", column=4), (5, 12)),
        (Fault("c", path="a.b[1].when", line=2, column=4), (5, 9)),
        (Fault("c", path="a.b[1].then"), (4, 10)),
        (Fault("c", path="a.b[0]"), (2, 3)),
        (Fault("c", path="z"), (None, None)),
        (Fault("c", path=""), (None, None)),
    ),
)
def test_a_fault_stands_where_its_part_stands_or_the_nearest_part_around_it(fault, place):
    located = DOCUMENT.located(fault)
    assert (located.line, located.column, located.path, located.file) == (*place, fault.path, "p.yaml")
