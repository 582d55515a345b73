"""Folder-level include graph of a C++ tree: prints arrows, two-way pairs and cycles; fails on a cycle.

usage: include_arrows.py ROOT [--depth GROUP,GROUP] [--quiet]
GROUPs are folders whose children are the modules, as in `include_arrows.py cpp --depth dataflow,control`.
Includes are read relative to ROOT. With --quiet only what is wrong is printed.
"""

import argparse
import collections
import re
import sys
from collections.abc import Mapping
from pathlib import Path

SOURCES = {".h", ".hh", ".hpp", ".cc", ".cpp"}
TESTS = re.compile(r"/tests?/|_test\.|/bench(mark)?s?/")
INCLUDE = re.compile(r'\s*#\s*include\s*"([^"]+)"')


def module_of(path: Path, groups: set[str]) -> str | None:
    """The module that a file (relative to the root) belongs to; None for files right in the root."""
    folders = path.parts[:-1]
    return "/".join(folders[: 2 if folders[0] in groups else 1]) if folders else None


def include_edges(root: Path, groups: set[str]) -> collections.Counter[tuple[str, str]]:
    edges: collections.Counter[tuple[str, str]] = collections.Counter()
    for file in sorted(root.rglob("*")):
        if file.suffix not in SOURCES or TESTS.search(file.as_posix()):
            continue
        source = module_of(file.relative_to(root), groups)
        for line in file.read_text(errors="replace").splitlines():
            include = INCLUDE.match(line)
            if source and include and (root / include[1]).exists():
                target = module_of(Path(include[1]), groups)
                if target and target != source:
                    edges[source, target] += 1
    return edges


def find_cycles(graph: Mapping[str, set[str]]) -> list[list[str]]:
    done: set[str] = set()
    cycles: list[list[str]] = []

    def visit(node: str, path: list[str]) -> None:
        for target in sorted(graph.get(node, ())):
            if target in path:
                cycles.append([*path[path.index(target) :], target])
            elif target not in done:
                visit(target, [*path, target])
        done.add(node)

    for node in sorted(graph):
        if node not in done:
            visit(node, [node])
    return cycles


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("root", type=Path)
    parser.add_argument("--depth", default="", metavar="GROUP,GROUP")
    parser.add_argument("--quiet", action="store_true")
    args = parser.parse_args()
    edges = include_edges(args.root, set(filter(None, args.depth.split(","))))
    graph: dict[str, set[str]] = {}
    for source, target in edges:
        graph.setdefault(source, set()).add(target)
    two_way = sorted(edge for edge in edges if edge[0] < edge[1] and (edge[1], edge[0]) in edges)
    cycles = find_cycles(graph)
    if not args.quiet:
        for source in sorted(graph):
            print(f"{source}: " + ", ".join(f"{t}({edges[source, t]})" for t in sorted(graph[source])))
    if cycles or not args.quiet:
        print("two-way pairs:", two_way or "none")
        print("cycles:", [" -> ".join(cycle) for cycle in cycles] or "none")
    return bool(cycles)


if __name__ == "__main__":
    sys.exit(main())
