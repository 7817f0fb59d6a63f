# cmake -DPROGRAM=file -P CheckPortable.cmake: fails if the program needs shared libraries that not every Linux machine
# with an OpenCL loader has.
cmake_minimum_required(VERSION 3.25)

execute_process(COMMAND readelf -d "${PROGRAM}" OUTPUT_VARIABLE dynamic COMMAND_ERROR_IS_FATAL ANY)
string(REGEX MATCHALL "\\(NEEDED\\)[^\n]*\\[[^\n]*\\]" needed "${dynamic}")
foreach(entry IN LISTS needed)
  string(REGEX REPLACE ".*\\[(.*)\\]" "\\1" library "${entry}")
  if(NOT library MATCHES "^(libc|libm|libdl|librt|libpthread|libOpenCL|ld-linux[-a-z0-9_]*)\\.so")
    message(FATAL_ERROR "${PROGRAM} needs ${library}, which a portable build must link statically.")
  endif()
endforeach()
