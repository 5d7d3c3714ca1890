"""``make test``: the whole suite on SQLite and then on PostgreSQL; ``make soak``: the long drills on both, the
attack on published tables over twenty times as many data sets, and every hostile value in every field on both.
"""

import os
import subprocess
import sys
import time
import uuid

RUN = uuid.uuid4().hex  # answers of one database are compared with those of the other in the same run


def run(database, *arguments):
    print(f"\n=== {database} ===", flush=True)
    # -rs: what was skipped, and why, is said.
    options = ["-rs", "-n", str(min(os.cpu_count() or 1, 4))]
    environment = {**os.environ, "TEST_DATABASE": database, "TEST_RUN": RUN}
    return subprocess.run([sys.executable, "-m", "pytest", *options, *arguments], env=environment).returncode


ATTACK = ["tests/reports/test_publication.py", "-k", "recovered or recovers or possible or could"]
HOSTILE = "tests/test_hostile_values.py"
# Killing the server two hundred times, stopping every flow at every query, and every method as everybody.
LONG = ["tests/test_crash.py", "tests/test_all_or_nothing.py", "tests/test_isolation.py"]


def soak(rounds=10):
    """The drills in which many people work at once, again and again; prints how long each round took. Then LONG."""
    drills = ["tests/clients/test_parallel_entry.py", "tests/legal_cases/test_parallel_entry.py"]
    for number in range(1, rounds + 1):
        begun = time.monotonic()
        status = run("sqlite", *drills) or run("postgresql", *drills)
        print(f"Round {number} of {rounds}: {'failed' if status else 'passed'}, {time.monotonic() - begun:.0f} s")
        if status:
            return status
    os.environ["PUBLICATION_ROUNDS"] = "20"
    os.environ["HOSTILE_VALUES"] = "1000"  # more than there are: all of them
    os.environ["SOAK"] = "1"
    status = run("sqlite", *LONG) or run("postgresql", *LONG)
    return status or run("sqlite", *ATTACK) or run("sqlite", HOSTILE) or run("postgresql", HOSTILE)


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["soak"]:
        return soak()
    status = run("sqlite", *arguments)
    if os.environ.get("SKIP_POSTGRESQL"):
        print("PostgreSQL was NOT tested: SKIP_POSTGRESQL is set.")
        return status
    return run("postgresql", *arguments) or status


if __name__ == "__main__":
    sys.exit(main())
