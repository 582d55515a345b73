"""Formats of records and files."""
