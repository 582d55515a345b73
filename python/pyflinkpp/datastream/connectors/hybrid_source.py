"""Several sources one after another: PyFlink's ``connectors.hybrid_source``."""

from __future__ import annotations

from dataclasses import dataclass

from pyflinkpp.datastream.connectors.base import Source

__all__ = ["HybridSource", "HybridSourceBuilder"]


@dataclass(frozen=True, eq=False)
class HybridSource(Source):
    """Reads each source to its end before the next; only the last may be unbounded.

    >>> from pyflinkpp.datastream.connectors.number_seq import NumberSequenceSource
    >>> first, second = NumberSequenceSource(1, 3), NumberSequenceSource(4, 9)
    >>> len(HybridSource.builder(first).add_source(second).build().sources)
    2
    """

    sources: tuple[Source, ...]

    _connector = "hybrid"

    @staticmethod
    def builder(first_source: Source) -> HybridSourceBuilder:
        """A builder that begins with ``first_source``."""
        return HybridSourceBuilder(first_source)


class HybridSourceBuilder:
    """Collects the sources in their order."""

    def __init__(self, first_source: Source) -> None:
        self._sources: list[Source] = []
        self.add_source(first_source)

    def add_source(self, source: Source) -> HybridSourceBuilder:
        """Read ``source`` next.

        Raises:
            TypeError: not a ``Source``.
            ValueError: the source before it never ends.
        """
        if not isinstance(source, Source):
            raise TypeError(f"source must be a Source, not {source!r}")
        if self._sources and not getattr(self._sources[-1], "bounded", True):
            raise ValueError(
                f"only the last source may be unbounded, got another after {self._sources[-1]!r}"
            )
        self._sources.append(source)
        return self

    def build(self) -> HybridSource:
        """The source."""
        return HybridSource(tuple(self._sources))
