"""The version of the package, where PyFlink has its own."""

from pyflinkpp import __version__

__all__ = ["__version__"]
