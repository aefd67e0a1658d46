"""What holds for all tests, in whichever process they run."""

import signal

STOPPING = (signal.SIGINT, signal.SIGHUP)


def pytest_configure() -> None:
    """Let the programs under test hear the signals that `nohup` and a shell's `&` ignore.

    They inherit what is ignored, and would live on after a signal that is to end them. One that is
    handled, even by doing nothing, is back at its default in them.
    """
    for number in STOPPING:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _do_nothing)


def _do_nothing(*_: object) -> None:
    pass
