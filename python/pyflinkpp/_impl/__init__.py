"""What stands between the public API and the C++ core. Nothing in here is public."""
