"""What every test of this tree can rely on, whoever started pytest."""

import signal


def pytest_configure() -> None:
    """A shell lets commands in the background ignore SIGINT, and so would programs that tests interrupt."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
