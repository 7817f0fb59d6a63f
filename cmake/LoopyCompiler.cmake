# Compiler and linker flags. They are set for the whole directory tree and not target by target: gcc accepts a
# precompiled header only where the flags are those it was made with.
#
# LLVM is built without run-time type information and we are built with it. So no class of ours may derive from an LLVM
# class: the base has no typeinfo, and the link would fail.

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release, Debug or RelWithDebInfo" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

if(PROJECT_IS_TOP_LEVEL)
  add_compile_options(-Wall -Wextra -Wpedantic)
  if(LOOPY_WERROR)
    add_compile_options(-Werror)
  endif()
  # gcc 12 and 13 see these in the inlined code of std::string and std::variant where there is nothing (gcc bug 105329).
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow)
  endif()
endif()
add_link_options(-Wl,--as-needed)

if(LOOPY_SANITIZE)
  # The vptr check asks for the typeinfo of LLVM's classes, which does not exist.
  add_compile_options(-fsanitize=${LOOPY_SANITIZE} -fno-sanitize-recover=all -fno-sanitize=vptr -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${LOOPY_SANITIZE} -fno-sanitize=vptr)
endif()

if(LOOPY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(LOOPY_CCACHE_PROGRAM ccache)
  if(LOOPY_CCACHE_PROGRAM)
    # Without these, ccache does not cache what uses a precompiled header.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        ${LOOPY_CCACHE_PROGRAM})
  endif()
endif()
