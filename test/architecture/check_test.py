"""Each check is shown one planted fault in a small house, and one house without fault."""
import pathlib
import tempfile
import unittest

import check

PURE, EDGE = "pure_library(x SOURCES a.cc)\n", "edge_library(x SOURCES a.cc)\n"


class PlantedFaults(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)
        self.write("kube/base/CMakeLists.txt", PURE)
        self.write("kube/base/a.h", "#pragma once\n#include <string>\nstd::string A();\n")
        self.write("kube/net/CMakeLists.txt", EDGE)
        self.write("kube/net/b.cc", '#include "kube/base/a.h"\n#include <thread>\n')

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def faults(self, which):
        return "\n".join(which(self.root))

    def test_a_house_without_fault_passes(self):
        for which in check.CHECKS + [check.header_faults]:
            self.assertEqual(self.faults(which), "")

    def test_finds_an_include_that_goes_upward(self):
        self.write("kube/base/c.cc", '#include "kube/net/b.h"\n')
        self.assertIn("kube/base/c.cc: must not include kube/net/b.h", self.faults(check.include_faults))

    def test_finds_collector_code_in_the_operator(self):
        self.write("operator/plan/c.cc", '#include "collector/store/metric_store.h"\n')
        self.assertIn("operator/plan/c.cc: must not include collector/store/metric_store.h",
                      self.faults(check.include_faults))

    def test_finds_a_folder_without_a_row(self):
        self.write("kube/util/c.cc", "int x;\n")
        self.assertIn("kube/util has no row", self.faults(check.include_faults))

    def test_finds_a_cycle(self):
        self.write("kube/base/c.cc", '#include "kube/net/b.h"\n')
        self.assertIn("kube/base -> kube/net -> kube/base", self.faults(check.cycle_faults))

    def test_finds_sockets_threads_beast_and_tls_in_a_pure_folder(self):
        for include in ["sys/socket.h", "thread", "boost/beast/http.hpp", "boost/asio.hpp", "openssl/ssl.h"]:
            self.write("kube/base/c.cc", f"#include <{include}>\n")
            self.assertIn(f"must not include <{include}>", self.faults(check.purity_faults))

    def test_finds_a_folder_that_is_neither_pure_nor_edge(self):
        self.write("kube/http/c.cc", "int x;\n")
        self.assertIn("declares neither", self.faults(check.purity_faults))

    def test_finds_a_long_file(self):
        self.write("kube/base/c.cc", "int x;\n" * 501)
        self.assertIn("kube/base/c.cc: 501 lines", self.faults(check.size_faults))

    def test_finds_a_header_that_needs_another_first(self):
        self.write("kube/base/c.h", "#pragma once\nstd::vector<int> B();\n")
        self.assertIn("kube/base/c.h: does not compile alone", self.faults(check.header_faults))


if __name__ == "__main__":
    unittest.main()
