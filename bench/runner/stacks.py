# SPDX-License-Identifier: Apache-2.0
"""From the text of `perf script` to folded stacks: {frames from the outermost in: weight}. Pure.

Names are made readable (no template arguments, no parameters), and what only hands on is left out or
becomes one frame: the way from clone() or main() on, std::function, the inside of Asio.
"""
import functools
import re
from typing import NamedTuple


class Frame(NamedTuple):
    name: str
    module: str  # a folder of ours, a library, or the kernel


FOLDERS = {
    **{name: f"kube/{name}" for name in ("apiserver", "auth", "client", "http", "machinery", "net",
                                         "objects", "tls", "x509")},
    "log": "kube/telemetry", "metrics": "kube/telemetry", "telemetry": "kube/telemetry",
    **{name: f"collector/{name}" for name in ("app", "config", "discovery", "handlers", "parse",
                                              "scraper", "store", "trust")}}
NAMESPACES = {"boost::asio": "Asio", "boost::beast": "Beast", "std": "libstdc++", "nlohmann": "JSON",
              "prometheus": "prometheus-cpp", "__gnu_cxx": "libstdc++"}
LIBRARIES = {"libcrypto": "OpenSSL", "libssl": "OpenSSL"}
ALLOCATOR = re.compile(r"(c?free|malloc\w*|calloc|realloc|_int_(malloc|free|realloc)|unlink_chunk|sysmalloc|"
                       r"tcache_\w+|checked_request2size|operator (new|delete)(\[\])?)$")
OUTERMOST = ("_start", "__libc_start_main", "__libc_start_call_main", "main", "clone3", "start_thread",
             "[libstdc++]")
HANDS_ON = ("std::_Function_handler", "std::__invoke", "std::invoke", "std::_Mem_fn", "std::thread::_State")

HEADER = re.compile(r"^(\S.*?)\s+(\d+)\s*$")  # comm, period
FRAME = re.compile(r"\s+[0-9a-f]+ (.*) \((\S*(?: \(deleted\))?)\)$")  # address, symbol, file
OPERATOR = re.compile(r"operator(\(\)|<=>|<<=?|>>=?|->\*?|[<>]=?)")
COMPILER = re.compile(r"\[abi:\w+\]|\(anonymous namespace\)::|@+GLIBC\w*(\.\d+)*|"
                      r"(\.(isra|constprop|part|cold|actor|destroy)(\.\d+)?)+$| \[clone [^]]*\]|\(\.\w+\)$")


def short_name(symbol):
    """`int mpl::a::Do<int>(long) const` → `a::Do`"""
    text, out, depth, at = COMPILER.sub("", symbol), "", 0, 0
    while at < len(text):
        found = OPERATOR.match(text, at)
        if found and not re.match(r"\w", text[at - 1:at]):
            out += "" if depth else found.group()
            at = found.end()
            continue
        if text[at] in "<(":
            depth += 1
        elif text[at] in ">)":
            depth -= 1
        elif not depth:
            out += text[at]
        at += 1
    out = out.replace(" const", "").strip()
    kept = re.search(r"operator (new|delete)(\[\])?$", out)
    head = out[:kept.start()] if kept else out
    return head.rsplit(" ", 1)[-1].removeprefix("mpl::") + (kept.group() if kept else "")


def library(path):
    file = path.rsplit("/", 1)[-1]
    stem = file.split(".so")[0].split("-2.")[0]
    return LIBRARIES.get(stem, stem)


@functools.lru_cache(maxsize=None)
def frame(symbol, path):
    if path.startswith("["):
        return Frame(short_name(symbol), "kernel" if "vdso" not in path else "vdso")
    if symbol == "[unknown]":
        return Frame(f"[{library(path)}]", library(path))
    ours, name = COMPILER.sub("", symbol).lstrip().startswith("mpl::"), short_name(symbol)
    if ALLOCATOR.match(name) or name.endswith(("::operator new", "::operator delete")):
        return Frame(name, "allocation")
    if ours:
        return Frame(name, FOLDERS.get(name.split("::")[0], "kube/base"))
    for prefix, module in NAMESPACES.items():
        if name.startswith(prefix + "::"):
            return Frame("Asio" if module == "Asio" else name, module)
    return Frame(name.removeprefix("__GI_"), library(path))


def tidy(frames):
    """Outermost first. Without the way from clone() or main() on and what hands on; equal neighbours are one."""
    out = []
    for one in frames:
        if not out and one.name in OUTERMOST or one.name.startswith(HANDS_ON) or out and one == out[-1]:
            continue
        out.append(one)
    return out


def fold(text):
    folded = {}
    for sample in text.split("\n\n"):
        lines = [line for line in sample.splitlines() if line.strip() and not line.startswith("#")]
        header = HEADER.match(lines[0]) if lines else None
        if not header:
            continue
        found = [FRAME.match(line) for line in lines[1:]]
        frames = [frame(*one.groups()) for one in reversed(found) if one]
        stack = (Frame(f"thread {header.group(1)}", "thread"), *tidy(frames))
        folded[stack] = folded.get(stack, 0) + int(header.group(2))
    return folded


def self_shares(folded):
    """[(module, share of the time in which its own code ran)], the biggest first."""
    total, by_module = sum(folded.values()), {}
    for stack, weight in folded.items():
        by_module[stack[-1].module] = by_module.get(stack[-1].module, 0) + weight
    return sorted(((module, weight / total) for module, weight in by_module.items()),
                  key=lambda pair: (-pair[1], pair[0]))
