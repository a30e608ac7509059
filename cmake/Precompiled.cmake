# Headers of third parties, read once a build instead of once a file: half of a compilation's time
# otherwise. Four of them, since a compiler can take only one a file and only under equal macros:
# pure or edge (with Asio), product or test (with GoogleTest).
#
# ccache needs sloppiness pch_defines,time_macros to know such compilations again; hack/lib.sh sets it.

option(MPL_PCH "Precompile third-party headers" ON)

# _precompiled_header(edge_test dep_asio dep_test): target pch_edge_test, for others to reuse.
function(_precompiled_header name)
  set(source ${CMAKE_BINARY_DIR}/precompiled/${name}.cc)
  file(CONFIGURE OUTPUT ${source} CONTENT "// Nothing but the precompiled header.\n")
  add_library(pch_${name} OBJECT EXCLUDE_FROM_ALL ${source})
  target_link_libraries(pch_${name} PRIVATE ${ARGN})
  target_precompile_headers(pch_${name} PRIVATE ${CMAKE_SOURCE_DIR}/cmake/precompiled/${name}.h)
endfunction()

# _reaches(RESULT TARGET DEPENDENCY): whether TARGET links DEPENDENCY, directly or not.
function(_reaches result target dependency)
  set(${result} FALSE PARENT_SCOPE)
  get_target_property(links ${target} INTERFACE_LINK_LIBRARIES)
  foreach(link ${links})
    if(link STREQUAL dependency)
      set(${result} TRUE PARENT_SCOPE)
      return()
    elseif(TARGET ${link})
      _reaches(found ${link} ${dependency})
      if(found)
        set(${result} TRUE PARENT_SCOPE)
        return()
      endif()
    endif()
  endforeach()
endfunction()

# use_precompiled_headers(TARGET [TEST] DEPS...): the one that fits what the target links.
function(use_precompiled_headers target)
  if(NOT MPL_PCH)
    return()
  endif()
  cmake_parse_arguments(ARG "TEST" "" "DEPS" ${ARGN})
  set(name pure)
  foreach(dep ${ARG_DEPS})
    if(dep STREQUAL dep_asio)
      set(name edge)
    elseif(TARGET ${dep})
      _reaches(edge ${dep} dep_asio)
      if(edge)
        set(name edge)
      endif()
    endif()
  endforeach()
  if(ARG_TEST)
    string(APPEND name _test)
  endif()
  target_precompile_headers(${target} REUSE_FROM pch_${name})
endfunction()

if(MPL_PCH)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)  # for ccache
  endif()
  _precompiled_header(pure dep_json)
  _precompiled_header(edge dep_json dep_asio)
  _precompiled_header(pure_test dep_json dep_test)
  _precompiled_header(edge_test dep_json dep_asio dep_test)
  target_compile_options(pch_pure_test PRIVATE ${MPL_TEST_OPTIONS})
  target_compile_options(pch_edge_test PRIVATE ${MPL_TEST_OPTIONS})
endif()
