# `find_package(forensics_rt)` and `pkg-config --libs forensics_rt` find what is installed.
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/forensics_rt)

install(TARGETS forensics_rt EXPORT forensics_rt-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES include/forensics_rt.h include/forensics_rt.hpp
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES third_party/nlohmann/COPYRIGHT RENAME COPYRIGHT.nlohmann_json
        DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(EXPORT forensics_rt-targets NAMESPACE forensics_rt:: DESTINATION ${package})
configure_package_config_file(cmake/forensics_rt-config.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/forensics_rt-config.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/forensics_rt-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/forensics_rt-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/forensics_rt-config-version.cmake DESTINATION ${package})
file(RELATIVE_PATH to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/forensics_rt.pc.in ${CMAKE_CURRENT_BINARY_DIR}/forensics_rt.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/forensics_rt.pc
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# What of OpenVINO the library needs: the engine, reading ONNX, the plugin for CPUs, its threads.
if(FRT_INSTALL_OPENVINO)
  install(CODE "
    get_filename_component(folder $<TARGET_FILE:openvino::runtime::c> DIRECTORY)
    foreach(name openvino.so.* openvino_c.so.* openvino_onnx_frontend.so.*
                 openvino_intel_cpu_plugin.so tbb.so.*)
      file(GLOB found \${folder}/lib\${name})
      if(NOT found)
        message(FATAL_ERROR \"no lib\${name} in \${folder}, where OpenVINO is\")
      endif()
      file(INSTALL \${found} DESTINATION \${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBDIR})
    endforeach()")
  if(FRT_EXAMPLES)
    install(TARGETS detect_c RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endif()
if(FRT_EXAMPLES)
  # The library is beside `bin` where it is installed, and above `examples` where it was built.
  set_target_properties(detect_c PROPERTIES BUILD_WITH_INSTALL_RPATH ON
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};$ORIGIN/..")
endif()
