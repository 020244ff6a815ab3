"""Run a module as a child that does not outlive its parent: `python -m bihuan.cli.child FD MODULE ARGUMENTS`.

FD is the reading end of a pipe whose other end only the parent holds; it closes with the parent, even after
`kill -9`.
"""

import os
import runpy
import signal
import sys
from threading import Thread


def follow(parent: int) -> None:
    os.read(parent, 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    parent, module = int(sys.argv[1]), sys.argv[2]
    sys.argv[1:] = sys.argv[3:]
    Thread(target=follow, args=[parent], daemon=True).start()
    runpy.run_module(module, run_name="__main__", alter_sys=True)
