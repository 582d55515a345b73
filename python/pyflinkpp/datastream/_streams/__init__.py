"""The classes behind `pyflinkpp.datastream.data_stream`, one concept a file."""
