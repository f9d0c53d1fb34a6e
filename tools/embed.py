#!/usr/bin/env python3
"""Writes the files of a folder as C++: the definition of door/console_files.h.

    tools/embed.py FOLDER OUT.cc

A folder that does not exist gives an empty list: a hub without a console. The output depends on
nothing but the files' names and contents, so that the same console gives the same program.
Standard library only.
"""

import gzip
import hashlib
import pathlib
import sys

# What browsers must be told (RFC 9110 section 8.3); the hub also sends nosniff, so a type that is
# missing here is a download. mimetypes would answer by what the building machine has installed.
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
BYTES_MAX = 2_000_000  # Of all files together: the compiler reads each byte as a token.
PER_LINE = 16
HASHED = "/assets/"  # Vite puts the files here whose name holds a hash of what is in them.


def read_files(folder):
    """[(path, bytes)] of every file that is not hidden, in the order of their paths."""
    if not folder.is_dir():
        return []
    found = []
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in relative.parts):
            found.append(("/" + relative.as_posix(), path.read_bytes()))
    return sorted(found)


def quoted(text):
    """A C++ string literal; a byte outside printable ASCII becomes three octal digits."""
    out = ""
    for byte in text.encode():
        plain = 32 <= byte < 127 and chr(byte) not in '"\\?'
        out += chr(byte) if plain else f"\\{byte:03o}"
    return f'"{out}"'


def character(byte):
    plain = 32 <= byte < 127 and chr(byte) not in "'\\"
    return f"'{chr(byte)}'" if plain else f"'\\x{byte:02x}'"


def array(name, content):
    """The bytes as an array of characters. A string literal would be shorter, but the standard
    only promises 65,536 characters of one."""
    if not content:
        return f"constexpr std::string_view {name}{{}};\n"
    lines = []
    for start in range(0, len(content), PER_LINE):
        lines.append("    " + ",".join(map(character, content[start : start + PER_LINE])))
    body = ",\n".join(lines)
    return (
        f"constexpr char {name}Bytes[] = {{\n{body}}};\n"
        f"constexpr std::string_view {name}{{{name}Bytes, sizeof({name}Bytes)}};\n"
    )


def squeezed(content):
    """The bytes in gzip, without a date; nothing where that saves less than a tenth."""
    small = gzip.compress(content, compresslevel=9, mtime=0)
    return small if len(small) < 0.9 * len(content) else b""


def entry(index, path, content):
    media_type = MEDIA_TYPES.get(pathlib.PurePosixPath(path).suffix, "application/octet-stream")
    tag = '"' + hashlib.sha256(content).hexdigest()[:32] + '"'
    immutable = "true" if path.startswith(HASHED) else "false"
    return (
        f"    ConsoleFile{{.path = {quoted(path)},\n"
        f"                .media_type = {quoted(media_type)},\n"
        f"                .bytes = kFile{index},\n"
        f"                .gzip = {f'kFile{index}Gzip' if squeezed(content) else '{}'},\n"
        f"                .etag = {quoted(tag)},\n"
        f"                .immutable = {immutable}}},\n"
    )


def source(files):
    """The whole C++ file."""
    out = "// Made by tools/embed.py.\n"
    out += '#include "door/console_files.h"\n\n'
    out += "namespace tandem::door {\n"
    if not files:
        return out + "\nstd::span<const ConsoleFile> console_files() { return {}; }\n\n}\n"
    out += "namespace {\n\n"
    for index, (_, content) in enumerate(files):
        out += array(f"kFile{index}", content) + "\n"
        if squeezed(content):
            out += array(f"kFile{index}Gzip", squeezed(content)) + "\n"
    out += "constexpr ConsoleFile kFiles[] = {\n"
    for index, (path, content) in enumerate(files):
        out += entry(index, path, content)
    out += "};\n\n}  // namespace\n\n"
    out += "std::span<const ConsoleFile> console_files() { return kFiles; }\n\n}\n"
    return out


def main():
    if len(sys.argv) != 3:
        raise SystemExit("usage: tools/embed.py FOLDER OUT.cc")
    files = read_files(pathlib.Path(sys.argv[1]))
    total = sum(len(content) for _, content in files)
    if total > BYTES_MAX:
        raise SystemExit(f"{sys.argv[1]}: {total} bytes; a console has {BYTES_MAX} at most")
    pathlib.Path(sys.argv[2]).write_text(source(files))


if __name__ == "__main__":
    main()
