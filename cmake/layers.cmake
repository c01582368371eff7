# A layer is a folder of src/, with those in it, that builds to one static library and is included as "layer/file.h".
#
#   sallyport_layer(NAME [UNITY [BATCH n]] [HEADERS json|network] [FOLDER folder] USES layer... [HIDES layer...] [LIBS target...]
#                   [SOURCES file...] [WITHOUT file...])
#
# FOLDER: where below src/ its files are; without it in NAME. It may lie in another layer's folder, which then leaves it out (WITHOUT).
# USES: layers that this one's public headers may name; they are visible to its users too.
# HIDES: layers that only its .cc files may name.
# UNITY: its files are compiled several at a time, see sallyport_unity.
# SOURCES: generated files, besides all .cc files of the folder. WITHOUT: those of the folder that another target is built of, a file or a folder.
# HEADERS: which precompiled headers it is compiled with, see cmake/headers.
# Each layer has an include root of its own, a folder that holds nothing but a link to the layer: an
# include of a layer that is not listed does not compile.

# sallyport_include_root(NAME [FOLDER])
function(sallyport_include_root name)
  set(folder ${name})
  if(ARGN)
    set(folder ${ARGN})
  endif()
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/include/${name})
  file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${folder} ${CMAKE_BINARY_DIR}/include/${name}/${name} SYMBOLIC)
endfunction()

function(sallyport_layer name)
  cmake_parse_arguments(LAYER "UNITY" "BATCH;HEADERS;FOLDER" "USES;HIDES;LIBS;SOURCES;WITHOUT" ${ARGN})
  if(NOT LAYER_FOLDER)
    set(LAYER_FOLDER ${name})
  endif()
  sallyport_include_root(${name} ${LAYER_FOLDER})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${LAYER_FOLDER}/*.cc)
  foreach(without ${LAYER_WITHOUT})
    list(FILTER sources EXCLUDE REGEX "/src/${LAYER_FOLDER}/${without}(/|$)")
  endforeach()
  add_library(sallyport_${name} STATIC ${sources} ${LAYER_SOURCES})
  set_target_properties(sallyport_${name} PROPERTIES SALLYPORT_FOLDER ${LAYER_FOLDER})
  target_include_directories(sallyport_${name} PUBLIC ${CMAKE_BINARY_DIR}/include/${name})
  list(TRANSFORM LAYER_USES PREPEND sallyport_)
  list(TRANSFORM LAYER_HIDES PREPEND sallyport_)
  target_link_libraries(sallyport_${name} PUBLIC ${LAYER_USES} ${LAYER_LIBS} PRIVATE ${LAYER_HIDES})
  if(LAYER_HEADERS)
    target_precompile_headers(sallyport_${name} REUSE_FROM ${LAYER_HEADERS}_headers)
  endif()
  if(LAYER_UNITY)
    sallyport_unity(sallyport_${name} ${LAYER_BATCH})
  endif()
endfunction()

# sallyport_unity(TARGET [BATCH]): compiles its source files BATCH (32) at a time, so that their headers are read once and what several of them
# instantiate is compiled once: 32 Operations take half as long again as 8 of them. Names in the anonymous namespaces of one batch must differ.
# SALLYPORT_UNITY=OFF compiles each file by itself.
function(sallyport_unity target)
  set(batch 32)
  if(ARGN)
    set(batch ${ARGN})
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${SALLYPORT_UNITY} UNITY_BUILD_BATCH_SIZE ${batch})
  if(SALLYPORT_UNITY)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

# sallyport_test(NAME [UNITY] [JSON] USES layer...): tests/NAME/*_test.cc as one GoogleTest program, NAME_test.
# JSON: its layers link Boost.JSON, so it is precompiled with the rest.
function(sallyport_test name)
  cmake_parse_arguments(TEST "UNITY;JSON" "" "USES;LIBS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${name}/*.cc)
  add_executable(${name}_test ${sources})
  # Tests run once and are compiled often.
  target_compile_options(${name}_test PRIVATE -O0)
  if(TEST_JSON)
    target_precompile_headers(${name}_test REUSE_FROM test_json_headers)
  else()
    target_precompile_headers(${name}_test REUSE_FROM test_headers)
  endif()
  list(TRANSFORM TEST_USES PREPEND sallyport_)
  target_link_libraries(${name}_test PRIVATE ${TEST_USES} ${TEST_LIBS} GTest::gmock GTest::gtest_main)
  if(TEST_UNITY)
    sallyport_unity(${name}_test)
  endif()
  add_dependencies(unit_tests ${name}_test)
  gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()
