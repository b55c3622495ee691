"""The same as precision.c from Python, through ctypes: nothing but the C library is needed.

    python3 precision.py STUDY.yaml OUTPUT RESULT.h5
"""
import ctypes as c
import sys

fulcrum = c.CDLL("libfulcrum.so.1")


class Error(c.Structure):
    _fields_ = [("status", c.c_int), ("text", c.c_char * 2048)]


class Options(c.Structure):
    _fields_ = [("size", c.c_size_t), ("study", c.c_char_p), ("overlay", c.c_char_p),
                ("assignments", c.POINTER(c.c_char_p)), ("assignment_count", c.c_size_t),
                ("model", c.c_char_p), ("text", c.c_char_p), ("text_length", c.c_size_t),
                ("samples", c.c_uint64), ("seed", c.c_uint64), ("design", c.c_char_p),
                ("instructions", c.c_char_p), ("part", c.c_uint64), ("parts", c.c_uint64)]


class Estimate(c.Structure):
    _fields_ = [(name, c.c_double) for name in ("value", "low", "high", "bound")]


def call(name, *arguments):
    """Call a function whose last argument is the error, and raise what it says."""
    error = Error()
    if getattr(fulcrum, name)(*arguments, c.byref(error)):
        sys.exit("precision: " + error.text.decode())


def main(study, output, result):
    options, session, block = Options(), c.c_void_p(), c.c_void_p()
    number, mean = c.c_size_t(), Estimate()
    fulcrum.flc_session_options_init(c.byref(options), c.c_size_t(c.sizeof(options)))
    options.study = study.encode()
    call("flc_session_open", c.byref(session), c.byref(options))
    call("flc_session_find_output", session, c.byref(number), output.encode())
    mean.low, mean.high = float("-inf"), float("inf")
    while not (mean.high - mean.low) / 2 <= 0.01 * abs(mean.value):
        for _ in range(20):
            call("flc_session_next", session, c.byref(block))
            call("flc_session_accumulate", session)
        call("flc_session_read_mean_always", session, c.byref(mean), number, c.c_double(0.95))
    fulcrum.flc_session_accumulated.restype = c.c_uint64
    print(f"{output}: {mean.value:.6g} in [{mean.low:.6g}, {mean.high:.6g}] "
          f"after {fulcrum.flc_session_accumulated(session)} samples")
    call("flc_session_save", session, result.encode())
    fulcrum.flc_session_free(session)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("precision.py STUDY.yaml OUTPUT RESULT.h5")
    main(*sys.argv[1:])
