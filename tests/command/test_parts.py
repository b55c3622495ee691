"""Runs in parts: shards, joining, going on, extending, verifying. Equal bytes where they are promised,
one clear error where parts do not fit."""
import hashlib
import os
import shutil
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "run"))
import fulcrum  # noqa: E402

STUDY = os.path.join(fulcrum.INPUTS, "first_study.yaml")
SAMPLES = 5000  # 26 full blocks and a partial one


def read(path):
    """All bytes of a file."""
    with open(path, "rb") as file:
        return file.read()


def sealed(body):
    """The bytes with the last line that belongs to them."""
    return body + b"\nfulcrum-sha256 " + hashlib.sha256(body).hexdigest().encode() + b"\n"


class Parts(unittest.TestCase):
    """Each test works in a folder of its own."""

    def setUp(self):
        place = fulcrum.folder()
        self.addCleanup(place.cleanup)
        self.folder = place.name

    def path(self, name):
        """A file of this test."""
        return os.path.join(self.folder, name)

    def run_study(self, name, *arguments, study=STUDY, samples=SAMPLES):
        """Runs the study into a file of this name; gives its path."""
        fulcrum.must("run", study, "-n", samples, "-q", "-o", self.path(name), *arguments)
        return self.path(name)

    def shards(self, count, *arguments):
        """The shards of the study's run."""
        return [self.run_study(f"shard{k}", "--shard", f"{k}/{count}", *arguments) for k in range(1, count + 1)]

    def refused(self, code, words, *arguments):
        """The command fails with this code and one message that has all the words."""
        done = fulcrum.run(*arguments, cwd=self.folder)
        self.assertEqual(code, done.returncode, done.stderr)
        self.assertEqual(1, done.stderr.count("fulcrum "), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)


class Shards(Parts):
    """run --shard and merge."""

    def test_shards_joined_in_any_order_and_tree_are_the_run(self):
        whole = read(self.run_study("whole.h5"))
        for count, steps in ((1, []), (2, []), (5, [(4, 1), (0, 3)]), (40, [(7, 30, 2, 39)])):
            shards = self.shards(count)
            rest = list(range(count))
            joined = []
            for number, step in enumerate(steps):
                part = self.path(f"part{number}")
                fulcrum.must("merge", *(shards[k] for k in step), "--partial", "-q", "-o", part)
                joined.append(part)
                rest = [k for k in rest if k not in step]
            files = joined + [shards[k] for k in reversed(rest)]
            fulcrum.must("merge", *files, "-q", "-o", self.path("joined.h5"))
            self.assertEqual(whole, read(self.path("joined.h5")), count)

    def test_partial_unions_do_not_depend_on_the_order(self):
        shards = self.shards(4)
        fulcrum.must("merge", shards[3], shards[0], "--partial", "-q", "-o", self.path("a"))
        fulcrum.must("merge", shards[0], shards[3], "--partial", "-q", "-o", self.path("b"))
        self.assertEqual(read(self.path("a")), read(self.path("b")))

    def test_comments_in_one_shards_study_do_not_matter(self):
        shards = self.shards(2)
        commented = self.path("first_study.yaml")
        with open(STUDY, encoding="utf-8") as file, open(commented, "w", encoding="utf-8") as copy:
            copy.write(file.read() + "# a remark\n")
        self.run_study("shard2", "--shard", "2/2", study=commented)
        whole = read(self.run_study("whole.h5"))
        for order in (shards, shards[::-1]):
            fulcrum.must("merge", *order, "-q", "-o", self.path("joined.h5"))
            self.assertEqual(whole, read(self.path("joined.h5")))

    def test_missing_doubled_and_foreign_shards_are_refused_by_name(self):
        shards = self.shards(5)
        out = ("-q", "-o", self.path("out.h5"))
        self.refused(65, ["missing", "2/5, 4/5"], "merge", shards[0], shards[2], shards[4], *out)
        self.refused(65, ["shard 3/5", "shard3", "already"], "merge", *shards, shards[2], *out)
        other = self.run_study("other", "--shard", "1/5", "--seed", 2)
        self.refused(65, ["other", "seed", "'2'", "'1'"], "merge", *shards[1:], other, *out)
        self.run_study("other", "--shard", "1/5", "--set", "programs/CENTERS/match/response=0.25")
        self.refused(65, ["other", "programs/CENTERS/match/response", "0.25", "0.5"], "merge", *shards[1:],
                     other, *out)
        self.run_study("other", "--shard", "1/4")
        self.refused(65, ["other", "number of shards"], "merge", *shards[1:], other, *out)
        self.run_study("other", "--shard", "1/5", samples=SAMPLES + 1000)
        self.refused(65, ["other", "number of samples"], "merge", *shards[1:], other, *out)
        self.refused(65, ["not a state"], "merge", STUDY, *out)
        self.refused(66, ["nothing"], "merge", self.path("nothing"), *out)
        self.refused(2, ["--output"], "merge", *shards)
        self.assertFalse(os.path.exists(self.path("out.h5")))

    def test_shard_options_that_make_no_sense_are_refused(self):
        for text in ("0/4", "5/4", "1", "1/", "/4", "a/b", "1/4x", "-1/4"):
            self.refused(2, ["--shard"], "run", STUDY, "--shard", text)
        self.refused(2, ["--extend"], "run", STUDY, "--shard", "1/2", "--extend")


class GoingOn(Parts):
    """--resume, --restart, --extend. (Stops and kills: tests/run.)"""

    def checkpoint_of(self, shard, name="run.h5"):
        """A shard that begins the run stands for the checkpoint of a stopped one: the same state, not cut."""
        state = read(shard)
        body = state[:-81].replace(b"\nshards 2\n", b"\nshards 1\n")
        with open(self.path(name + ".checkpoint"), "wb") as file:
            file.write(sealed(body))

    def test_resumed_run_is_the_run(self):
        whole = read(self.run_study("whole.h5"))
        self.checkpoint_of(self.run_study("shard", "--shard", "1/2"))
        self.refused(2, ["run.h5.checkpoint", "--resume", "--restart"], "run", STUDY, "-n", SAMPLES, "-o", "run.h5")
        done = fulcrum.run("run", STUDY, "-n", SAMPLES, "-o", self.path("run.h5"), "--resume")
        self.assertIn("going on after 2304 samples", done.stderr)
        self.assertEqual(whole, read(self.path("run.h5")))
        self.assertFalse(os.path.exists(self.path("run.h5.checkpoint")))

    def test_resume_may_ask_for_more_samples_but_not_for_fewer_than_are_done(self):
        self.checkpoint_of(self.run_study("shard", "--shard", "1/2"))
        self.refused(65, ["has 2304 samples already"], "run", STUDY, "-n", 2000, "-o", "run.h5", "--resume")
        longer = read(self.run_study("longer.h5", samples=2 * SAMPLES))
        self.assertEqual(longer, read(self.run_study("run.h5", "--resume", samples=2 * SAMPLES)))

    def test_checkpoint_of_another_run_is_refused_by_what_differs(self):
        self.checkpoint_of(self.run_study("shard", "--shard", "1/2"))
        kept = read(self.path("run.h5.checkpoint"))
        base = ("run", STUDY, "-n", SAMPLES, "-o", "run.h5", "--resume", "-q")
        self.refused(65, ["seed", "'1' there", "'3' here"], *base, "--seed", 3)
        self.refused(65, ["programs/CENTERS/match/required is 1 there, 2 here"], *base, "--set",
                     "programs/CENTERS/match/required=2")
        self.refused(65, ["shards"], *base, "--shard", "1/2")
        self.assertEqual(kept, read(self.path("run.h5.checkpoint")))
        self.assertFalse(os.path.exists(self.path("run.h5")))

    def test_restart_begins_anew_and_takes_the_checkpoint_away(self):
        whole = read(self.run_study("whole.h5"))
        self.checkpoint_of(self.run_study("shard", "--shard", "1/2"))
        self.assertEqual(whole, read(self.run_study("run.h5", "--restart")))
        self.assertFalse(os.path.exists(self.path("run.h5.checkpoint")))
        self.refused(2, ["exclude"], "run", STUDY, "--resume", "--restart", "-o", "run.h5")

    def test_resume_without_checkpoint_begins_and_finished_runs_are_left_alone(self):
        whole = read(self.run_study("run.h5", "--resume"))
        before = os.stat(self.path("run.h5")).st_mtime_ns
        done = fulcrum.run("run", STUDY, "-n", SAMPLES, "-o", self.path("run.h5"), "--resume")
        self.assertEqual(0, done.returncode)
        self.assertIn("nothing to do", done.stdout)
        self.assertEqual(before, os.stat(self.path("run.h5")).st_mtime_ns)
        self.run_study("run.h5", "--resume", "--seed", 2)
        self.assertNotEqual(whole, read(self.path("run.h5")))

    def test_damaged_checkpoint_is_told_and_the_one_before_is_used(self):
        whole = read(self.run_study("whole.h5"))
        self.checkpoint_of(self.run_study("shard", "--shard", "1/2"))
        good = read(self.path("run.h5.checkpoint"))
        with open(self.path("run.h5.checkpoint"), "wb") as file:
            file.write(good[:-200])
        self.refused(65, ["run.h5.checkpoint", "damaged"], "run", STUDY, "-n", SAMPLES, "-o", "run.h5", "--resume")
        with open(self.path("run.h5.checkpoint.previous"), "wb") as file:
            file.write(good)
        done = fulcrum.run("run", STUDY, "-n", SAMPLES, "-q", "-o", self.path("run.h5"), "--resume")
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertIn("warning", done.stderr)
        self.assertEqual(whole, read(self.path("run.h5")))
        self.assertEqual([], [name for name in os.listdir(self.folder) if "checkpoint" in name])

    def test_extended_run_is_the_longer_run(self):
        for less in (100, 192, 2000, SAMPLES):
            self.run_study("run.h5", samples=less)
            self.run_study("run.h5", "--extend")
            self.assertEqual(read(self.run_study("whole.h5")), read(self.path("run.h5")), less)

    def test_what_cannot_be_extended_is_refused_and_kept(self):
        self.refused(66, ["run.h5"], "run", STUDY, "-o", "run.h5", "--extend")
        self.run_study("run.h5")
        before = read(self.path("run.h5"))
        self.refused(65, ["already"], "run", STUDY, "-n", 192, "-o", "run.h5", "--extend")
        self.refused(65, ["seed"], "run", STUDY, "-n", 9000, "-o", "run.h5", "--extend", "--seed", 5)
        self.assertEqual(before, read(self.path("run.h5")))

    def test_intervals_that_are_none_are_refused(self):
        for text in ("x", "300x", "-5s", "", "5 s", "nan"):
            self.refused(2, ["--checkpoint"], "run", STUDY, "--checkpoint", text, "-o", "run.h5")


class Verify(Parts):
    """fulcrum verify."""

    def test_results_shards_and_joined_parts_are_verified(self):
        shards = self.shards(3)
        fulcrum.must("merge", shards[0], shards[2], "--partial", "-q", "-o", self.path("part"))
        for path in (self.run_study("run.h5"), shards[1], self.path("part")):
            said = fulcrum.must("verify", path, "--number", 3, "--seed", 7)
            self.assertIn("3 of ", said)
            self.assertIn("26 of 26" if path.endswith(".h5") else "groups", fulcrum.must("verify", path, "--all"))
        self.run_study("few.h5", samples=100)
        self.assertIn("0 of 0 groups", fulcrum.must("verify", self.path("few.h5")))

    def test_other_numbers_are_noticed(self):
        """A block's fingerprint is changed, and the file sealed again: as if it had been computed wrongly."""
        shard = self.run_study("shard", "--shard", "1/1")
        body = bytearray(read(shard)[:-81])
        blocks = SAMPLES // 192
        table = body.rindex(struct.pack("<QQ", 0, blocks))
        body[table + 16 + 8 * 11] ^= 4
        with open(shard, "wb") as file:
            file.write(sealed(bytes(body)))
        self.refused(1, [f"samples {11 * 192} to {12 * 192 - 1}"], "verify", shard, "--all")

    def test_changed_statistics_are_noticed(self):
        path = self.run_study("run.h5")
        import h5py
        with h5py.File(path, "r+") as file:
            file["leverage_ratio_mean"][0] *= 1.5
        self.refused(1, ["its tables are not those"], "verify", path)

    def test_damage_is_refused(self):
        path = self.run_study("run.h5")
        good = read(path)
        for at in (100, len(good) // 2, len(good) - 100, len(good) - 3):
            with open(path, "wb") as file:
                file.write(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
            self.refused(65, ["run.h5"], "verify", path)
        shutil.copy(STUDY, path)
        self.refused(65, ["not a state"], "verify", path)


if __name__ == "__main__":
    unittest.main()
