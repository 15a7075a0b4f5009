"""How long `import tirage` and `tirage --help` take: the claim is 0.15 s and 0.35 s (aim 0.1 and 0.2).

Best of N fresh processes, wall and CPU seconds, as a ratio to the bare interpreter run in turn.

    python benchmarks/startup.py [N]
"""

from __future__ import annotations

import os
import sys
import time

PROCESSES = {
    "python -c pass": ["-c", "pass"],
    "import tirage": ["-c", "import tirage"],
    "tirage --help": ["-c", "from tirage.cli import main; main()", "--help"],
    "tirage develop --help": ["-c", "from tirage.cli import main; main()", "develop", "--help"],
    "peer: import rawpy": ["-c", "import rawpy"],
}
LIMITS_S = {"import tirage": 0.15, "tirage --help": 0.35}


def measure(arguments: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of one fresh interpreter, its output thrown away."""
    null = os.open(os.devnull, os.O_WRONLY)
    start = time.perf_counter()
    actions = [(os.POSIX_SPAWN_DUP2, null, 1)]
    pid = os.posix_spawn(sys.executable, [sys.executable, *arguments], os.environ, file_actions=actions)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - start
    os.close(null)
    if status:
        sys.exit(f"{' '.join(arguments)} failed with status {status}")
    return wall, usage.ru_utime + usage.ru_stime


def main() -> None:
    """Measure every process in turn, N rounds; print the best of each."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    runs = [{name: measure(arguments) for name, arguments in PROCESSES.items()} for _ in range(rounds)]
    bare = min(run["python -c pass"][0] for run in runs)
    late = False
    print(f"{'best of ' + str(rounds):24}{'wall s':>8}{'CPU s':>8}{'ratio':>8}{'limit':>8}")
    for name in PROCESSES:
        wall, cpu = (min(run[name][index] for run in runs) for index in (0, 1))
        limit = LIMITS_S.get(name)
        late = late or (limit is not None and wall > limit)
        print(f"{name:24}{wall:8.3f}{cpu:8.3f}{wall / bare:8.1f}{limit or '':>8}")
    sys.exit("over the limit" if late else 0)


if __name__ == "__main__":
    main()
