"""`python -m tests.faults`: runs scenarios and prints the table. Exits 1 when a promise broke or a run was void."""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.faults.cluster import Mode
from tests.faults.scenario import NotRunError, Row, Scenario, Trial
from tests.faults.scenarios import ALL
from tests.faults.table import text, write

MODES: tuple[Mode, ...] = ("embedded", "distributed")


def attempt(
    scenario: Scenario, mode: Mode, seed: int, *, full: bool, scale: float = 1.0, keep: bool = False
) -> list[Row]:
    """Run a scenario in a temporary folder, which stays where a promise broke or `keep` is given."""
    folder = Path(tempfile.mkdtemp(prefix=f"a8n-faults-{scenario.name}-", dir="/tmp"))  # short: it holds sockets
    folder.chmod(0o755)
    start = time.monotonic()
    good = False
    try:
        with Trial(mode, folder, seed, full=full, scale=scale) as trial:
            rows = scenario.run(trial)
            trial.chaos.check()
        for row in rows:
            row.mode, row.seed, row.seconds = mode, seed, time.monotonic() - start
        good = all(row.verdict == "kept" for row in rows)
        return rows
    except NotRunError:
        good = True
        raise
    finally:
        if good and not keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"what was left is in {folder}", file=sys.stderr)


def main() -> int:
    """Run what the arguments ask for."""
    arguments = _arguments()
    seed = arguments.seed if arguments.seed is not None else random.randrange(10**6)
    rows: list[Row] = []
    bad = 0
    for mode in MODES:
        for scenario in ALL:
            wanted = arguments.only is None or scenario.name in arguments.only
            if not wanted or mode not in scenario.modes or arguments.mode not in (None, mode):
                continue
            print(f"… {scenario.name} ({mode}), seed {seed}", flush=True)
            try:
                found = attempt(scenario, mode, seed, full=arguments.full, scale=arguments.scale, keep=arguments.keep)
            except NotRunError as error:
                print(f"NOT RUN {scenario.name} ({mode}): {error}", flush=True)
                bad += 1
                continue
            except Exception:
                traceback.print_exc()
                print(f"BROKEN {scenario.name} ({mode}): it could not be judged", flush=True)
                bad += 1
                continue
            for row in found:
                print(text(row), flush=True)
                bad += row.verdict != "kept"
            rows += found
    if arguments.write_readme:
        write(rows, _about(arguments, seed))
    print(f"{len(rows)} promises tried, {bad} not kept, void or not run; seed {seed}")
    return 1 if bad or not rows else 0


def _about(arguments: argparse.Namespace, seed: int) -> str:
    size = f"the full size times {arguments.scale:g}" if arguments.full else "the smoke size"
    machine = f"{os.cpu_count()} processors, Python {platform.python_version()}"
    return f"Run on {time.strftime('%Y-%m-%d')} with {size} on {machine}, seed {seed}."


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the figures of the table, with the default lease of 30 s")
    parser.add_argument("--scale", type=float, default=1.0, help="multiplies the numbers of the full size")
    parser.add_argument("--only", action="append", choices=[scenario.name for scenario in ALL], help="run this one")
    parser.add_argument("--mode", choices=MODES, help="run this mode only")
    parser.add_argument("--seed", type=int, help="of the random choices; printed in each run")
    parser.add_argument("--keep", action="store_true", help="keep the folders with logs, database and the sink's file")
    parser.add_argument("--write-readme", action="store_true", help="put the table into the README")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
