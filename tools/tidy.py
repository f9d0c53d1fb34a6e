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
LEFTOVER = re.compile(r"\b(FIXME|XXX|HACK)\b|std::cout|std::cerr|\bprintf\(")
TESTS_ALSO = {"memory", "conformance"}
# What src/ does not use, the folders that may, and what to use instead.
BANNED = {
    r"_clock::now\(": ({"base"}, "take the time as a parameter; the clock is base/clock.h"),
    r"\b(rand|srand|random_device)\b": ({"base"}, "take randomness from base/random.h"),
    r"std::(mutex|condition_variable)\b": ({"base"}, "a loop, or base/mutex.h"),
    r"std::j?thread\b": ({"node"}, "a loop; node/ starts them"),
    r"std::regex": (set(), "a hand-written reader; std::regex recurses on its input"),
    r"\bsleep(_for|_until)?\(": (set(), "a timer of the loop; in a test, pass the time in"),
}
PRINTS = re.compile(r"^src/cli/|^test/|_(test|bench)\.cc$")  # These may print.


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


def check_source(path, text, may):
    """Yields (line number, what) for one .h or .cc file."""
    lines = text.splitlines()
    if len(lines) > FILE_MAX and path.as_posix() not in FILE_LONGER:
        yield len(lines), f"file longer than {FILE_MAX} lines"
    if path.suffix == ".h" and "#pragma once" not in lines[:2]:
        yield 1, "header does not start with #pragma once"
    folder = path.parts[1] if path.parts[0] == "src" else None
    for number, line in enumerate(lines, 1):
        if len(line) > LINE_MAX:
            yield number, f"line longer than {LINE_MAX} columns"
        if line != line.rstrip():
            yield number, "space at the end of the line"
        if LEFTOVER.search(line) and not PRINTS.search(path.as_posix()):
            yield number, "leftover or print: " + LEFTOVER.search(line).group(0)
        for pattern, (allowed_in, instead) in BANNED.items():
            if folder and folder not in allowed_in and re.search(pattern, line):
                yield number, f"{re.search(pattern, line).group(0)} is not used here: {instead}"
        include = re.match(r'\s*#include "([a-z]+)/', line)
        if folder and include and include.group(1) != folder:
            also = TESTS_ALSO if path.stem.endswith("_test") else set()
            allowed = may.get(folder, set()) | also
            if include.group(1) not in allowed:
                yield number, f"{folder}/ may not include {include.group(1)}/ (src/layers.txt)"


def check_document(text):
    titles = [line for line in text.splitlines() if line.startswith("# ")]
