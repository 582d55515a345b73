"""A stateful stream processor with PyFlink's API and a native core: see `pyflinkpp.datastream`."""

__version__ = "0.1.0"
