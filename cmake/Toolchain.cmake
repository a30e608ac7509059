# The language, the warnings and the instrumented builds. Nothing here names a folder of ours.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")

set(MPL_SANITIZE "" CACHE STRING "Sanitizers, as given to -fsanitize=")
option(MPL_COVERAGE "Count executed lines" OFF)
option(MPL_FUZZ "Build the libFuzzer harnesses" OFF)
# Off for those who only build the product: a newer compiler's new warning must not stop them.
option(MPL_WERROR "Warnings are errors" $ENV{CI})

# Where CMAKE_UNITY_BUILD is on (every preset but dev and coverage), files of a folder are compiled together: what
# their headers' templates become is most of a compilation, and is made once for all of them.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
if(CMAKE_UNITY_BUILD AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Hidden types of a .cc are fine there; GCC takes them for those of a header, once it is included.
  add_compile_options(-Wno-subobject-linkage)
endif()

# Compilations are kept between builds and checkouts: the same file in another checkout is the same
# file. Sloppiness: what precompiled headers need. CCACHE_DIR, set before, is yours.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=pch_defines,time_macros ${CCACHE})
endif()

# Paths of the build machine stay out of the binaries, so that the image digest is reproducible.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
add_compile_options(-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false positives of these inside coroutines and std::variant.
  add_compile_options(-Wno-maybe-uninitialized -Wno-dangling-reference -Wno-stringop-overflow)
  # One more, only where it optimises.
  if(MPL_SANITIZE OR NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
    add_compile_options(-Wno-mismatched-new-delete)
  endif()
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # std::stable_sort of GCC 12's library uses what C++17 deprecated; GCC is silent in its own headers.
  add_compile_options(-Wno-deprecated-declarations)
endif()
# Not under sanitizers: their instrumentation makes GCC 12 warn of what is not there. Nor these two: it
# reports them where it inlines operator+ of std::string (GCC's PR 105329, PR 105651).
if(MPL_WERROR AND NOT MPL_SANITIZE)
  add_compile_options(-Werror -Wno-error=array-bounds -Wno-error=restrict)
endif()

if(CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-ffunction-sections -fdata-sections -fstack-protector-strong -D_FORTIFY_SOURCE=2)
  add_link_options(-Wl,--gc-sections -Wl,-z,relro,-z,now)
endif()
if(MPL_SANITIZE)
  add_compile_options(-fsanitize=${MPL_SANITIZE} -fno-omit-frame-pointer -O1 -g1 -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MPL_SANITIZE})
  if(MPL_SANITIZE STREQUAL "thread")
    # GCC's ThreadSanitizer does not know fences; Asio's are redundant beside its mutexes.
    add_compile_options(-Wno-tsan)
    add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()
# Optimising a test takes as long as reading it, and it runs once.
set(MPL_TEST_OPTIONS -O0 -U_FORTIFY_SOURCE)
if(MPL_FUZZ)
  # All code is measured, the harnesses alone (test/fuzz) get libFuzzer's main. Reads past the end of
  # a string or vector end the program even where AddressSanitizer sees nothing.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
  # Beast 1.81 asserts, wrongly and for nothing that it needs, that a last chunk is the first of its
  # body only when it comes whole ("0\r\n" and then "\r").
  add_compile_definitions(BOOST_DISABLE_ASSERTS)
endif()
if(MPL_COVERAGE)
  add_compile_options(--coverage -O0)
  add_link_options(--coverage)
endif()
