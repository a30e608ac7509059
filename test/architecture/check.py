#!/usr/bin/env python3
"""Checks the house against its plan (rooms.py). Prints every fault; exits 1 when there is one.

usage: check.py ROOT            includes, cycles, purity, file sizes
       check.py ROOT --headers  each header compiles alone (compiler from $CXX, through ccache)
"""
import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import rooms

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)
LIBRARY = re.compile(r"^\s*(pure|edge)_library\(", re.MULTILINE)
SIDES = ("kube", "collector", "operator", "bench")


def sources(root):
    """Every C++ file of the product as (path from root, text)."""
    for side in SIDES:
        for path in sorted((root / side).rglob("*")):
            if path.suffix in (".h", ".cc"):
                yield path.relative_to(root).as_posix(), path.read_text(errors="replace")


def folder_of(path):
    return path.rsplit("/", 1)[0]


def includes(text):
    return [quoted or angled for quoted, angled in INCLUDE.findall(text)]


def include_faults(root):
    for path, text in sources(root):
        folder = folder_of(path)
        if folder not in rooms.MAY_INCLUDE:
            yield f"{path}: folder {folder} has no row in test/architecture/rooms.py"
            continue
        allowed = rooms.MAY_INCLUDE[folder] + [folder]
        for include in includes(text):
            if include.split("/")[0] in SIDES and folder_of(include) not in allowed:
                yield f"{path}: must not include {include} ({folder} may not see {folder_of(include)})"


def edges(root):
    graph = {}
    for path, text in sources(root):
        folder = folder_of(path)
        for include in includes(text):
            if include.split("/")[0] in SIDES and folder_of(include) != folder:
                graph.setdefault(folder, set()).add(folder_of(include))
    return graph


def cycle_faults(root):
    graph, finished, path = edges(root), set(), []

    def visit(folder):
        if folder in path:
            yield "folder cycle: " + " -> ".join(path[path.index(folder):] + [folder])
            return
        if folder in finished:
            return
        path.append(folder)
        for below in sorted(graph.get(folder, ())):
            yield from visit(below)
        path.pop()
        finished.add(folder)

    for folder in sorted(graph):
        yield from visit(folder)


def kind_of(root, folder):
    """'pure' or 'edge', as the folder's CMakeLists.txt declares it; None when it does not."""
    lists = root / folder / "CMakeLists.txt"
    found = LIBRARY.search(lists.read_text()) if lists.exists() else None
    return found.group(1) if found else None


def purity_faults(root):
    for path, text in sources(root):
        kind = kind_of(root, folder_of(path))
        if kind is None and "/" in folder_of(path):
            yield f"{path}: {folder_of(path)}/CMakeLists.txt declares neither pure_ nor edge_library"
        if kind != "pure":
            continue
        for include in includes(text):
            excused = include in rooms.MAY_LOCK.get(path, [])
            if not excused and any(include == bad or (("/" in bad) and include.startswith(bad))
                                   for bad in rooms.IMPURE_INCLUDES):
                yield f"{path}: a pure folder must not include <{include}>"


def size_faults(root):
    for path, text in sources(root):
        lines = text.count("\n")
        if lines > rooms.MAX_LINES:
            yield f"{path}: {lines} lines, the limit is {rooms.MAX_LINES}: find the second job in it"


def compile_alone(root, header, scratch):
    source = scratch / (header.replace("/", "_") + ".cc")
    source.write_text(f'#include "{header}"\n#include "{header}"\n')
    command = [os.environ.get("CXX", "c++"), "-std=c++23", "-O0", "-w", "-I.", "-c", str(source),
               "-o", str(source.with_suffix(".o"))]
    if shutil.which("ccache"):
        command.insert(0, "ccache")
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    return None if done.returncode == 0 else f"{header}: does not compile alone:\n{done.stderr[:600]}"


def header_faults(root):
    headers = [path for path, _ in sources(root) if path.endswith(".h")]
    # The same directory at every run, so that ccache knows the command again.
    scratch = pathlib.Path(tempfile.gettempdir()) / f"mpl-headers-{os.getuid()}"
    scratch.mkdir(exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for fault in pool.map(lambda header: compile_alone(root, header, scratch), headers):
            if fault:
                yield fault


CHECKS = [include_faults, cycle_faults, purity_faults, size_faults]


def main(arguments):
    root = pathlib.Path(arguments[0]).resolve()
    checks = [header_faults] if "--headers" in arguments else CHECKS
    faults = [fault for check in checks for fault in check(root)]
    print("\n".join(faults) if faults else "the house is as planned")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
