# The CUDA op set without a GPU and without nvcc: its kernels, compiled for the CPU (emulation.h), under the same CudaOps.
# Where nvcc is, the same tests run on a device as well.
foreach(kernel IN LISTS TRAINER_KERNELS)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/emulated_${kernel}.cpp)
  file(CONFIGURE OUTPUT ${source} CONTENT
    "#include \"trainer/tests/cuda/emulated/emulation.h\"\n\n#include \"trainer/ops/cuda/${kernel}.cu\"\n")
  list(APPEND emulated ${source})
endforeach()
add_library(trainer_cuda_emulated STATIC ${emulated} tests/cuda/emulated/emulation.cpp tests/cuda/emulated/device.cpp)
target_include_directories(trainer_cuda_emulated PRIVATE ${trainer_top})
target_compile_options(trainer_cuda_emulated PRIVATE -O2 -w)  # the device compiler checks them
target_link_libraries(trainer_cuda_emulated PUBLIC trainer_ops_cuda)
add_library(trainer_fake_nccl MODULE tests/cuda/emulated/fake_nccl.cpp)
set_target_properties(trainer_fake_nccl PROPERTIES PREFIX "" OUTPUT_NAME libnccl SUFFIX .so.2)
target_link_options(trainer_fake_nccl PRIVATE -Wl,-soname,libnccl.so.2)
if(TRAINER_HAS_CUDA)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/tests/cuda/*.cpp)
  add_executable(test_trainer_gpu ${sources})
  target_link_libraries(test_trainer_gpu PRIVATE trainer_options GTest::gtest GTest::gtest_main trainer_optim trainer_ops_cpu
    trainer_ops_cuda trainer_cuda_device)
  target_precompile_headers(test_trainer_gpu REUSE_FROM trainer_test_pch)
  gtest_discover_tests(test_trainer_gpu TEST_PREFIX Gpu. DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  add_test(NAME Trainer.KernelsDoNotSpill COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tests/cuda/spills.sh
    ${CMAKE_CUDA_COMPILER} ${CMAKE_CURRENT_SOURCE_DIR}/ops/cuda)
endif()
