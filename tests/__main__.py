"""``make test``: the whole suite on SQLite and then on PostgreSQL; ``make soak``: the long drills on both, and the
attack on published tables over twenty times as many data sets.
"""

import os
import subprocess
import sys
import time


def run(database, *arguments):
    print(f"\n=== {database} ===", flush=True)
    # -rs: what was skipped, and why, is said.
    options = ["-rs", "-n", str(min(os.cpu_count() or 1, 4))]
    environment = {**os.environ, "TEST_DATABASE": database}
    return subprocess.run([sys.executable, "-m", "pytest", *options, *arguments], env=environment).returncode


ATTACK = ["tests/reports/test_publication.py", "-k", "recovered or recovers or possible or could"]


def soak(rounds=10):
    """The drills in which many people work at once, again and again; prints how long each round took."""
    drills = ["tests/clients/test_parallel_entry.py", "tests/legal_cases/test_parallel_entry.py"]
    for number in range(1, rounds + 1):
        begun = time.monotonic()
        status = run("sqlite", *drills) or run("postgresql", *drills)
        print(f"Round {number} of {rounds}: {'failed' if status else 'passed'}, {time.monotonic() - begun:.0f} s")
        if status:
            return status
    os.environ["PUBLICATION_ROUNDS"] = "20"
    return run("sqlite", *ATTACK)


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
