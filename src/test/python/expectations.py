"""What a client's script expects: told line by line, and the first that does not hold ends it."""

import sys
import time

PATIENCE_SECONDS = 60


def expect(what, holds):
    print(("ok      " if holds else "FAILED  ") + what)
    if not holds:
        sys.exit(1)


def wait(what, holds):
    until = time.time() + PATIENCE_SECONDS
    while time.time() < until:
        if holds():
            return expect(what, True)
        time.sleep(0.5)
    return expect(what, False)
