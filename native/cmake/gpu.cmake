# TensorRT and CUDA, of which a build needs headers alone: their libraries are loaded at run time.
# The sources are listed here, so that the tests can compile them against a played GPU, too.
set(FRT_TENSORRT AUTO CACHE STRING
    "Build in TensorRT: ON, OFF, or AUTO for where NvInfer.h, cuda.h and nvcc are found")
set_property(CACHE FRT_TENSORRT PROPERTY STRINGS AUTO ON OFF)
set(FRT_CUDA_KERNELS "" CACHE FILEPATH
    "kernels.cu, compiled to a cubin or fatbin; empty to compile it with nvcc")

file(GLOB gpu_sources CONFIGURE_DEPENDS src/cuda/*.cpp src/backends/tensorrt*.cpp)

# Objects of the GPU's sources under a name, with the headers in `includes` and kernels in a file.
function(add_gpu_objects name includes kernels)
  set(embedded ${CMAKE_CURRENT_BINARY_DIR}/${name}_kernels.cpp)
  add_custom_command(OUTPUT ${embedded} DEPENDS ${kernels} ${frt_embed}
    COMMAND ${CMAKE_COMMAND} -DFROM=${kernels} -DTO=${embedded} -P ${frt_embed})
  add_library(${name} OBJECT ${gpu_sources} ${embedded})
  target_include_directories(${name} SYSTEM PRIVATE ${includes})
  target_link_libraries(${name} PRIVATE objects)
  set_library_options(${name})
endfunction()
set(frt_embed ${CMAKE_CURRENT_LIST_DIR}/embed.cmake)

set(frt_tensorrt OFF)
if(FRT_TENSORRT)
  find_path(FRT_TENSORRT_INCLUDE NvInfer.h PATH_SUFFIXES include)
  find_path(FRT_CUDA_INCLUDE cuda.h HINTS ENV CUDA_HOME ENV CUDA_PATH
            PATHS /usr/local/cuda PATH_SUFFIXES include)
  if(NOT FRT_CUDA_KERNELS)
    find_program(FRT_NVCC nvcc HINTS ENV CUDA_HOME ENV CUDA_PATH PATHS /usr/local/cuda
                 PATH_SUFFIXES bin)
  endif()
  if(FRT_TENSORRT_INCLUDE AND FRT_CUDA_INCLUDE AND (FRT_CUDA_KERNELS OR FRT_NVCC))
    set(frt_tensorrt ON)
  elseif(NOT FRT_TENSORRT STREQUAL "AUTO")
    message(FATAL_ERROR "FRT_TENSORRT is ${FRT_TENSORRT}, but not all that it needs was found: "
      "NvInfer.h (${FRT_TENSORRT_INCLUDE}; set FRT_TENSORRT_INCLUDE), "
      "cuda.h (${FRT_CUDA_INCLUDE}; set FRT_CUDA_INCLUDE), "
      "nvcc (${FRT_NVCC}; set FRT_NVCC, or FRT_CUDA_KERNELS to compiled kernels)")
  endif()
endif()
message(STATUS "TensorRT is built in: ${frt_tensorrt}")

if(frt_tensorrt)
  # The kernels are the Python package's, beside this folder in the repository, around it in a wheel.
  find_file(FRT_KERNELS_SOURCE kernels.cu PATHS ../forensics_rt/cuda ../cuda
            REQUIRED NO_CACHE NO_DEFAULT_PATH)
  set(kernels ${FRT_CUDA_KERNELS})
  if(NOT kernels)
    set(kernels ${CMAKE_CURRENT_BINARY_DIR}/kernels.fatbin)
    # The arithmetic of numpy: no fused multiplication, division and roots as IEEE has them.
    add_custom_command(OUTPUT ${kernels} DEPENDS ${FRT_KERNELS_SOURCE}
      COMMAND ${FRT_NVCC} --fatbin -arch=all-major -std=c++17 --fmad=false --prec-div=true
              --prec-sqrt=true --ftz=false -o ${kernels} ${FRT_KERNELS_SOURCE})
  endif()
  add_gpu_objects(gpu "${FRT_TENSORRT_INCLUDE};${FRT_CUDA_INCLUDE}" ${kernels})
else()
  add_library(gpu OBJECT src/backends/no_tensorrt.cpp)
  target_link_libraries(gpu PRIVATE objects)
  set_library_options(gpu)
endif()
