"""`python -m pyflinkpp`."""

from pyflinkpp.cli.commands import main

if __name__ == "__main__":
    main(prog_name="python -m pyflinkpp")
