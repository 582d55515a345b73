"""What programs for PyFlink take from its `util`."""
