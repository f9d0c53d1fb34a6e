# tandem_embed(TARGET FOLDER)
# A library that holds every file of FOLDER, reachable through door/console_files.h. A folder that
# does not exist gives a hub without a console.
function(tandem_embed target folder)
  set(source ${PROJECT_BINARY_DIR}/${target}.cc)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*)
  add_custom_command(OUTPUT ${source}
    COMMAND Python3::Interpreter ${PROJECT_SOURCE_DIR}/tools/embed.py ${folder} ${source}
    DEPENDS ${files} ${PROJECT_SOURCE_DIR}/tools/embed.py VERBATIM)
  add_library(${target} STATIC ${source})
  target_link_libraries(${target} PUBLIC tandem_door)
endfunction()
find_package(Python3 COMPONENTS Interpreter REQUIRED)
