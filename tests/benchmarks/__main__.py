"""funnet beside its peers: the same training step, as ratios of what it takes.

    python -m tests.benchmarks [--peers numpy,torch] [--work moons,spiral] [--threads 1,all] [--rounds 15]
    python -m tests.benchmarks --profile [--peers torch] [--work moons,spiral] [--rounds 15]
    python -m tests.benchmarks --growth growth.png

Figures are funnet / peer: 0.50 says that funnet takes half of what the peer takes. Times are medians over
rounds with the quartiles; a work has a process of its own for each number of threads, where funnet and its
peers take turns, and their losses are compared over ten steps before. On one thread, and one core, it is the
processor's time, which other programs hardly change; on several it is the clock's. Without --work there
follow the time of the import, the size of what is installed, and memory. --profile shows the stages of a step
in percent of the step in NumPy by hand, --growth draws how the time of a step grows, both on one thread.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_info

from tests.benchmarks import footprint, growth, memory, profile
from tests.benchmarks.peers import PEERS, installed
from tests.benchmarks.processes import CORES, in_process
from tests.benchmarks.run import Result, measure
from tests.benchmarks.timing import Ratio, ratios, short
from tests.benchmarks.works import WORKS


def main(argv: list[str] | None = None) -> None:
    """Measure what is asked for, and print it as Markdown."""
    args = arguments(argv)
    peers = [peer for peer in args.peers if installed(peer)]
    versions = [f"{PEERS[peer].package} {importlib.metadata.version(PEERS[peer].package)}" for peer in peers]
    kernels = {str(library["architecture"]) for library in threadpool_info() if "architecture" in library}
    print(f"Python {platform.python_version()}, {', '.join(versions)}")
    print(f"{CORES} cores, NumPy's matrix products made for {', '.join(sorted(kernels)) or 'any'}")
    for peer in sorted({*args.peers} - {*peers}):
        print(f"{peer} is left out: not installed")
    if args.growth:
        peers = [peer for peer in ("numpy", "torch") if peer in peers]
        axes = {axis: in_process(1, growth.measure, axis, peers, args.rounds) for axis in growth.AXES}
        growth.draw(axes, args.growth)
        return
    if args.profile:
        show_profile(args.work or list(WORKS), [peer for peer in peers if peer != "numpy"], args.rounds)
        return
    for threads in args.threads:
        compare(threads, args.work or list(WORKS), peers, args.rounds)
    if not args.work:
        show_footprint(peers, args.rounds)
        show_memory()


def arguments(argv: list[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--peers", type=_names(PEERS), default=list(PEERS), help=", ".join(PEERS))
    parser.add_argument("--work", type=_names(WORKS), help=", ".join(WORKS))
    parser.add_argument("--rounds", type=int, default=15, help="how often each has its turn")
    parser.add_argument("--threads", type=_counts, default=sorted({1, CORES}), help="numbers, or all")
    parser.add_argument("--profile", action="store_true", help="where the time of a step goes")
    parser.add_argument("--growth", type=Path, metavar="PNG", help="the picture to draw")
    return parser.parse_args(argv)


def _names(known: Iterable[str]) -> Callable[[str], list[str]]:
    def names(text: str) -> list[str]:
        found = text.split(",")
        for name in found:
            if name not in known:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return found

    return names


def _counts(text: str) -> list[int]:
    return [CORES if word == "all" else int(word) for word in text.split(",")]


def compare(threads: int, works: list[str], peers: list[str], rounds: int) -> None:
    """Two tables, of training steps and of inference, and why cells are empty."""
    results: list[Result] = []
    clock = time.process_time if threads == 1 else time.perf_counter

    def rows() -> Iterator[tuple[str, dict[str, Ratio]]]:
        for work in works:
            results.append(in_process(threads, measure, work, peers, rounds, clock))
            yield work, results[-1].step

    count = f"{threads} thread{'s' * (threads > 1)}"
    show(f"A step of training, {count}", peers, rows())
    show(
        f"Inference for one example, {count}", peers, ((result.work, result.inference) for result in results)
    )
    empty: dict[tuple[str, str], list[str]] = {}
    for result in results:
        for peer, why in result.left_out.items():
            empty.setdefault((peer, why), []).append(result.work)
    print()
    for (peer, why), left in empty.items():
        print(f"{PEERS[peer].title} without {', '.join(left)}: {why}.")


def show(title: str, peers: list[str], rows: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """A table as Markdown, row by row as they come, with a column for every peer."""
    print(f"\n| {title} | {' | '.join(PEERS[peer].title for peer in peers)} |")
    print("|---" * (len(peers) + 1) + "|")
    for name, cells in rows:
        print(f"| {name} | {' | '.join(str(cells.get(peer, '–')) for peer in peers)} |", flush=True)


def show_profile(works: list[str], peers: list[str], rounds: int) -> None:
    """A table of the stages of a step."""
    titles = {"funnet": "funnet", "products": "its matrix products"}
    titles |= {peer: PEERS[peer].title for peer in PEERS}
    print(f"\n| % of a step in NumPy by hand | | {' | '.join(profile.COLUMNS)} |")
    print("|---" * (len(profile.COLUMNS) + 2) + "|")
    for work in works:
        found = in_process(1, profile.measure, work, peers, rounds, time.process_time)
        print("\n".join(profile.table(found, titles)), flush=True)


def show_footprint(peers: list[str], rounds: int) -> None:
    """Import time and installed size."""
    modules = {"funnet": "funnet", **{peer: PEERS[peer].module for peer in peers}}
    times: dict[str, list[float]] = {name: [] for name in modules}
    for _ in range(rounds):
        for name, module in modules.items():
            times[name].append(footprint.import_seconds(module))
    ours, sizes = footprint.sizes("funnet"), {peer: footprint.sizes(PEERS[peer].package) for peer in peers}
    own, whole = ({peer: short(ours[i] / sizes[peer][i]) for peer in peers} for i in (0, 1))
    rows = [("time", ratios(times)), ("size", own), ("size with all it needs", whole)]
    show(f"Import; funnet is {ours[0] / 1e3:,.0f} kB", peers, rows)


def show_memory() -> None:
    """Peak memory and leaks."""
    peak, own = in_process(1, memory.peak_ratios)
    print(f"\nPeak memory of a step of mlp512, funnet / NumPy by hand: {peak:.2f}", end="")
    print(f" ({own:.2f} without what is held between steps)")
    print(f"10,000 steps of moons leave {in_process(1, memory.leaked)} bytes behind")


if __name__ == "__main__":
    main()
