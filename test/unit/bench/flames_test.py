# SPDX-License-Identifier: Apache-2.0
"""Flame graphs: is what perf says folded, named and measured right? Expected values by hand."""
import unittest
import xml.etree.ElementTree as xml

from bench.runner import flame_svg, stacks
from bench.runner.stacks import Frame

BINARY = "(/x/bin/metricspipeline-collector)"
# Three samples: 3 + 1 ms in the parser, once below it in libc; 4 ms in the kernel below OpenSSL.
PERF = f"""scrape    3000000 
\t          178 mpl::parse::ExpositionParser::Parse {BINARY}
\t          262 mpl::scraper::Scraper::Take {BINARY}
\t          1a1 boost::asio::detail::wait_handler<boost::asio::any_io_executor>::do_complete {BINARY}
\t          13c boost::asio::detail::scheduler::do_poll_one {BINARY}
\t          192 mpl::net::IoRuntime::Impl::RunPausing {BINARY}
\t          193 std::thread::_State_impl<std::tuple<int> >::_M_run {BINARY}
\t        d44a2 [unknown] (/usr/lib/libstdc++.so.6.0.30)
\t        1098e clone3 (/usr/lib/libc.so.6)

scrape    1000000 
\t          111 __memcmp_avx2_movbe (/usr/lib/libc.so.6)
\t          178 mpl::parse::ExpositionParser::Parse {BINARY}
\t          262 mpl::scraper::Scraper::Take {BINARY}
\t          13c boost::asio::detail::scheduler::do_poll_one {BINARY}
\t          192 mpl::net::IoRuntime::Impl::RunPausing {BINARY}
\t        1098e clone3 (/usr/lib/libc.so.6)

scrape    4000000 
\tffffffff8172f vfs_read.isra.0 ([kernel.kallsyms])
\t          264 [unknown] (/usr/lib/libssl.so.3)
\t          264 [unknown] (/usr/lib/libssl.so.3)
\t          265 SSL_read_ex (/usr/lib/libssl.so.3)
\t          13c boost::asio::detail::scheduler::do_poll_one {BINARY}
\t          192 mpl::net::IoRuntime::Impl::RunPausing {BINARY}
\t        1098e clone3 (/usr/lib/libc.so.6)

"""
ROOT = (Frame("thread scrape", "thread"), Frame("net::IoRuntime::Impl::RunPausing", "kube/net"),
        Frame("Asio", "Asio"))
PARSE = ROOT + (Frame("scraper::Scraper::Take", "collector/scraper"),
                Frame("parse::ExpositionParser::Parse", "collector/parse"))


class Names(unittest.TestCase):
    def test_template_arguments_parameters_and_results_go(self):
        for symbol, name in {
                "mpl::store::MetricStore::Commit": "store::MetricStore::Commit",
                "mpl::discovery::ScrapeSchedule::TakeDue[abi:cxx11]": "discovery::ScrapeSchedule::TakeDue",
                "int mpl::a::Do<std::pair<int, long> >(long (*)(int)) const": "a::Do",
                "mpl::handlers::Listing<mpl::handlers::(anonymous namespace)::Pods>::AppendItems":
                    "handlers::Listing::AppendItems",
                "mpl::net::Fetch(mpl::net::Frame*) [clone .actor]": "net::Fetch",
                "mpl::net::W::Arm()::{lambda(int const&)#1}::operator()": "net::W::Arm::{lambda#1}::operator()",
                "std::operator< <char>": "std::operator<",
                "cfree@GLIBC_2.2.5": "cfree", "__libc_start_main@@GLIBC_2.34": "__libc_start_main",
                "ep_item_poll.isra.0": "ep_item_poll", "operator new": "operator new",
                "operator delete[]": "operator delete[]"}.items():
            self.assertEqual(stacks.short_name(symbol), name)

    def test_each_module_is_told(self):
        for symbol, path, module in [
                ("mpl::metrics::Registry::Render", "/x/collector", "kube/telemetry"),
                ("mpl::Sha256Hex[abi:cxx11]", "/x/collector", "kube/base"),
                ("std::_Hashtable<mpl::net::Key>::find", "/x/collector", "libstdc++"),
                ("operator new", "/usr/lib/libstdc++.so.6", "allocation"),
                ("_int_malloc", "/usr/lib/libc.so.6", "allocation"),
                ("EVP_DecryptUpdate", "/usr/lib/libcrypto.so.3", "OpenSSL"),
                ("tcp_sendmsg", "[kernel.kallsyms]", "kernel")]:
            self.assertEqual(stacks.frame(symbol, path).module, module, symbol)


class Folding(unittest.TestCase):
    def test_stacks_of_a_known_text(self):
        self.assertEqual(stacks.fold(PERF), {
            PARSE: 3_000_000,
            PARSE + (Frame("__memcmp_avx2_movbe", "libc"),): 1_000_000,
            ROOT + (Frame("SSL_read_ex", "OpenSSL"), Frame("[OpenSSL]", "OpenSSL"),
                    Frame("vfs_read", "kernel")): 4_000_000})

    def test_own_time_is_that_of_the_innermost(self):
        self.assertEqual(stacks.self_shares(stacks.fold(PERF)),
                         [("kernel", 0.5), ("collector/parse", 0.375), ("libc", 0.125)])


class Drawing(unittest.TestCase):
    def test_widths_are_shares_and_callers_hold_what_they_call(self):
        boxes = {box.frame.name: box for box in flame_svg.layout(stacks.fold(PERF))}
        self.assertEqual((boxes["Asio"].left, boxes["Asio"].width, boxes["Asio"].depth), (0, 1, 2))
        # In the order of their names: SSL_read_ex, then scraper::…
        self.assertEqual((boxes["SSL_read_ex"].left, boxes["SSL_read_ex"].width), (0, 0.5))
        self.assertEqual((boxes["scraper::Scraper::Take"].left, boxes["scraper::Scraper::Take"].width), (0.5, 0.5))
        self.assertEqual((boxes["__memcmp_avx2_movbe"].left, boxes["__memcmp_avx2_movbe"].width), (0.5, 0.125))

    def test_what_is_too_narrow_is_left_out_and_keeps_its_room(self):
        boxes = {box.frame.name: box for box in flame_svg.layout(
            {(Frame("a", "libc"),): 1, (Frame("b", "libc"),): 999})}
        self.assertEqual(list(boxes), ["b"])
        self.assertAlmostEqual(boxes["b"].left, 0.001)

    def test_a_name_shows_as_much_as_fits(self):
        name = "parse::ExpositionParser::Line"
        self.assertEqual(flame_svg.label(name, 300), name)
        self.assertEqual(flame_svg.label(name, 6.1 + 22 * flame_svg.LETTER), "ExpositionParser::Line")
        self.assertEqual(flame_svg.label(name, 6.1 + 4 * flame_svg.LETTER), "Line")
        self.assertEqual(flame_svg.label(name, 6.1 + 3 * flame_svg.LETTER), "Li…")
        self.assertEqual(flame_svg.label(name, 20), "")

    def test_the_picture_is_whole_and_the_same_each_time(self):
        picture = flame_svg.draw(stacks.fold(PERF), "a < b")
        self.assertEqual(picture, flame_svg.draw(stacks.fold(PERF), "a < b"))
        self.assertNotIn("<script", picture)
        titles = [title.text for title in xml.fromstring(picture).iter("{http://www.w3.org/2000/svg}title")]
        self.assertIn("parse::ExpositionParser::Parse (collector/parse): 50.0%", titles)


if __name__ == "__main__":
    unittest.main()
