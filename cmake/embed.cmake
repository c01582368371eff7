# sallyport_embed(LAYER FILE...): puts files of the layer's folder into the program: scripts in other languages, SQL, templates of pages. They are files of
# their own so that editors and `tests/scripts/check` know their language. The generated header "LAYER/embedded.h", which only the layer itself may
# include, has each as a constant: commands/handler_loop.js is embedded::kHandlerLoopJs.
find_package(Python3 3.9 REQUIRED COMPONENTS Interpreter)

function(sallyport_embed layer)
  get_target_property(folder sallyport_${layer} SALLYPORT_FOLDER)
  list(TRANSFORM ARGN PREPEND ${CMAKE_SOURCE_DIR}/src/${folder}/ OUTPUT_VARIABLE files)
  set(root ${CMAKE_BINARY_DIR}/generated/embedded/${layer})
  file(MAKE_DIRECTORY ${root}/${layer})
  add_custom_command(
    OUTPUT ${root}/${layer}/embedded.h
    COMMAND Python3::Interpreter ${CMAKE_SOURCE_DIR}/cmake/embed.py ${layer} ${root}/${layer}/embedded.h ${files}
    DEPENDS ${CMAKE_SOURCE_DIR}/cmake/embed.py ${files} VERBATIM)
  target_sources(sallyport_${layer} PRIVATE ${root}/${layer}/embedded.h)
  target_include_directories(sallyport_${layer} PRIVATE ${root})
endfunction()
