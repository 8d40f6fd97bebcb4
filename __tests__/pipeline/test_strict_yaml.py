"""YAML means what it says, and nothing in it is dropped or taken for something else."""

from datetime import date
from typing import Any

import pytest

from pipeline.errors import PipelineError
from pipeline.strict_yaml import UnreadableYamlError, read_yaml, require_plain


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("010", 10),
        ("1e-3", 0.001),
        ("1.5E+3", 1500.0),
        (".5", 0.5),
        ("-7", -7),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("yes", "yes"),
        ("off", "off"),
        ("true", True),
        ("~", None),
        ("", None),
        ("2026-05-10", date(2026, 5, 10)),
        ("'010'", "010"),
        ("[0x10, 0o7]", ["0x10", "0o7"]),
        ("{a: &x {b: 1}, c: {<<: *x, b: 2}}", {"a": {"b": 1}, "c": {"b": 2}}),
    ],
)
def test_values_are_those_of_yaml_1_2(text: str, value: Any) -> None:
    found = read_yaml(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("seed: 1\nseed: 2", "the key seed twice"),
        ("a: {b: 1, b: 1}", "the key b twice"),
        ("a: 2026-13-45", "month must be in 1..12"),
        ("!!int x", "invalid literal"),
        ("a: !!python/object:os.system x", "could not determine a constructor"),
        ("[" * 5_000, "nested too deeply"),
        ("9" * 5_000, "Exceeds the limit"),
        ("a: b: c", "mapping values are not allowed"),
        ("--- 1\n--- 2", "expected a single document"),
        ("? [1]\n: 2", "unhashable key"),
        ("*a", "undefined alias"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(UnreadableYamlError, match=reason):
        read_yaml(text)


@pytest.mark.parametrize(
    ("text", "path", "got"),
    [
        ("a: [1.0, .nan]", "a.1", "nan"),
        ("a: 1.0e+400", "a", "inf"),
        ("a: 9223372036854775808", "a", "a whole number of 64 bits"),
        ("{1: 2}", "(key)", "the key 1"),
        ("a: {null: 2}", "a.(key)", "the key None"),
        ('a: "\\ud800"', "a", r"'\ud800'"),
        ('a: "x\\0"', "a", r"'x\x00'"),
        ("owner: |\n  two\n  lines\n", "owner", r"'two\nlines\n'"),
        ("a: !!binary aGk=", "a", "bytes b'hi'"),
        ("a: &a [*a]", "a.0.0", "more"),
        ("a: [[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]", "a.0.0", "more"),
    ],
)
def test_what_no_model_can_mean_is_refused_by_its_path(text: str, path: str, got: str) -> None:
    with pytest.raises(PipelineError) as caught:
        require_plain(read_yaml(text), "model.yaml")
    assert caught.value.what == f"model.yaml: {path} is not valid"
    assert caught.value.got == got


def test_aliases_of_aliases_do_not_multiply_without_end() -> None:
    lines = ["a0: &a0 [1, 1]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 15))]
    with pytest.raises(PipelineError, match="at most 100,000 values"):
        require_plain(read_yaml("\n".join(lines)), "model.yaml")


def test_a_description_may_have_lines() -> None:
    require_plain(read_yaml("description: |\n  one\n  two\n"), "model.yaml")
