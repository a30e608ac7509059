# One target per folder. A folder is PURE (no sockets, threads, timers or wall clock) or EDGE;
# test/architecture reads the same two words from these calls and checks the sources against them.

# pure_library(NAME SOURCES a.cc b.cc DEPS kube_base dep_json)
function(pure_library name)
  _house_library(${name} ${ARGN})
endfunction()

# edge_library(NAME SOURCES a.cc b.cc DEPS kube_net)
function(edge_library name)
  _house_library(${name} ${ARGN})
endfunction()

function(_house_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${name} STATIC ${ARG_SOURCES})
    target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} PUBLIC ${ARG_DEPS})
    use_precompiled_headers(${name} DEPS ${ARG_DEPS})
  else()
    add_library(${name} INTERFACE)
    target_include_directories(${name} INTERFACE ${CMAKE_SOURCE_DIR})
    target_link_libraries(${name} INTERFACE ${ARG_DEPS})
  endif()
endfunction()

# house_test(unit_kube_base LABEL unit SOURCES a_test.cc DEPS kube_base [TIMEOUT seconds] [WHOLE])
# One executable per folder, every TEST() a test of CTest's own. WHOLE: one test of CTest for all of
# them, because they share something that is dear to start (a kube-apiserver).
include(GoogleTest)
function(house_test name)
  cmake_parse_arguments(ARG "SERIAL;WHOLE" "LABEL;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 30)
  endif()
  if(MPL_SANITIZE)  # several times slower, on a machine that may be busy
    math(EXPR ARG_TIMEOUT "${ARG_TIMEOUT} * 5")
  endif()
  add_executable(${name} ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/test)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} dep_test GTest::gmock_main)
  use_precompiled_headers(${name} TEST DEPS ${ARG_DEPS})
  target_compile_options(${name} PRIVATE ${MPL_TEST_OPTIONS})
  set(properties LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
  if(ARG_SERIAL)
    list(APPEND properties RUN_SERIAL TRUE)
  endif()
  if(ARG_WHOLE)
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES ${properties})
    return()
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST TEST_PREFIX ${name}: PROPERTIES ${properties})
endfunction()

# reads_repository(a_test.cc): compiled with MPL_SOURCE_DIR, the path of the checkout. Only for the few
# that read its files: what does not know the path is found by ccache in any checkout.
function(reads_repository)
  set_source_files_properties(${ARGN} PROPERTIES
    COMPILE_DEFINITIONS "MPL_SOURCE_DIR=\"${CMAKE_SOURCE_DIR}\"")
endfunction()

# A subdirectory for each folder that has been built already.
function(add_rooms)
  foreach(room ${ARGN})
    if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${room}/CMakeLists.txt)
      add_subdirectory(${room})
    endif()
  endforeach()
endfunction()
