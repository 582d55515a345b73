"""Examples of the DataStream API."""
