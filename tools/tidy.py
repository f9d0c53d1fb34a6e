#!/usr/bin/env python3
"""Checks what a compiler cannot: who includes whom, sizes, leftovers, titles.

Run from anywhere; prints one line per finding, "path:line: what", and exits with 1 if there is one.
Standard library only.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LINE_MAX = 100
FILE_MAX = 600  # Lines. A longer file is listed in FILE_LONGER with the reason.
FILE_LONGER = {}
LEFTOVER = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
PRINT = re.compile(r"std::cout|std::cerr|\b(fmt::print|puts|[fd]?printf)\(")
PRINTS = re.compile(r"^src/cli/|^tests/|^bench/|_(test|bench|fuzz)\.cc$")  # These may print.
TESTS_ALSO = {"memory", "conformance"}
# What src/ does not use, the folders that may, and what to use instead.
BANNED = {
    r"_clock::now\(": ({"base"}, "take the time as a parameter; the clock is base/clock.h"),
    r"\b(rand|srand|random_device)\b": ({"base"}, "take randomness from base/random.h"),
    r"std::(mutex|condition_variable)\b": (
        {"base", "memory", "store", "auth"},
        "a loop, or base/mutex.h",
    ),
    r"std::j?thread\b": ({"base", "node", "store"}, "a loop or a base/worker.h; node/ starts them"),
    r"std::regex": (set(), "a hand-written reader; std::regex recurses on its input"),
    r"\bsleep(_for|_until)?\(": (set(), "a timer of the loop; in a test, pass the time in"),
}
# A test may have another thread call what says that any thread may.
BANNED_BUT_IN_TESTS = r"std::j?thread\b"


def layers(path):
    """{folder: set of folders it may include}; a line may only name earlier lines."""
    may = {}
    for line in path.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        folder, _, names = line.partition(":")
        used = set(names.split())
        unknown = used - may.keys()
        if unknown:
            raise SystemExit(f"{path}: {folder} names {sorted(unknown)}, which no earlier line has")
        may[folder] = used
    return may


def check_line(path, line):
    """Yields what is wrong with one line, whoever includes whom aside."""
    name = path.as_posix()
    folder = path.parts[1] if path.parts[0] == "src" else None
    if len(line) > LINE_MAX:
        yield f"line longer than {LINE_MAX} columns"
    if line != line.rstrip():
        yield "space at the end of the line"
    if found := LEFTOVER.search(line):
        yield "leftover: " + found.group(0)
    if (found := PRINT.search(line)) and not PRINTS.search(name):
        yield f"{found.group(0)} is not used here: log, or give it back to who prints"
    for pattern, (allowed_in, instead) in BANNED.items():
        found = re.search(pattern, line)
        excused = pattern == BANNED_BUT_IN_TESTS and path.stem.endswith("_test")
        if found and folder and folder not in allowed_in and not excused:
            yield f"{found.group(0)} is not used here: {instead}"


def check_include(path, line, may):
    """Yields what is wrong with an #include; a sub-folder counts as its folder."""
    include = re.match(r'\s*#include "([a-z]+)/', line)
    if path.parts[0] != "src" or not include:
        return
    folder, used = path.parts[1], include.group(1)
    is_test = path.stem.endswith("_test") or path.stem.startswith("test_")
    also = TESTS_ALSO if is_test else set()
    if used != folder and used not in may.get(folder, set()) | also:
        yield f"{folder}/ may not include {used}/ (src/layers.txt)"


def check_source(path, text, may):
    """Yields (line number, what) for one .h or .cc file."""
    lines = text.splitlines()
    if len(lines) > FILE_MAX and path.as_posix() not in FILE_LONGER:
        yield len(lines), f"file longer than {FILE_MAX} lines"
    if path.suffix == ".h" and "#pragma once" not in lines[:2]:
        yield 1, "header does not start with #pragma once"
    if path.parts[0] == "src" and path.parts[1] not in may:
        yield 1, f"{path.parts[1]}/ has no line in src/layers.txt"
    for number, line in enumerate(lines, 1):
        for what in check_line(path, line):
            yield number, what
        for what in check_include(path, line, may):
            yield number, what


def check_document(text):
    """Yields (line number, what) for one Markdown file. A '#' in a sample is not a title."""
    titles = 0
    in_sample = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            in_sample = not in_sample
        elif line.startswith("# ") and not in_sample:
            titles += 1
    if titles != 1:
        yield 1, "a document has exactly one '# Title'"


def files():
    """What is checked: the sources and documents of these folders, and the root's documents."""
    yield from sorted(ROOT.glob("*.md"))
    for folder in ("src", "tests", "bench", "docs"):
        for path in sorted((ROOT / folder).rglob("*")):
            if "node_modules" not in path.parts and path.is_file():
                yield path


def main():
    may = layers(ROOT / "src" / "layers.txt")
    found = 0
    for path in files():
        relative = path.relative_to(ROOT)
        if path.suffix in (".h", ".cc"):
            findings = check_source(relative, path.read_text(), may)
        elif path.suffix == ".md":
            findings = check_document(path.read_text())
        else:
            continue
        for number, what in findings:
            print(f"{relative}:{number}: {what}")
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
