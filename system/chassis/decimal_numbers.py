"""Numbers that somebody writes in decimal digits, as many as they like.

Python refuses to make a number of more than 4,300 digits (`sys.set_int_max_str_digits`), since that
takes time squared; so nothing here makes one before it is known to be short enough.
"""

from starlette.convertors import Convertor


def capped(digits: str, most: int) -> int:
    """Return the number that decimal digits write, or `most` where that is less."""
    significant = digits.lstrip("0") or "0"
    return most if len(significant) > len(str(most)) else min(int(significant), most)


class Digits(Convertor[str]):
    """What the framework's `int` takes in a path, left to validation, which answers 422."""

    regex = "[0-9]+"

    def convert(self, value: str) -> str:
        """Leave it as it is."""
        return value

    def to_string(self, value: str) -> str:
        """Leave it as it is."""
        return value
