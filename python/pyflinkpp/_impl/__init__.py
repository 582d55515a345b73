"""Between the API and the native engine."""

# The API's modules and these use each other; loaded from that end, each finds what it needs.
import pyflinkpp.datastream
