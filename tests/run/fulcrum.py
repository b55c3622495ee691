"""Starts the program `fulcrum` for tests in Python.

The environment gives BUILD, the folder of the build. Everything a test writes goes into a folder of
its own that is removed at the end.
"""

import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build/current"))
PROGRAM = os.path.join(BUILD, "fulcrum")
INPUTS = os.path.join(ROOT, "inputs")
STUDIES = os.path.join(ROOT, "tests", "model", "studies")

# The independent implementation of the model, and what compares traces with it.
sys.path.insert(0, os.path.join(ROOT, "tests", "reference"))


def environment(**changes):
    """This process's environment with variables changed; None takes one away."""
    table = {**os.environ, **{name: value for name, value in changes.items() if value is not None}}
    return {name: value for name, value in table.items()
            if name not in changes or changes[name] is not None}


def run(*arguments, launcher=(), program=PROGRAM, timeout=120, cwd=None, **variables):
    """The finished process: returncode, stdout, stderr."""
    return subprocess.run([*launcher, program, *map(str, arguments)], timeout=timeout, cwd=cwd,
                          env=environment(**variables), stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          encoding="utf-8", errors="replace", check=False)


def must(*arguments, **settings):
    """As run, but a failure of the program is a failure of the test; gives its output."""
    done = run(*arguments, **settings)
    if done.returncode != 0:
        raise AssertionError(f"fulcrum {' '.join(map(str, arguments))}: exit "
                             f"{done.returncode}\n{done.stderr}")
    return done.stdout


def trace(study, samples, output, *arguments, **settings):
    """Writes samples of a study as a trace file; gives its path."""
    numbers = ",".join(map(str, samples))
    must("trace", study, "--sample", numbers, "-o", output, *arguments, **settings)
    return output


def folder(prefix="fulcrum-test-"):
    """A folder that is removed with the object (call cleanup, or let a test add it)."""
    return tempfile.TemporaryDirectory(prefix=prefix)
