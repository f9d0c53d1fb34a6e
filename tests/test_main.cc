// doctest's main(), compiled once for every test program.
#include <doctest/doctest.h>
