# What the library stands on. OpenVINO's headers, libraries and CMake files are in its wheel, which
# is taken where no OpenVINO was named: `pip install openvino` is all that is needed.
find_package(Threads REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)

function(find_in_wheel package folder result)
  find_package(Python3 QUIET COMPONENTS Interpreter)
  set(found "")
  if(Python3_Interpreter_FOUND)
    # Merely importing some packages phones home: they are looked up, and not imported.
    execute_process(
      COMMAND ${Python3_EXECUTABLE} -c
        "import importlib.util as u; print(u.find_spec('${package}').submodule_search_locations[0])"
      OUTPUT_VARIABLE place OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(place AND EXISTS "${place}/${folder}")
      set(found "${place}/${folder}")
    endif()
  endif()
  set(${result} "${found}" PARENT_SCOPE)
endfunction()

if(FRT_OPENVINO)
  if(NOT OpenVINO_DIR)
    find_in_wheel(openvino cmake OpenVINO_DIR)
  endif()
  find_package(OpenVINO REQUIRED COMPONENTS Runtime)
endif()
