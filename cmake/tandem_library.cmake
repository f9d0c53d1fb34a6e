# tandem_library(NAME [LINK targets...] [PRECOMPILED name])
# A folder of src/ as a library: every .cc in it and below that is not a test. Its *_test.cc become
# one test program. It links what src/layers.txt lets it include, and nothing else; tools/tidy.py
# checks the #include lines themselves. TANDEM_LAYERS are the folders in the order of that file.
file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/../src/layers.txt TANDEM_LAYER_LINES REGEX "^[a-z]+:")
foreach(line IN LISTS TANDEM_LAYER_LINES)
  string(REGEX MATCH "^([a-z]+):[ ]*(.*)$" _ "${line}")
  set(layer ${CMAKE_MATCH_1})
  string(REPLACE " " ";" TANDEM_MAY_USE_${layer} "${CMAKE_MATCH_2}")
  list(APPEND TANDEM_LAYERS ${layer})
endforeach()

# tandem_lint_as_test(TARGET [,-further,-checks]): what is not shipped. Test cases may be long, and
# REQUIRE guards what the linter cannot see.
function(tandem_lint_as_test target)
  if(CMAKE_CXX_CLANG_TIDY)
    set_target_properties(${target} PROPERTIES CXX_CLANG_TIDY
      "${CMAKE_CXX_CLANG_TIDY};--checks=-readability-function-*,-bugprone-unchecked-optional-access,-google-build-using-namespace,-performance-*,-misc-const-correctness,-concurrency-mt-unsafe${ARGN}")
  endif()
endfunction()

# What tests are made of: not optimised as a whole. Takes further checks as above.
function(tandem_for_tests target)
  set_target_properties(${target} PROPERTIES INTERPROCEDURAL_OPTIMIZATION OFF)
  tandem_lint_as_test(${target} ${ARGN})
endfunction()

# tandem_precompiled(NAME [QUICKLY] [HEADERS headers...]): headers that are compiled once for all
# targets that nearly all read them: those of the standard, and these.
function(tandem_precompiled name)
  cmake_parse_arguments(ARG "QUICKLY" "" "HEADERS" ${ARGN})
  set(target tandem_precompiled_${name})
  add_library(${target} STATIC ${PROJECT_BINARY_DIR}/precompiled.cc)
  set_target_properties(${target} PROPERTIES TANDEM_QUICKLY_BUILT ${ARG_QUICKLY})
  target_link_libraries(${target} PRIVATE tandem_warnings fmt::fmt)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  target_precompile_headers(${target} PRIVATE
    <algorithm> <array> <atomic> <bitset> <chrono> <condition_variable> <coroutine> <cstdint>
    <deque> <expected> <filesystem> <functional> <list> <map> <memory> <mutex> <optional> <set>
    <span> <string> <string_view> <thread> <tuple> <unordered_map> <unordered_set> <utility>
    <variant> <vector> <fmt/format.h> ${ARG_HEADERS})
endfunction()

# tandem_precompile(TARGET NAME): with the headers of that name.
function(tandem_precompile target name)
  if(TANDEM_PRECOMPILE)
    target_precompile_headers(${target} REUSE_FROM tandem_precompiled_${name})
  endif()
endfunction()

# tandem_quickly_built(TARGET NAME): what tests say is compiled far longer than it runs: not
# optimised at all. (What they test is.) NAME: of precompiled headers, as above.
function(tandem_quickly_built target name)
  set_target_properties(${target} PROPERTIES TANDEM_QUICKLY_BUILT ON)
  tandem_precompile(${target} ${name}_quickly)
endfunction()

# tandem_seconds(VARIABLE SECONDS): how long a test may take. Sanitizers make it many times slower.
function(tandem_seconds variable seconds)
  if(TANDEM_SANITIZE)
    math(EXPR seconds "5 * ${seconds}")
  endif()
  set(${variable} ${seconds} PARENT_SCOPE)
endfunction()

function(tandem_library name)
  cmake_parse_arguments(ARG "" "PRECOMPILED" "LINK" ${ARGN})
  if(NOT ARG_PRECOMPILED)
    set(ARG_PRECOMPILED std)
  endif()
  set(folder ${PROJECT_SOURCE_DIR}/src/${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${folder}/*.cc)
  set(tests ${sources})
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER sources EXCLUDE REGEX "(_test|_fuzz|_bench|/main)\\.cc$")

  if(sources)
    add_library(tandem_${name} STATIC ${sources})
    tandem_precompile(tandem_${name} ${ARG_PRECOMPILED})
    set(scope PUBLIC)
  else()
    add_library(tandem_${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${folder}/*.h)
  # What tests share is not compiled by itself: it may use what is in tests/.
  list(FILTER headers EXCLUDE REGEX "/test_[^/]*\\.h$")
  target_sources(tandem_${name} ${scope} FILE_SET HEADERS
                 BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${headers})
  target_link_libraries(tandem_${name} ${scope} ${ARG_LINK} tandem_warnings)
  foreach(used IN LISTS TANDEM_MAY_USE_${name})
    if(TARGET tandem_${used})
      target_link_libraries(tandem_${name} ${scope} tandem_${used})
    endif()
  endforeach()

  if(BUILD_TESTING AND tests)
    add_executable(${name}_test ${tests})
    tandem_quickly_built(${name}_test ${ARG_PRECOMPILED})
    target_link_libraries(${name}_test PRIVATE tandem_${name} tandem_test_support)
    tandem_for_tests(${name}_test)
    add_test(NAME ${name} COMMAND ${name}_test)
    tandem_seconds(timeout 300)
    set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT ${timeout})
  endif()
endfunction()
