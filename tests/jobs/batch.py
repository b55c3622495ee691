#!/usr/bin/env python3
"""PBS Pro, LSF and Flux as far as the scripts of jobs/ see them, where the real ones are not to be had.

The commands qsub, bsub and flux (install) read a script's directives, check each against the options
that the system documents (qsub(1B) of OpenPBS, bsub of LSF 10.1, flux-batch(1)), and keep the job in
a queue; run_all runs the queue on this machine, each job from a copy of its script elsewhere, in the
folder and with the variables that the system gives, and warns and kills it at its time limit. A
minute of a limit is a tenth of a second; where the variable BATCH_BEGUN names a file, its clock starts
when that is there; killing comes much later still. So it goes well on busy machines.

Not covered: several hosts, arrays, and whatever a site adds of its own.
"""

import glob
import json
import os
import re
import shlex
import signal
import stat
import subprocess
import sys
import threading
import time

MINUTE, GRACE = 0.1, 60.0
HERE = os.path.abspath(__file__)

# Options that take a value, and options that do not.
PBS_OPTIONS = (set("aACcejJklmMNopPqrRSuvW"), set("fhIVXz"))
LSF_OPTIONS = (set("""J n R W We wt wa Q o oo e eo q m M P G g L E Ep b t u w i is f F c C D S T v p sla app cwd
    outdir env gpu U Lp Jd hl k mig sp ti data s""".split()), set("B H I Ip Is K N r rn x ul N XF".split()))
FLUX_OPTIONS = (set("""nodes nslots cores-per-slot gpus-per-slot time-limit job-name output error queue bank urgency
    setattr env requires dependency begin-time signal conf shell-option cwd rlimit broker-opts""".split()),
                set("exclusive unbuffered wrap".split()))
SLURM_OPTIONS = (set("""job-name nodes ntasks ntasks-per-node cpus-per-task mem mem-per-cpu time signal output error
    array open-mode partition account qos dependency constraint""".split()), set("requeue exclusive no-requeue".split()))
SHORT_OPTIONS = {"flux": {"N": "nodes", "n": "nslots", "c": "cores-per-slot", "t": "time-limit"}}
PBS_CHUNK = set("ncpus mpiprocs ompthreads mem vmem host vnode arch ngpus accelerator".split())
PBS_JOB = set("walltime cput pcput pmem pvmem file nice place select".split())
SIGNALS = {name[3:] for name in dir(signal) if name.startswith("SIG") and "_" not in name}
SENTINELS = {"pbs": "#PBS", "lsf": "#BSUB", "flux": "#flux:", "slurm": "#SBATCH"}


class Refused(Exception):
    """What the system would not take."""


def need(condition, text):
    """Refuses with the text."""
    if not condition:
        raise Refused(text)


def words_of(system, script):
    """The words of the directives, up to the first command."""
    words, sentinel = [], SENTINELS[system]
    lines = script.splitlines()
    need(lines and re.match(r"#!/bin/(ba)?sh$", lines[0]), "no shell in the first line")
    for i, line in enumerate(lines):
        if line.startswith(sentinel):
            words += shlex.split(line[len(sentinel):], comments=system == "flux")
        elif line.strip() and not line.startswith("#"):
            late = [later for later in lines[i:] if later.startswith(sentinel)]
            need(not late, f"{late[:1]} comes after the first command")
            break
    need(words, f"no directive {sentinel}")
    return words


def short(words, table, name):
    """{option: value} of "-l value" and "-V"; a letter's value may be in the same word in PBS."""
    options, i = {}, 0
    while i < len(words):
        word = words[i]
        need(word.startswith("-"), f"{name}: '{word}' is no option")
        key = word[1:]
        if name == "qsub" and len(key) > 1:
            key, words[i:i + 1] = key[0], [word[:2], key[1:]]
        need(key in table[0] | table[1], f"{name} has no option -{key}")
        need(key in table[1] or i + 1 < len(words), f"{name} -{key} needs a value")
        options.setdefault(key, []).append(words[i + 1] if key in table[0] else "")
        i += 2 if key in table[0] else 1
    return options


def long(words, table, name):
    """{option: value} of --option=value."""
    options = {}
    for word in words:
        match = re.fullmatch(r"--([a-z-]+)(?:=(.*))?", word, re.S)
        if not match and name in SHORT_OPTIONS:
            match = re.fullmatch(r"-(.)(.+)", word)
            need(match and match[1] in SHORT_OPTIONS[name], f"{name}: '{word}' is no option")
            options[SHORT_OPTIONS[name][match[1]]] = match[2]
            continue
        need(match, f"{name}: '{word}' is no option")
        need(match[1] in table[0] | table[1], f"{name} has no option --{match[1]}")
        need((match[2] is not None) == (match[1] in table[0]), f"{name} --{match[1]}: value?")
        options[match[1]] = match[2] or ""
    return options


# ---- what each system makes of its options: number of ranks and limit in minutes


def check_pbs(options):
    """-l select=2:ncpus=4:mpiprocs=4 and the like."""
    resources = {}
    for item in options.get("l", []):
        name, _, value = item.partition("=")
        need(name in PBS_JOB and value, f"-l {item}: no resource of a job")
        resources[name] = value
    ranks = 0
    for part in resources.get("select", "1").split("+"):
        count, *chunk = part.split(":")
        table = dict(word.split("=", 1) for word in chunk)
        need(count.isdigit() and set(table) <= PBS_CHUNK, f"-l select={part}")
        need(re.fullmatch(r"\d+(kb|mb|gb|tb)?", table.get("mem", "1gb")), f"mem={table.get('mem')}")
        need(int(table.get("ncpus", 1)) >= int(table.get("mpiprocs", 1)), "more ranks than cores")
        ranks += int(count) * int(table.get("mpiprocs", 1))
    match = re.fullmatch(r"(?:(\d+):)?(\d+):(\d\d)", resources.get("walltime", ""))
    need(match, f"walltime={resources.get('walltime')}")
    need(options.get("j", ["n"])[-1] in ("oe", "eo", "n"), "-j")
    need(options.get("r", ["y"])[-1] in ("y", "n"), "-r")
    need(re.fullmatch(r"[A-Za-z0-9_+-]{1,230}", options.get("N", ["x"])[-1]), "-N")
    return ranks, int(match[1] or 0) * 60 + int(match[2]) + int(match[3]) / 60


def lsf_minutes(text):
    """[hours:]minutes"""
    match = re.fullmatch(r"(?:(\d+):)?(\d+)", text)
    need(match, f"time {text}: [hours:]minutes, without quotes")
    return int(match[1] or 0) * 60 + int(match[2])


def check_lsf(options):
    """-R sections, times and signals."""
    for text in options.get("R", []):
        rest = re.sub(r"span\[(ptile=\d+|hosts=1)\]|rusage\[mem=\d+(KB|MB|GB|TB)?\]|select\[[^]]+\]", "", text)
        need(not rest.strip(), f"-R {text}: '{rest.strip()}'")
    need(("wt" in options) == ("wa" in options), "-wt and -wa belong together")
    need(options.get("wa", ["USR1"])[-1] in SIGNALS, "-wa: a signal without SIG and quotes")
    need(re.fullmatch(r"[0-9 ]+", options.get("Q", ["75"])[-1]), "-Q: exit codes")
    ranks = options.get("n", ["1"])[-1]
    need(ranks.isdigit(), "-n")
    limit = lsf_minutes(options["W"][-1])
    need("wt" not in options or lsf_minutes(options["wt"][-1]) < limit, "-wt is not before -W")
    return int(ranks), limit


def flux_minutes(text):
    """Flux standard duration."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)?", text)
    need(match, f"duration {text}")
    return float(match[1]) * {"ms": 1 / 60000, "s": 1 / 60, None: 1 / 60, "m": 1, "h": 60, "d": 1440}[match[2]]


def check_flux(options):
    """Numbers and durations."""
    for name in ("nodes", "nslots", "cores-per-slot"):
        need(options.get(name, "1").isdigit(), f"--{name}")
    need("{{" not in options.get("output", "") or re.search(r"{{(id|name|jobid)[.\w]*}}", options["output"]), "--output")
    return int(options["nslots"]), flux_minutes(options["time-limit"])


def check_slurm(options):
    """What sbatch would say to the words of the scripts here; the real one is asked elsewhere."""
    need(re.fullmatch(r"(\d+-)?\d+:\d\d:\d\d|\d+", options["time"]), "--time")
    need(re.fullmatch(r"\d+[KMG]", options.get("mem-per-cpu", "1G")), "--mem-per-cpu")
    need(re.fullmatch(r"([BR]:)?[A-Z0-9]+(@\d+)?", options.get("signal", "USR1")), "--signal")
    need(re.fullmatch(r"[0-9,%-]+", options.get("array", "1-8")), "--array")
    return int(options.get("ntasks", 1)), 0


def read(system, script, words=()):
    """{options, ranks, minutes} of a script and the words of the command line."""
    words = words_of(system, script) + list(words)
    table = {"pbs": PBS_OPTIONS, "lsf": LSF_OPTIONS, "flux": FLUX_OPTIONS, "slurm": SLURM_OPTIONS}[system]
    name = {"pbs": "qsub", "lsf": "bsub", "flux": "flux", "slurm": "sbatch"}[system]
    options = (short if system in ("pbs", "lsf") else long)(words, table, name)
    check = {"pbs": check_pbs, "lsf": check_lsf, "flux": check_flux, "slurm": check_slurm}[system]
    ranks, minutes = check(options)
    return {"system": system, "options": options, "ranks": ranks, "minutes": minutes}


def warn(variables_of_job, minutes, send, *words):
    """Calls send(*words) so many minutes after the job has begun."""
    def wait():
        begun, last = variables_of_job.get("BATCH_BEGUN"), time.monotonic() + GRACE
        while begun and not os.path.exists(begun) and time.monotonic() < last:
            time.sleep(0.02)
        time.sleep(minutes * MINUTE)
        try:
            send(*words)
        except ProcessLookupError:
            pass
    threading.Thread(target=wait, daemon=True).start()


# ---- commands


def install(folder):
    """Puts qsub, bsub and flux into folder/bin; gives the variables that make them known."""
    for part in ("bin", "queue", "spool", "home"):
        os.makedirs(os.path.join(folder, part), exist_ok=True)
    for name in ("qsub", "bsub", "flux"):
        path = os.path.join(folder, "bin", name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/bash\nexec {sys.executable} {HERE} {name} "$@"\n')
        os.chmod(path, 0o755)
    return {"BATCH": folder, "PATH": os.path.join(folder, "bin") + ":" + os.environ["PATH"]}


def submit(system, script, words):
    """Into the queue; prints the job's name."""
    folder = os.environ["BATCH"]
    number = len(glob.glob(os.path.join(folder, "spool", "*.sh"))) + 1
    job = read(system, script, words)
    job.update(number=number, script=os.path.join(folder, "spool", f"{number}.sh"),
               cwd=os.getcwd(), environment=dict(os.environ))
    with open(job["script"], "w", encoding="utf-8") as file:
        file.write(script)
    with open(os.path.join(folder, "queue", f"{number:03}.json"), "w", encoding="utf-8") as file:
        json.dump(job, file)
    print({"pbs": f"{number}.server", "lsf": f"Job <{number}> is submitted to default queue <normal>.",
           "flux": f"f{number}"}[system])


def script_and_words(words):
    """The last word is the script."""
    need(words and not words[-1].startswith("-"), "no script")
    with open(words[-1], encoding="utf-8") as file:
        return file.read(), words[:-1]


def flux(words):
    """flux [--parent] batch, flux run, flux resource list."""
    if words[:1] == ["--parent"]:
        need("FLUX_URI" in os.environ, "flux --parent: not in a job")
        words = words[1:]
    elif words[:1] == ["batch"]:
        need("FLUX_URI" not in os.environ, "flux batch in a job: that would be a part of this job")
    if words[:1] == ["batch"]:
        submit("flux", *script_and_words(words[1:]))
    elif words == ["resource", "list", "-s", "up", "-no", "{ncores}"]:
        print(os.environ["BATCH_RANKS"])
    elif words[:2] == ["run", "-n"]:
        return flux_run(words[2], words[3:])
    else:
        raise Refused("flux " + " ".join(words))
    return 0


def flux_run(ranks, words):
    """Warns the ranks before the job's limit."""
    need(ranks == os.environ["BATCH_RANKS"], f"flux run -n {ranks}")
    command = [os.environ["BATCH_MPIRUN"], "-n", ranks]
    with subprocess.Popen(command + [word for word in words if not word.startswith("--signal=")]) as process:
        for word in words:
            match = re.fullmatch(r"--signal=([A-Z0-9]+)@(\w+)", word)
            if match:
                left = float(os.environ["BATCH_MINUTES"]) - flux_minutes(match[2])
                number = getattr(signal, "SIG" + match[1])
                warn(os.environ, left, process.send_signal, number)
        process.wait()
    return process.returncode


# ---- running


def variables(job, folder):
    """What the system puts into the environment of a job, and the folder the job starts in."""
    hosts = os.path.join(folder, "spool", f"{job['number']}.hosts")
    with open(hosts, "w", encoding="utf-8") as file:
        file.write("localhost\n" * job["ranks"])
    number = str(job["number"])
    if job["system"] == "pbs":
        own = {"PBS_JOBID": number + ".server", "PBS_NODEFILE": hosts, "PBS_O_WORKDIR": job["cwd"],
               "PBS_ENVIRONMENT": "PBS_BATCH", "NCPUS": "1"}
        return own, os.path.join(folder, "home")
    if job["system"] == "lsf":
        return {"LSB_JOBID": number, "LSB_DJOB_HOSTFILE": hosts, "LSB_DJOB_NUMPROC": str(job["ranks"]),
                "LS_SUBCWD": job["cwd"]}, job["cwd"]
    return {"FLUX_URI": "local:///none", "BATCH_RANKS": str(job["ranks"]),
            "BATCH_MINUTES": str(job["minutes"])}, job["cwd"]


def run_one(job, folder):
    """The exit code; None where it was killed at its limit."""
    own, place = variables(job, folder)
    keep = job["system"] != "pbs" or "V" in job["options"]
    base = job["environment"] if keep else {"PATH": "/usr/bin:/bin", "BATCH": folder}
    os.chmod(job["script"], stat.S_IRUSR | stat.S_IXUSR)
    with open(os.path.join(folder, "said"), "ab") as said:
        process = subprocess.Popen([job["script"]], cwd=place, env={**base, **own}, stdin=subprocess.DEVNULL,
                                   stdout=said, stderr=said, start_new_session=True)  # pylint: disable=R1732
    if "wa" in job["options"]:
        left = job["minutes"] - lsf_minutes(job["options"]["wt"][-1])
        number = getattr(signal, "SIG" + job["options"]["wa"][-1])
        # To the script alone, which is the least that LSF does.
        warn(base, left, process.send_signal, number)
    try:
        return process.wait(job["minutes"] * MINUTE + GRACE)
    except subprocess.TimeoutExpired:
        return None
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def run_all(folder, most=9):
    """Runs the queue, with what jobs submit, until it is empty; gives the exit codes."""
    codes = []
    while len(codes) < most:
        queue = sorted(glob.glob(os.path.join(folder, "queue", "*.json")))
        if not queue:
            break
        with open(queue[0], encoding="utf-8") as file:
            job = json.load(file)
        codes.append(run_one(job, folder))
        again = job["options"].get("Q", [""])[-1].split() if job["system"] == "lsf" else []
        if str(codes[-1]) not in again:
            os.remove(queue[0])
    return codes


def main(name, words):
    """As one of the commands."""
    try:
        if name == "flux":
            return flux(words)
        if name == "bsub":
            submit("lsf", sys.stdin.read(), words)
        else:
            submit("pbs", *script_and_words(words))
        return 0
    except Refused as refused:
        print(f"{name}: {refused}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
