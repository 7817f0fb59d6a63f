# Checks FILE on Oclgrind, which interprets the OpenCL code and reports data races and accesses outside of buffers.
#   cmake -DLOOPYC=program -DOCLGRIND=oclgrind -DFILE=x.loopy "-DOPTIONS=-p;tiled;-D;n=19" -P races.cmake
# A line with FATAL means that Oclgrind gave up on a kernel, whatever status it ends with.
execute_process(COMMAND "${OCLGRIND}" --data-races "${LOOPYC}" check "${FILE}" ${OPTIONS}
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
message("${output}${errors}")
if(NOT status EQUAL 0)
  message(FATAL_ERROR "The exit status is ${status}, not 0.")
endif()
if("${output}${errors}" MATCHES "FATAL|data race|Invalid (read|write)|Work-group divergence")
  message(FATAL_ERROR "Oclgrind found a mistake.")
endif()
if(NOT "${output}${errors}" MATCHES "Oclgrind")
  message(FATAL_ERROR "The kernels did not run on Oclgrind.")
endif()
