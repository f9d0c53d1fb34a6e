#!/usr/bin/env python3
"""Prints src/codec/test_zone_times.h: what Python's zoneinfo, which is not ours, says of times.

    python3 tools/zone_times.py > src/codec/test_zone_times.h

Zones of the system are asked around their changes up to 2024: what is past does not change when the
system's zones are updated. Times to come are asked of rules that stand here, so they do not either.
Standard library only.
"""

import datetime
import io
import struct
import zoneinfo

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1)
ZONES = {  # Zone: the years of which each change is a row.
    "Europe/Berlin": [1893, 1916, 1945, 1947, 1980, 1996, 2024],
    "America/New_York": [1883, 1918, 1942, 1974, 1987, 2007, 2024],
    "Australia/Lord_Howe": [1895, 1981, 1985, 2001, 2008, 2024],
    "Asia/Kolkata": [1906, 1941, 1942, 1945, 2024],
    "Africa/Casablanca": [1913, 1939, 1978, 1984, 2008, 2012, 2018, 2019, 2023, 2024],
    "Pacific/Apia": [1892, 1911, 1950, 2010, 2011, 2012, 2020, 2021],
    "UTC": [1970, 2024],
}
# No days counted from 0: Python takes them for one day earlier than POSIX and glibc do.
RULES = [
    "CET-1CEST,M3.5.0,M10.5.0/3",
    "EST5EDT,M3.2.0,M11.1.0",
    "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
    "IST-1GMT0,M10.5.0,M3.5.0/1",
    "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
    "IST-2IDT,M3.4.4/26,M10.5.0",
    "CLT4CLST,J60/0,J301/24:30:15",
    "<+0545>-5:45",
]
RULE_YEARS = [2000, 2038, 2100, 2399, 2400]
HOUR = 3600


def of_rule(rule):
    """A zone with nothing but a rule, as TZif of version 3."""
    counts = struct.pack(">6l", 0, 0, 0, 0, 1, 4)
    block = b"TZif3" + bytes(15) + counts
    data = struct.pack(">lbb", 0, 0, 0) + b"LMT\0"
    return zoneinfo.ZoneInfo.from_file(
        io.BytesIO(block + data + block + data + b"\n" + rule.encode() + b"\n")
    )


def offset(zone, time):
    then = (EPOCH + datetime.timedelta(seconds=time)).replace(tzinfo=UTC).astimezone(zone)
    return int(then.utcoffset().total_seconds())


def utc(zone, wall):
    """The moment of a local time in seconds, by fold=0."""
    local = (EPOCH + datetime.timedelta(seconds=wall)).replace(tzinfo=zone)
    return wall - int(local.utcoffset().total_seconds())


def changes(zone, year):
    """The first seconds of the year's spans of one offset."""
    at = int((datetime.datetime(year, 1, 1) - EPOCH).total_seconds())
    end = int((datetime.datetime(year + 1, 1, 1) - EPOCH).total_seconds())
    while at < end:
        low, high = at, at + 6 * HOUR
        if offset(zone, low) != offset(zone, high):
            while high - low > 1:
                middle = (low + high) // 2
                if offset(zone, middle) == offset(zone, low):
                    low = middle
                else:
                    high = middle
            yield high
        at += 6 * HOUR


def rows(name, zone, years):
    times, walls = set(), set()
    for year in years:
        start = int((datetime.datetime(year, 7, 1) - EPOCH).total_seconds())
        times.add(start)
        walls.add(start)
        for at in changes(zone, year):
            times.update((at - 1, at))
            first, second = sorted((at + offset(zone, at - 1), at + offset(zone, at)))
            walls.update((first - 1, first, (first + second) // 2, second - 1, second))
    print(f'    {{"{name}",')
    print("     {" + ", ".join(f"{{{t}, {offset(zone, t)}}}" for t in sorted(times)) + "},")
    print("     {" + ", ".join(f"{{{w}, {utc(zone, w)}}}" for w in sorted(walls)) + "}},")


def main():
    print(
        """#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::codec {

/// What Python's zoneinfo says of a zone. Made by tools/zone_times.py.
struct ZoneTimes {
    std::string_view zone;
    /// Seconds since 1970 UTC, and local time minus UTC then.
    std::vector<std::pair<std::int64_t, std::int64_t>> offsets;
    /// What the clock on the wall shows, as if it were UTC, and the seconds since 1970 UTC then.
    std::vector<std::pair<std::int64_t, std::int64_t>> walls;
};
"""
    )
    print("/// Zones of the system, up to 2024.")
    print("inline const std::vector<ZoneTimes> kZoneTimes{")
    for name, years in ZONES.items():
        rows(name, zoneinfo.ZoneInfo(name), years)
    print("};\n")
    print("/// Rules for all times, as in the footer of a zone.")
    print("inline const std::vector<ZoneTimes> kRuleTimes{")
    for rule in RULES:
        rows(rule, of_rule(rule), RULE_YEARS)
    print("};\n\n}  // namespace tandem::codec")


if __name__ == "__main__":
    main()
