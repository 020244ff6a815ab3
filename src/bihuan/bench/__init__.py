"""Benchmarks: each measures the program against the best hand-written SQL, on the same server in the same run."""
