"""The classes that users subclass; ``pyflinkpp.datastream.functions`` gives them their public names."""
