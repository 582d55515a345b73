"""Reading files by splits, and writing them by parts: what the file connectors and the formats share."""
