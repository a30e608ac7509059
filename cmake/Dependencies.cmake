# Every third-party package, once, each as a target that folders name in DEPS.
# All of them are Debian 12 packages: see hack/install-deps.

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS url)
find_package(OpenSSL 3 REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp REQUIRED)
find_package(GTest REQUIRED)

find_library(DEFLATE_LIBRARY deflate REQUIRED)
add_library(dep_deflate INTERFACE)
target_link_libraries(dep_deflate INTERFACE ${DEFLATE_LIBRARY})

find_library(ISAL_LIBRARY isal REQUIRED)
add_library(dep_isal INTERFACE)  # packs, also in pieces; libdeflate unpacks, and knows whole bodies only
target_link_libraries(dep_isal INTERFACE ${ISAL_LIBRARY})

# AES by vectors of 512 bits, which OpenSSL 3.0 lacks: docs/design/0010-vaes.md. Only the members of
# the archive that are named come into the programs. There is a package for amd64 alone, and what is
# called is version 1.3's.
option(MPL_VAES "AES-128-GCM by ipsec-mb, where it is there" ON)
add_library(dep_ipsec_mb INTERFACE)
find_library(IPSEC_MB_LIBRARY libIPSec_MB.a)
find_path(IPSEC_MB_INCLUDE intel-ipsec-mb.h)
set(version)
if(MPL_VAES AND IPSEC_MB_LIBRARY AND IPSEC_MB_INCLUDE)
  file(STRINGS ${IPSEC_MB_INCLUDE}/intel-ipsec-mb.h version REGEX "#define IMB_VERSION_STR \"1\\.3\\.0\"")
endif()
if(version)
  target_link_libraries(dep_ipsec_mb INTERFACE ${IPSEC_MB_LIBRARY})
  target_compile_definitions(dep_ipsec_mb INTERFACE MPL_HAS_IPSEC_MB)
else()
  message(STATUS "without ipsec-mb 1.3: AES-128-GCM is OpenSSL's")
endif()

# In place of the C library's allocator, for programs that are none of a sanitizer: those bring their own.
add_library(dep_jemalloc INTERFACE)
if(NOT MPL_SANITIZE)
  find_library(JEMALLOC_LIBRARY jemalloc REQUIRED)
  target_link_libraries(dep_jemalloc INTERFACE ${JEMALLOC_LIBRARY})
endif()

add_library(dep_json INTERFACE)
target_link_libraries(dep_json INTERFACE nlohmann_json::nlohmann_json)

add_library(dep_yaml INTERFACE)
target_link_libraries(dep_yaml INTERFACE yaml-cpp)

add_library(dep_crypto INTERFACE)  # hashes, certificates: no sockets
target_link_libraries(dep_crypto INTERFACE OpenSSL::Crypto)

add_library(dep_tls INTERFACE)
target_link_libraries(dep_tls INTERFACE OpenSSL::SSL)

add_library(dep_log INTERFACE)
target_link_libraries(dep_log INTERFACE spdlog::spdlog)

add_library(dep_format INTERFACE)
target_link_libraries(dep_format INTERFACE fmt::fmt)

add_library(dep_metrics INTERFACE)
target_link_libraries(dep_metrics INTERFACE prometheus-cpp::core)

add_library(dep_url INTERFACE)
target_link_libraries(dep_url INTERFACE Boost::url)

add_library(dep_asio INTERFACE)
target_compile_definitions(dep_asio INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_ARRAY BOOST_ASIO_DISABLE_BOOST_BIND
  # Frames of coroutines by operator new: aligned allocation goes past the C library's caches.
  BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC BOOST_ASIO_DISABLE_BOOST_ALIGN)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False positive of GCC 12 from -O1 on: it inlines one of the two halves with which awaitable
  # frames are allocated and freed, and then sees the other alone.
  target_compile_options(dep_asio INTERFACE -Wno-mismatched-new-delete)
endif()
target_link_libraries(dep_asio INTERFACE Boost::headers Threads::Threads)

add_library(dep_protozero INTERFACE)  # header-only: /usr/include/protozero

add_library(dep_cli INTERFACE)
target_link_libraries(dep_cli INTERFACE CLI11::CLI11)

add_library(dep_test INTERFACE)
target_link_libraries(dep_test INTERFACE GTest::gmock GTest::gtest)
