# `cmake --install` makes a tree that find_package(loopy) works from: headers, libraries, the command loopyc.
include(CMakePackageConfigHelpers)

set(packageDir "${CMAKE_INSTALL_LIBDIR}/cmake/loopy")

install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/loopy" "${PROJECT_BINARY_DIR}/include/loopy"
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
install(EXPORT loopyTargets NAMESPACE loopy:: DESTINATION "${packageDir}")

configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/loopyConfig.cmake.in"
                              "${PROJECT_BINARY_DIR}/loopyConfig.cmake" INSTALL_DESTINATION "${packageDir}"
                              NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/loopyConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/loopyConfig.cmake" "${PROJECT_BINARY_DIR}/loopyConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/LoopyDependencies.cmake" DESTINATION "${packageDir}")
install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DOCDIR}")
