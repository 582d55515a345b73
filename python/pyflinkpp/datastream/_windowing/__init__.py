"""Windows and what happens to them; ``pyflinkpp.datastream.window`` gives the public names."""
