"""YAML with positions: semantics of YAML 1.2, marks, and files that attack the reader."""

from pathlib import Path

import pytest
from counted_calls import calls_of
from hypothesis import given, settings
from hypothesis import strategies as st

from gatecontrol.errors import ExperimentError
from gatecontrol.yamlfile import path_text, read_yaml, read_yaml_text, read_yaml_value


def read(text: str):
    return read_yaml_text(text, Path("f.yaml"), "f.yaml")


def test_scalars_are_those_of_yaml_1_2():
    data = read(
        "a: [no, on, yes, 1e3, 0x10, 1_000, 2020-01-01, 12:30, ~, null, true, 'true', 007]"
    ).data["a"]
    assert data == [
        "no", "on", "yes", 1000.0, 16, "1_000", "2020-01-01", "12:30", None, None, True, "true", 7,
    ]  # fmt: skip


def test_numbers_print_as_typed():
    data = read("a: [1e3, 0x10, 5.00, +5, 5, .5, 12345678901234567890123]").data["a"]
    assert ", ".join(map(str, data)) == "1e3, 0x10, 5.00, +5, 5, .5, 12345678901234567890123"
    assert [f"{v!r}" for v in data[:3]] == ["1e3", "0x10", "5.00"]
    assert data[2] == 5.0


def test_keys_are_text():
    assert read("1: a\ntrue: b\n~: c\n'': d\n").data == {"1": "a", "true": "b", "~": "c", "": "d"}


def test_positions():
    file = read("a: 1\nb:\n  - {c: 2,  d: 3}\n  - x\n")
    assert file.position(("a",)) == (1, 4)
    assert file.position(("a",), key=True) == (1, 1)
    assert file.position(("b", 0, "d")) == (3, 16)
    assert file.position(("b", 0, "d"), key=True) == (3, 13)
    assert file.position(("b", 1)) == (4, 5)
    assert file.position(("b", 0, "missing")) == (3, 5)
    assert file.position(("missing",)) == (1, 1)


def test_problem_points_at_its_place():
    problem = read("a: 1\nb: {c: 2}\n").problem("E023", ("b", "c"), "wrong")
    assert str(problem) == "f.yaml:2:8: error[E023]: b.c: wrong\n  b: {c: 2}\n         ^"


def test_nothing_after_a_key_points_at_the_key():
    file = read("a:\n\n\nb: 1\n")
    assert file.position(("a",)) == (1, 1)


def test_path_text():
    assert path_text(("stimuli", 0, "rate")) == "stimuli[0].rate"
    assert path_text(()) == ""


def test_aliases_copy():
    data = read("a: &x {k: [1]}\nb: *x\n").data
    assert data["a"] == data["b"]
    assert data["a"] is not data["b"]


def test_all_duplicates_at_once():
    with pytest.raises(ExperimentError) as caught:
        read("a: 1\na: 2\nb: {c: 1, c: {d: 3}}\n")
    assert [p.path for p in caught.value.problems] == ["a", "b.c"]
    assert {p.code for p in caught.value.problems} == {"E004"}


def test_all_tabs_at_once():
    with pytest.raises(ExperimentError) as caught:
        read("a:\n\tb: 1\n  \tc: 2\n")
    assert [(p.line, p.column, p.source) for p in caught.value.problems] == [
        (2, 1, "→b: 1"),
        (3, 3, "  →c: 2"),
    ]


@pytest.mark.parametrize(
    ("text", "code", "message", "line", "column"),
    [
        ("a: [1, 2\nb: 3\n", "E003", "the list opened with '[' is not closed", 1, 4),
        ("a: {x: 1\n", "E003", "the mapping opened with '{' is not closed", 1, 4),
        ("a: 'x\nb: 2\n", "E003", "the quoted text that begins here is not closed", 1, 4),
        ("a: 1\n b: 2\n", "E003", "a ':' does not fit here", 2, 3),
        ("- 1\nb: 2\n", "E003", "the indentation does not fit the lines above", 2, 1),
        ("a: @x\n", "E003", "'@' cannot begin a value", 1, 4),
        ("a: }\n", "E003", "a value is missing before '}'", 1, 4),
        ('a: "\\q"\n', "E003", "found unknown escape character 'q' in a double-quoted text", 1, 6),
        ("a: !foo 1\n", "E003", "the tag '!foo' is not allowed; a file is data only", 1, 4),
        ("---\na: 1\n---\nb: 1\n", "E003", "a second document begins here", 3, 1),
        ("? [1]\n: 2\n", "E003", "a key must be plain text, not a list or a mapping", 1, 3),
        ("&a x: 1\n*a : 2\n", "E003", "an alias cannot be a key", 2, 1),
        ("a: *b\n", "E006", "no anchor '&b' before this alias", 1, 4),
        ("a: &x [*x]\n", "E006", "'*x' stands inside '&x' itself (a cycle)", 1, 8),
        ("- 1\n", "E020", "the top level must be a mapping of keys, got a list", 1, 1),
        ("%YAML 3.0\n---\na: 1\n", "E003", "found incompatible YAML document", 1, 1),
    ],
)
def test_syntax(text, code, message, line, column):
    with pytest.raises(ExperimentError) as caught:
        read(text)
    (problem,) = caught.value.problems
    assert problem.message.startswith(message)
    assert (problem.code, problem.line, problem.column) == (code, line, column)


def test_alias_bomb_is_cheap():
    text = "x: &a [" + "1," * 10 + "]\n"
    previous = "a"
    for level in range(20):
        text += f"x{level}: &a{level} [" + f"*{previous}," * 10 + "]\n"
        previous = f"a{level}"

    def refused():
        with pytest.raises(ExperimentError, match="E006"):
            read(text)

    assert calls_of(refused) < 2e6  # 6e5 when it was written; written out it is 10**20 numbers


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "{a: " * 20_000, "- " * 5000, "a: &x *x", "&a &b c"]
)
def test_deep_or_odd_nesting(text):
    with pytest.raises(ExperimentError):
        read(text)


def test_bom_and_line_ends(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    file = read_yaml(path)
    assert file.data == {"a": 1, "b": 2}
    assert file.position(("b",)) == (2, 4)


def test_changed_file_is_read_again(tmp_path):
    path = tmp_path / "f.yaml"
    path.write_text("a: 1\n", encoding="utf-8")
    first = read_yaml(path)
    assert read_yaml(path) is first
    path.write_text("a: 2\n", encoding="utf-8")
    assert read_yaml(path).data == {"a": 2}


def test_single_values():
    assert read_yaml_value("20 Hz", "x")[0] == "20 Hz"
    assert read_yaml_value("[1, {a: b}]", "x")[0] == [1, {"a": "b"}]
    assert read_yaml_value("", "x") == (None, {}, [])
    value, _, problems = read_yaml_value("[1", "x")
    assert value is None
    assert problems[0].code == "E003"


@settings(max_examples=300, deadline=None)
@given(
    st.text(
        alphabet=st.sampled_from(list("ab1:-[]{}, \n\t'\"#&*!|>%@`?~\\.\x00é\u2028")), max_size=40
    )
)
def test_any_text_is_read_or_refused(text):
    try:
        assert isinstance(read(text).data, dict)
    except ExperimentError as error:
        assert error.problems  # noqa: PT017


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(tmp_path_factory, raw):
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(raw)
    try:
        read_yaml(path)
    except ExperimentError as error:
        assert error.problems  # noqa: PT017


@pytest.mark.parametrize(
    ("line", "column", "word"),
    [
        ("sweep: {device.frequency: [1 Hz], stimuli[0].rate: [1, 2]}", 35, "stimuli[0].rate"),
        ("sweep: {zip: {stimuli[1].a_b: [1, 2], run.duration: [1 s]}}", 15, "stimuli[1].a_b"),
        ("allow_out_of_range: [stimuli[0].strength]", 22, "stimuli[0].strength"),
    ],
)
def test_a_path_with_an_index_needs_quotes_in_flow_style(line, column, word):
    with pytest.raises(ExperimentError) as caught:
        read(f"schema: 1\n{line}\n")
    first, *_, help = str(caught.value).splitlines()
    assert first.startswith(f"f.yaml:2:{column}: error[E003]: '{word}' needs quotes inside {{ }}")
    assert help == f'  help: "{word}"'
