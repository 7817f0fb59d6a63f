# Finds the libraries that loopy's own libraries are made of, and names them:
#
#     loopy_dep::isl                  isl with its C++ bindings, and GMP
#     loopy_dep::llvm                 LLVM's ADT and Support
#     loopy_dep::opencl               the OpenCL loader and CL/opencl.hpp
#     nlohmann_json::nlohmann_json
#
# The installed package uses this file too. It says beforehand which LLVM loopy was built with, in
# LOOPY_LLVM_{VERSION,INCLUDE_DIR,LIBRARY_DIR,NEEDS}, because its headers and its library must be of one version.

include_guard(DIRECTORY)

# The path of a library in the cache variable VARIABLE; of the static one where LOOPY_PORTABLE asks for it.
macro(loopy_find_library variable name)
  if(LOOPY_PORTABLE)
    find_library(${variable}_STATIC NAMES lib${name}.a REQUIRED)
    set(${variable} "${${variable}_STATIC}")
  else()
    find_library(${variable} NAMES ${name} REQUIRED)
  endif()
endmacro()

# Sets LOOPY_LLVM_* to LLVM 19, or else to the newest LLVM that CMake finds. -DLLVM_DIR=DIRECTORY chooses another one.
# Only places are taken from LLVM's package: its targets pull in libraries that Support does not use (such as Z3).
function(loopy_find_llvm)
  set(CMAKE_MESSAGE_LOG_LEVEL WARNING) # LLVM's package reports on a dozen optional libraries.
  if(NOT LLVM_DIR)
    # Debian and Ubuntu install each version in a prefix of its own, which CMake does not search by itself.
    find_package(LLVM 19.1 QUIET CONFIG HINTS /usr/lib/llvm-19)
  endif()
  if(NOT LLVM_FOUND)
    file(GLOB prefixes /usr/lib/llvm-*)
    list(SORT prefixes COMPARE NATURAL ORDER DESCENDING)
    find_package(LLVM REQUIRED CONFIG HINTS ${prefixes})
  endif()
  set(needs "")
  foreach(pair "ZLIB=z" "ZSTD=zstd" "TERMINFO=tinfo")
    string(REPLACE "=" ";" pair "${pair}")
    list(GET pair 0 feature)
    list(GET pair 1 library)
    if(LLVM_ENABLE_${feature})
      list(APPEND needs ${library})
    endif()
  endforeach()
  set(LOOPY_LLVM_VERSION "${LLVM_PACKAGE_VERSION}" PARENT_SCOPE)
  set(LOOPY_LLVM_INCLUDE_DIR "${LLVM_INCLUDE_DIRS}" PARENT_SCOPE)
  set(LOOPY_LLVM_LIBRARY_DIR "${LLVM_LIBRARY_DIRS}" PARENT_SCOPE)
  set(LOOPY_LLVM_NEEDS "${needs}" PARENT_SCOPE)
endfunction()

if(NOT TARGET loopy_dep::isl)
  find_path(LOOPY_ISL_INCLUDE_DIR isl/cpp.h REQUIRED)
  loopy_find_library(LOOPY_ISL_LIBRARY isl)
  loopy_find_library(LOOPY_GMP_LIBRARY gmp)
  add_library(loopy_dep::isl INTERFACE IMPORTED)
  target_include_directories(loopy_dep::isl SYSTEM INTERFACE "${LOOPY_ISL_INCLUDE_DIR}")
  target_link_libraries(loopy_dep::isl INTERFACE "${LOOPY_ISL_LIBRARY}" "${LOOPY_GMP_LIBRARY}")
endif()

if(NOT TARGET loopy_dep::llvm)
  if(NOT LOOPY_LLVM_INCLUDE_DIR)
    loopy_find_llvm()
  endif()
  add_library(loopy_dep::llvm INTERFACE IMPORTED)
  target_include_directories(loopy_dep::llvm SYSTEM INTERFACE ${LOOPY_LLVM_INCLUDE_DIR})
  foreach(component Support Demangle)
    find_library(LOOPY_LLVM${LOOPY_LLVM_VERSION}_${component} NAMES libLLVM${component}.a
                 PATHS ${LOOPY_LLVM_LIBRARY_DIR} NO_DEFAULT_PATH)
  endforeach()
  if(LOOPY_LLVM${LOOPY_LLVM_VERSION}_Support AND LOOPY_LLVM${LOOPY_LLVM_VERSION}_Demangle)
    target_link_libraries(loopy_dep::llvm INTERFACE "${LOOPY_LLVM${LOOPY_LLVM_VERSION}_Support}"
                                                    "${LOOPY_LLVM${LOOPY_LLVM_VERSION}_Demangle}")
    foreach(name IN LISTS LOOPY_LLVM_NEEDS)
      loopy_find_library(LOOPY_${name}_LIBRARY ${name})
      target_link_libraries(loopy_dep::llvm INTERFACE "${LOOPY_${name}_LIBRARY}")
    endforeach()
    target_link_libraries(loopy_dep::llvm INTERFACE ${CMAKE_DL_LIBS} rt m)
  elseif(LOOPY_PORTABLE)
    message(FATAL_ERROR "There is no libLLVMSupport.a in ${LOOPY_LLVM_LIBRARY_DIR}, which LOOPY_PORTABLE needs.")
  else()
    string(REGEX MATCH "^[0-9]+" major "${LOOPY_LLVM_VERSION}")
    find_library(LOOPY_LLVM${LOOPY_LLVM_VERSION}_SHARED NAMES LLVM-${major} LLVM PATHS ${LOOPY_LLVM_LIBRARY_DIR}
                 NO_DEFAULT_PATH REQUIRED)
    target_link_libraries(loopy_dep::llvm INTERFACE "${LOOPY_LLVM${LOOPY_LLVM_VERSION}_SHARED}")
  endif()
endif()

if(NOT TARGET loopy_dep::opencl)
  find_path(LOOPY_OPENCL_INCLUDE_DIR CL/opencl.hpp REQUIRED)
  find_library(LOOPY_OPENCL_LIBRARY OpenCL REQUIRED) # Always the shared one: it is the machine's door to its drivers.
  add_library(loopy_dep::opencl INTERFACE IMPORTED)
  target_include_directories(loopy_dep::opencl SYSTEM INTERFACE "${LOOPY_OPENCL_INCLUDE_DIR}")
  target_link_libraries(loopy_dep::opencl INTERFACE "${LOOPY_OPENCL_LIBRARY}")
  # The least version is 1.2 in truth, but Debian 12's opencl.hpp does not compile with 120 here.
  target_compile_definitions(loopy_dep::opencl INTERFACE CL_TARGET_OPENCL_VERSION=300 CL_HPP_TARGET_OPENCL_VERSION=300
                             CL_HPP_MINIMUM_OPENCL_VERSION=110 CL_HPP_ENABLE_EXCEPTIONS=1)
endif()

if(NOT TARGET nlohmann_json::nlohmann_json)
  if(CMAKE_FIND_PACKAGE_NAME) # We are inside find_package(loopy).
    find_dependency(nlohmann_json)
    find_dependency(Threads)
  else()
    find_package(nlohmann_json 3.9 REQUIRED)
  endif()
endif()
find_package(Threads REQUIRED QUIET)
