# Runs loopyc and checks its exit status and what it prints.
#   cmake -DLOOPYC=program "-DARGS=emit;x.loopy" -DSTATUS=0 -DOUT=regex -DERR=regex -DSTDIN=file -P command.cmake
set(input "")
if(STDIN)
  set(input INPUT_FILE "${STDIN}")
endif()
execute_process(COMMAND "${LOOPYC}" ${ARGS} ${input}
  RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
message("${output}${errors}")
if(NOT status STREQUAL STATUS)
  message(FATAL_ERROR "The exit status is ${status}, not ${STATUS}.")
endif()
if(OUT AND NOT output MATCHES "${OUT}")
  message(FATAL_ERROR "The output does not match ${OUT}")
endif()
if(ERR AND NOT errors MATCHES "${ERR}")
  message(FATAL_ERROR "The messages do not match ${ERR}")
endif()
