"""Runs one command; writes its seconds on the clock, the peak of its resident memory in bytes and its exit code.

usage: python -I -S once.py FILE COMMAND...

A process begins with the peak of its parent, which is therefore this program that imports next to nothing.
"""

import os
import sys
import time

file, *words = sys.argv[1:]
started = time.perf_counter()
process = os.posix_spawnp(words[0], words, os.environ)
_, status, usage = os.wait4(process, 0)
seconds = time.perf_counter() - started
with open(file, "w") as figures:
    print(seconds, usage.ru_maxrss * 1024, os.waitstatus_to_exitcode(status), file=figures)
