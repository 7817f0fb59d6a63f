# The functions that stages are declared with.

# One precompiled header for all stages. <isl/cpp.h> alone costs a second for each file that includes it.
if(LOOPY_PCH)
  add_library(loopy_pch OBJECT "${PROJECT_SOURCE_DIR}/cmake/pch.cpp")
  target_link_libraries(loopy_pch PRIVATE loopy_dep::isl loopy_dep::llvm)
  target_precompile_headers(loopy_pch PRIVATE "${PROJECT_SOURCE_DIR}/cmake/pch.h")
endif()

function(loopy_use_pch target)
  if(LOOPY_PCH)
    target_precompile_headers(${target} REUSE_FROM loopy_pch)
  endif()
endfunction()

# loopy_stage(NAME [SOURCES file...] [DEPENDS target...] [PRIVATE_DEPENDS target...])
#
# The static library loopy_NAME, known as loopy::NAME, of the sources of this directory. Its public headers are those in
# include/loopy/NAME. DEPENDS are libraries that these headers use, PRIVATE_DEPENDS those that only the sources use.
# A stage without sources is an interface library.
function(loopy_stage name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;PRIVATE_DEPENDS")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "loopy_stage(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  set(target loopy_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    set(scope PUBLIC)
    target_link_libraries(${target} PRIVATE ${arg_PRIVATE_DEPENDS})
    loopy_use_pch(${target})
  else()
    add_library(${target} INTERFACE)
    set(scope INTERFACE)
  endif()
  add_library(loopy::${name} ALIAS ${target})
  target_compile_features(${target} ${scope} cxx_std_20)
  target_include_directories(${target} ${scope}
    "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>")
  target_link_libraries(${target} ${scope} ${arg_DEPENDS})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT loopyTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endfunction()

# loopy_embed(NAME FILE SYMBOL)
#
# Makes the text of FILE a constant of the stage NAME, which must have sources:
#     #include "embedded/SYMBOL.h"      // std::string_view loopy::embedded::SYMBOL
function(loopy_embed name file symbol)
  set(out "${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}")
  set(script "${PROJECT_SOURCE_DIR}/cmake/EmbedText.cmake")
  add_custom_command(OUTPUT "${out}.cpp" "${out}.h"
    COMMAND ${CMAKE_COMMAND} "-DIN=${CMAKE_CURRENT_SOURCE_DIR}/${file}" "-DOUT=${out}" "-DSYMBOL=${symbol}" -P "${script}"
    DEPENDS "${file}" "${script}" VERBATIM)
  target_sources(loopy_${name} PRIVATE "${out}.cpp" "${out}.h")
  target_include_directories(loopy_${name} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}")
endfunction()
