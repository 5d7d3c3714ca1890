"""``make test``: the whole suite on SQLite and then on PostgreSQL; ``make soak``: the long drills on both."""

import os
import subprocess
import sys


def run(database, *arguments):
    print(f"\n=== {database} ===", flush=True)
    # -rs: what was skipped, and why, is said.
    options = ["-rs", "-n", str(min(os.cpu_count() or 1, 4))]
    environment = {**os.environ, "TEST_DATABASE": database}
    return subprocess.run([sys.executable, "-m", "pytest", *options, *arguments], env=environment).returncode


def main():
    arguments = sys.argv[1:]
    if arguments[:1] == ["soak"]:
        arguments = ["-m", "soak", *arguments[1:]]
    status = run("sqlite", *arguments)
    if os.environ.get("SKIP_POSTGRESQL"):
        print("PostgreSQL was NOT tested: SKIP_POSTGRESQL is set.")
        return status
    return run("postgresql", *arguments) or status


if __name__ == "__main__":
    sys.exit(main())
