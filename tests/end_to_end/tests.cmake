# The tests that use the hub from outside, as its users do: Node.js scripts that start the built
# program. What they need is installed by `npm ci` in tests/; without it they are skipped.
find_program(TANDEM_NODE NAMES node nodejs)

function(tandem_end_to_end name)
  cmake_parse_arguments(ARG "ALONE" "TIMEOUT;ENVIRONMENT" "" ${ARGN})
  if(TANDEM_NODE AND EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/node_modules/ws)
    set(command ${TANDEM_NODE} ${CMAKE_CURRENT_SOURCE_DIR}/end_to_end/${name}_test.mjs)
  else()
    # 77: see SKIP_RETURN_CODE.
    set(command sh -c "echo 'skipped: no Node.js, or no `npm ci` in tests/ yet'; exit 77")
  endif()
  add_test(NAME e2e_${name} COMMAND ${command})
  set_tests_properties(e2e_${name} PROPERTIES LABELS e2e TIMEOUT ${ARG_TIMEOUT}
    SKIP_RETURN_CODE 77
    ENVIRONMENT "TANDEM=$<TARGET_FILE:tandem>;TANDEM_PATIENCE=$<IF:$<CONFIG:Debug>,6,1>;${ARG_ENVIRONMENT}")
  if(ARG_ALONE)
    set_tests_properties(e2e_${name} PROPERTIES RUN_SERIAL TRUE)
  endif()
endfunction()

tandem_end_to_end(recordings TIMEOUT 300 ALONE)
tandem_end_to_end(formats TIMEOUT 600 ALONE)
tandem_end_to_end(files TIMEOUT 120)
tandem_end_to_end(export TIMEOUT 600 ALONE)
tandem_end_to_end(history TIMEOUT 120)
tandem_end_to_end(status TIMEOUT 120)
tandem_end_to_end(conformance TIMEOUT 300)
tandem_end_to_end(bombs TIMEOUT 900 ALONE)
tandem_end_to_end(tls TIMEOUT 120)
tandem_end_to_end(clients TIMEOUT 120)
tandem_end_to_end(console TIMEOUT 180 ALONE)
tandem_end_to_end(commands TIMEOUT 120)
tandem_end_to_end(ledger TIMEOUT 180)
tandem_end_to_end(shell_device TIMEOUT 120)
tandem_end_to_end(bad_input TIMEOUT 180)
tandem_end_to_end(framing TIMEOUT 300)
tandem_end_to_end(handshake TIMEOUT 180)
tandem_end_to_end(websocket TIMEOUT 600 ALONE
  ENVIRONMENT "ECHO_SERVER=$<TARGET_FILE:bench_echo_server>")
tandem_end_to_end(kill TIMEOUT 300 ALONE)
tandem_end_to_end(backup TIMEOUT 180)
tandem_end_to_end(past TIMEOUT 120)
tandem_end_to_end(hop TIMEOUT 240)
tandem_end_to_end(event_source TIMEOUT 180)
tandem_end_to_end(check TIMEOUT 180)
tandem_end_to_end(transfer TIMEOUT 600 ALONE)
tandem_end_to_end(life TIMEOUT 120)
tandem_end_to_end(drain TIMEOUT 180)
tandem_end_to_end(command_line TIMEOUT 120)
tandem_end_to_end(documents TIMEOUT 240)
tandem_end_to_end(reference TIMEOUT 180 ALONE)
tandem_end_to_end(things TIMEOUT 120)
tandem_end_to_end(strangers TIMEOUT 120)
tandem_end_to_end(deleted TIMEOUT 120)

# Faults of the disk and the clock, those that take seconds; all of them: tests/fault/run.mjs --long.
if(TANDEM_NODE AND EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/node_modules/ws)
  add_test(NAME faults COMMAND ${TANDEM_NODE} ${CMAKE_CURRENT_SOURCE_DIR}/fault/run.mjs
           kill full flips clock)
  set_tests_properties(faults PROPERTIES LABELS e2e TIMEOUT 240 SKIP_RETURN_CODE 77 RUN_SERIAL TRUE
    ENVIRONMENT "TANDEM=$<TARGET_FILE:tandem>")
endif()
