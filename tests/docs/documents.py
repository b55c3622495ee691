"""Commands of the documentation, taken out of Markdown and run in a folder of their own.

A command is a line of a code block (indented by four blanks or more, or between fences) that begins with one of the
words of STARTS. Numbers of samples are made small by a `fulcrum` that stands first on the PATH and calls the real one;
everything else is as printed.
"""

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PROGRAM = os.path.join(ROOT, os.environ.get("BUILD", "build/current"), "fulcrum")
STARTS = ("fulcrum ", "python3 ", "mpirun ", "Rscript ", "gnuplot ", "make -C ")
# What cannot run here: begins so, and why.
NOT_HERE = {"srun": "needs a cluster", "sbatch": "needs a cluster (tests/jobs)", "make": "is what runs the tests",
            "id=": "needs a cluster (tests/jobs)", "SAMPLES=": "needs a cluster (tests/jobs)"}
FEW = {"sensitivity": 96, "voi": 960, "hindcast": 576}  # samples, of others MANY
MANY = 576
# Documents that use files made elsewhere, and by what command.
NEEDED = {"baseline.h5": "fulcrum run inputs/baseline.yaml -q --samples --keep '*/leverage_ratio' -o baseline.h5",
          "result.h5": "fulcrum run study.yaml -q -o result.h5"}
NEEDED["baseline.samples.h5"] = NEEDED["baseline.h5"]

WRAPPER = '''#!{python}
"""The program with few samples; see tests/docs/documents.py."""
import math, os, sys
few, words = {few}, sys.argv[1:]
most = few.get(words[0] if words else "", {many})
def fewer(text):
    n = int(float(text))
    if words[0] != "run":
        return str(min(n, most))
    # The order of numbers stays: a run that goes on from a shorter one is longer here too.
    return str(n if n <= most else most + 48 * round(6 * math.log10(n / most)))
takes = words and (words[0] in ("run", "compare", "sweep", "sensitivity", "voi", "hindcast") or "--at" in words)
for i, word in enumerate(words):
    if takes and word in ("-n", "--number"):
        words[i + 1] = fewer(words[i + 1])
if takes and not {{"-n", "--number", "--until", "--help"}} & set(words):
    words += ["-n", str(most)]
os.execv({program!r}, [{program!r}] + words)
'''
MPIRUN = '#!/bin/sh\nshift 2\nexec {real} -n 2 "$@"\n'  # mpirun -n 64 ...: two ranks


def commands(text):
    """[(line number, command)] of a document, in order, and [(line number, reason)] of those left out."""
    found, left_out, fenced = [], [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            fenced = not fenced
            continue
        if not fenced and not line.startswith("    "):
            continue
        line = re.sub(r"\s{2,}#.*$", "", line.strip())
        if line.startswith(STARTS):
            found.append((number, line))
        else:
            left_out += [(number, why) for begin, why in NOT_HERE.items()
                         if re.match(re.escape(begin) + (r"( |$)" if begin[-1] != "=" else ""), line)]
    return found, left_out


class Place:
    """A copy of what the commands use, with the program on the PATH."""

    def __init__(self, few=None, many=MANY):
        self.folder = tempfile.TemporaryDirectory(prefix="fulcrum-docs-")
        self.path = self.folder.name
        for name in ("inputs", "analysis", "jobs", "include"):
            if os.path.isdir(os.path.join(ROOT, name)):
                shutil.copytree(os.path.join(ROOT, name), self.place(name), ignore=shutil.ignore_patterns("__pycache__", "*.so", "*.o"))
        shutil.copy(os.path.join(ROOT, "inputs", "first_study.yaml"), self.place("study.yaml"))
        os.mkdir(self.place("bin"))
        python = os.environ.get("PYTHON", "/usr/bin/python3")
        self._tool("fulcrum", WRAPPER.format(python=sys.executable, few=few or FEW, many=many, program=PROGRAM))
        self._tool("python3", f'#!/bin/sh\nexec {python} "$@"\n')
        self._tool("mpirun", MPIRUN.format(real=shutil.which("mpirun.openmpi") or shutil.which("mpirun") or "false"))

    def _tool(self, name, text):
        path = self.place("bin", name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def place(self, *names):
        """A path in the folder."""
        return os.path.join(self.path, *names)

    def run(self, command, timeout=300):
        """The finished process of a command as a shell has it."""
        table = {**os.environ, "PATH": self.place("bin") + os.pathsep + os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1",
                 "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1", "OMPI_MCA_pml": "ob1",
                 "OMPI_MCA_rmaps_base_oversubscribe": "1", "HWLOC_COMPONENTS": "-gl"}
        for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):  # of the make that runs the tests
            table.pop(name, None)
        return subprocess.run(["bash", "-c", command], cwd=self.path, env=table, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, errors="replace", timeout=timeout, check=False)

    def provide(self, listed):
        """Make what a document reads before it has made it."""
        made = set()
        for _, command in listed:
            for name in re.findall(r"[\w./-]+\.h5", command):
                output = re.search(r"-o +" + re.escape(name) + r"( |$)", command)
                if name in NEEDED and name not in made and not output and not os.path.exists(self.place(name)):
                    done = self.run(NEEDED[name])
                    if done.returncode:
                        raise AssertionError(f"cannot make {name}: {done.stderr}")
                made.add(name)

    def close(self):
        """Remove it all."""
        self.folder.cleanup()


def works(command, done):
    """Whether a command did what it is printed for; diff tells by its exit code that results differ."""
    return done.returncode == 0 or (command.startswith("fulcrum diff") and done.returncode == 1 and done.stdout)
