# measure_digest() of identity.h: SHA-256 over the lines "FILE SHA-256" of the sources that an honest result rests on.
# Included where the target trainer_measure is; paths are relative, so that every checkout gives the same digest.
file(GLOB measured CONFIGURE_DEPENDS RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}
  ${CMAKE_CURRENT_SOURCE_DIR}/measure/*.h ${CMAKE_CURRENT_SOURCE_DIR}/measure/*.cpp
  ${CMAKE_CURRENT_SOURCE_DIR}/measure/*.cmake
  ${CMAKE_CURRENT_SOURCE_DIR}/data/*.h ${CMAKE_CURRENT_SOURCE_DIR}/data/*.cpp)
list(APPEND measured core/clock.h core/digest.h core/digest.cpp core/file.h core/file.cpp core/philox.h)
list(SORT measured)
set(measured_lines "")
foreach(source IN LISTS measured)
  file(SHA256 ${CMAKE_CURRENT_SOURCE_DIR}/${source} source_digest)
  string(APPEND measured_lines "${source} ${source_digest}\n")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${source})
endforeach()
string(SHA256 MEASURE_DIGEST "${measured_lines}")
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/measure_digest.cpp @ONLY CONTENT
[[#include "trainer/measure/identity.h"

std::string trainer::measure_digest() { return "@MEASURE_DIGEST@"; }
]])
target_sources(trainer_measure PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/measure_digest.cpp)
