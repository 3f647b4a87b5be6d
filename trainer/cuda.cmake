# Finds CUDA, where nvcc is there. Included by the topmost CMakeLists.txt: a language belongs to the whole build.
#
#   -DPAWL_CUDA=AUTO|ON|OFF             ON: an error where it is not found
#   -DPAWL_CUDA_ARCHS="90a-real;80"     as CMAKE_CUDA_ARCHITECTURES; the default runs from A100 on, best on H100
set(PAWL_CUDA AUTO CACHE STRING "the op set of NVIDIA GPUs: AUTO, ON or OFF")
set(PAWL_CUDA_ARCHS "90a-real;80" CACHE STRING "compute capabilities that kernels are compiled for")

set(TRAINER_HAS_CUDA OFF)
if(PAWL_CUDA STREQUAL "OFF" OR (PAWL_CUDA STREQUAL "AUTO" AND PAWL_SANITIZE))
  message(STATUS "pawl-train: without CUDA")
  return()
endif()
include(CheckLanguage)
if(NOT CMAKE_CUDA_ARCHITECTURES)
  set(CMAKE_CUDA_ARCHITECTURES ${PAWL_CUDA_ARCHS})
endif()
check_language(CUDA)
if(NOT CMAKE_CUDA_COMPILER)
  if(PAWL_CUDA STREQUAL "ON")
    message(FATAL_ERROR "PAWL_CUDA is ON and nvcc was not found; put it on PATH, or set CMAKE_CUDA_COMPILER")
  endif()
  message(STATUS "pawl-train: no nvcc, so without CUDA")
  return()
endif()
enable_language(CUDA)
find_package(CUDAToolkit REQUIRED)
set(TRAINER_HAS_CUDA ON)
set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)  # which CMake 3.25 does not know of nvcc
set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
message(STATUS "pawl-train: with CUDA ${CMAKE_CUDA_COMPILER_VERSION} for ${PAWL_CUDA_ARCHS}")
if(CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()
