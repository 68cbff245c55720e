"""How figures and foreign text are written."""

import pytest

from reports.record import number_formats


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0.00"),
        (0.842, "0.84"),
        (8.411, "8.41"),
        (9.996, "10.0"),
        (84.1, "84.1"),
        (99.96, "100"),
        (841.2, "841"),
        (1_708.4, "1,708"),
    ],
)
def test_a_figure_has_about_three_digits(value: float, written: str) -> None:
    assert number_formats.number(value) == written


@pytest.mark.parametrize(
    ("share", "written"),
    [
        (0.0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.019, "1.9 %"),
        (0.98, "98 %"),
        (0.997, "> 99 %"),
        (1.0, "100 %"),
        (None, number_formats.NONE),
    ],
)
def test_a_trace_is_not_rounded_to_none_nor_a_rest_to_all(
    share: float | None, written: str
) -> None:
    assert number_formats.percent(share).replace("\N{NO-BREAK SPACE}", " ") == written


@pytest.mark.parametrize(
    ("seconds", "written"), [(0.84, "0.8 s"), (12.3, "12 s"), (365.0, "6 min 05 s")]
)
def test_a_length_of_time_reads_as_one_would_say_it(seconds: float, written: str) -> None:
    assert number_formats.span(seconds).replace("\N{NO-BREAK SPACE}", " ") == written


def test_what_would_not_print_is_written_out() -> None:
    shown = number_formats.visible("\x1b[31mred\u202e\x00é\ud800\n")

    assert shown == "\\x1b[31mred\\u202e\\x00é\\ud800\n"


def test_a_space_that_holds_words_together_is_kept() -> None:
    glued = "2\N{NO-BREAK SPACE}\N{MULTIPLICATION SIGN}\N{NO-BREAK SPACE}1"

    assert number_formats.visible(glued) == glued


def test_a_long_text_is_cut_and_says_so() -> None:
    assert number_formats.visible("x" * 12, 10) == "x" * 10 + " … and 2 characters more"
