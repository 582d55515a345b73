"""`JobID`, the name of one submission of a job."""

from __future__ import annotations

import os

__all__ = ["JobID"]


class JobID:
    """An immutable number of 16 bytes, written as 32 hexadecimal digits.

    >>> str(JobID('0123456789abcdef0123456789ABCDEF'))
    '0123456789abcdef0123456789abcdef'
    >>> len(str(JobID()))
    32
    """

    __slots__ = ("_hex",)

    def __init__(self, hex_string: str | None = None) -> None:
        """The id of 32 hexadecimal digits, else ValueError; a random one for None."""
        text = os.urandom(16).hex() if hex_string is None else hex_string
        if len(text) != 32 or not set(text) <= set("0123456789abcdefABCDEF"):
            raise ValueError(f"a job id has 32 hexadecimal digits, not {text!r}")
        self._hex = text.lower()

    @staticmethod
    def generate() -> JobID:
        """A random id."""
        return JobID()

    @staticmethod
    def from_hex_string(hex_string: str) -> JobID:
        """The id of these 32 hexadecimal digits; else ValueError."""
        return JobID(hex_string)

    def to_hex_string(self) -> str:
        """32 lower-case hexadecimal digits."""
        return self._hex

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JobID) and self._hex == other._hex

    def __hash__(self) -> int:
        return hash(self._hex)

    def __str__(self) -> str:
        return self._hex

    def __repr__(self) -> str:
        return f"JobID({self._hex!r})"
