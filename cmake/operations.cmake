# The tables of the Cognito API's operations, generated from model/cognito.json and from the names of the files in
# src/operations/: a new operation is one new file there, and no list to edit.
#
#   sallyport_operations(SOURCES INPUT): SOURCES becomes what the operations layer is built from besides the files of src/operations/, and INPUT
#   those of them that are in the library operations_input.
#
# Target operations_doc writes docs/operations.md.

find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

function(sallyport_operations result input)
  file(GLOB files CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}/src/operations ${CMAKE_SOURCE_DIR}/src/operations/*/*.cc)
  list(TRANSFORM files REPLACE "\\.cc$" "" OUTPUT_VARIABLE names)

  set(model ${CMAKE_SOURCE_DIR}/model/generate.py ${CMAKE_SOURCE_DIR}/model/cognito.json
    ${CMAKE_SOURCE_DIR}/model/categories.json ${CMAKE_SOURCE_DIR}/model/parameters.json)
  set(generated ${CMAKE_BINARY_DIR}/generated/operations)
  file(MAKE_DIRECTORY ${generated}/operations_model)
  # The list of names is a file, so that a change of it, too, makes the tables anew.
  file(CONFIGURE OUTPUT ${generated}/names.txt CONTENT "${names}")
  foreach(pair "tables;tables.cc" "built;built.cc" "declarations;operations_model/declarations.h" "inputs;operations_model/inputs.h"
      "docs;operations.md")
    list(GET pair 0 command)
    list(GET pair 1 output)
    add_custom_command(
      OUTPUT ${generated}/${output}
      COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/model/generate.py ${command} ${names} > ${generated}/${output}.new
      COMMAND ${CMAKE_COMMAND} -E rename ${generated}/${output}.new ${generated}/${output}
      DEPENDS ${model} ${generated}/names.txt VERBATIM)
  endforeach()
  add_custom_target(operations_doc
    COMMAND ${CMAKE_COMMAND} -E copy ${generated}/operations.md ${CMAKE_SOURCE_DIR}/docs/operations.md
    DEPENDS ${generated}/operations.md)

  # The model and what reads an input by it are a library of their own, of which fuzzers need nothing else.
  set(input_files dispatch/model.cc dispatch/read_input.cc dispatch/validate.cc)
  set(${input} ${input_files} PARENT_SCOPE)
  list(TRANSFORM input_files PREPEND ${CMAKE_SOURCE_DIR}/src/operations/)
  add_library(sallyport_operations_input STATIC ${input_files} ${generated}/tables.cc)
  target_include_directories(sallyport_operations_input PUBLIC ${CMAKE_BINARY_DIR}/include/operations)
  target_link_libraries(sallyport_operations_input PUBLIC sallyport_base sallyport_domain Boost::json PRIVATE PkgConfig::RE2)
  sallyport_unity(sallyport_operations_input)
  set(${result} ${generated}/built.cc ${generated}/operations_model/declarations.h
    ${generated}/operations_model/inputs.h ${generated}/operations.md PARENT_SCOPE)
endfunction()

# sallyport_hook_answers(SOURCES): a class for the answer of each of a pool's functions, hook_model/answers.h, of model/hooks.json.
function(sallyport_hook_answers result)
  set(generated ${CMAKE_BINARY_DIR}/generated/domain/hook_model)
  file(MAKE_DIRECTORY ${generated})
  add_custom_command(
    OUTPUT ${generated}/answers.h
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/model/generate.py hook_answers > ${generated}/answers.h.new
    COMMAND ${CMAKE_COMMAND} -E rename ${generated}/answers.h.new ${generated}/answers.h
    DEPENDS ${CMAKE_SOURCE_DIR}/model/generate.py ${CMAKE_SOURCE_DIR}/model/hooks.json VERBATIM)
  set(${result} ${generated}/answers.h PARENT_SCOPE)
endfunction()
