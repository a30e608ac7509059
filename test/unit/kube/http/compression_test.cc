// Rules: RFC 9110 §12.5.3; threshold and level as k8s.io/apiserver's gzip writer.
#include "kube/http/compression.h"

#include <gtest/gtest.h>
#include <libdeflate.h>

namespace mpl::http {
namespace {

std::string Inflate(const std::string& packed, std::size_t size) {
  std::string plain(size, '\0');
  libdeflate_decompressor* decompressor = libdeflate_alloc_decompressor();
  std::size_t written = 0;
  const auto outcome = libdeflate_gzip_decompress(decompressor, packed.data(), packed.size(),
                                                  plain.data(), plain.size(), &written);
  libdeflate_free_decompressor(decompressor);
  EXPECT_EQ(outcome, LIBDEFLATE_SUCCESS);
  plain.resize(written);
  return plain;
}

bool Accepts(const char* value) { return AcceptsGzip({{"Accept-Encoding", value}}); }

TEST(AcceptsGzip, ReadsNamesAndQualities) {
  EXPECT_TRUE(Accepts("gzip"));
  EXPECT_TRUE(Accepts("deflate, GZIP;q=0.5"));
  EXPECT_TRUE(Accepts("*"));
  EXPECT_FALSE(Accepts("gzip;q=0"));
  EXPECT_FALSE(Accepts("gzip;q=0, *"));
  EXPECT_FALSE(Accepts("identity"));
  EXPECT_FALSE(Accepts("gzip;q=x"));
  EXPECT_FALSE(AcceptsGzip({}));
}

TEST(CompressIfWorthwhile, PacksOnlyWhatIsOverTheThreshold) {
  const Headers asked = {{"Accept-Encoding", "gzip"}};
  Response small;
  small.body = std::string(1000, 'a');
  CompressIfWorthwhile(asked, small, 1000);
  EXPECT_EQ(small.body.size(), 1000U);
  EXPECT_FALSE(small.headers.Has("Content-Encoding"));

  Response large;
  large.body = std::string(1001, 'a');
  CompressIfWorthwhile(asked, large, 1000);
  EXPECT_EQ(large.headers.Get("Content-Encoding"), "gzip");
  EXPECT_EQ(large.headers.Get("Vary"), "Accept-Encoding");
  EXPECT_EQ(Inflate(large.body, 2000), std::string(1001, 'a'));
}

TEST(CompressIfWorthwhile, LeavesAnswersAloneThatTheClientDidNotAskToBePacked) {
  Response response;
  response.body = std::string(1001, 'a');
  CompressIfWorthwhile({}, response, 1000);
  EXPECT_EQ(response.body.size(), 1001U);
  EXPECT_EQ(response.headers.Get("Vary"), "Accept-Encoding");

  response.headers.Set("Content-Encoding", "br");
  CompressIfWorthwhile({{"Accept-Encoding", "gzip"}}, response, 1000);
  EXPECT_EQ(response.headers.Get("Content-Encoding"), "br");
}

// A text that packs to about half, in pieces of a size.
Response InPieces(std::string* whole, std::size_t pieces, std::size_t piece_bytes) {
  std::uint32_t noise = 1;
  for (std::size_t i = 0; i < pieces * piece_bytes; ++i) {
    noise = noise * 1664525 + 1013904223;  // Numerical Recipes' generator
    *whole += static_cast<char>('a' + (noise >> 28U));
  }
  Response response;
  response.next_chunk = [whole, at = std::size_t{0}, piece_bytes](std::string& chunk) mutable {
    if (at == whole->size()) return false;
    chunk = whole->substr(at, piece_bytes);
    at += piece_bytes;
    return true;
  };
  return response;
}

std::string Read(Response& response) {
  std::string all, piece;
  for (bool more = true; more;) {
    piece.clear();
    more = response.next_chunk(piece);
    all += piece;
  }
  return all;
}

TEST(CompressIfWorthwhile, PacksAnswersInPiecesIntoOneMember) {
  for (const std::size_t pieces : {0U, 1U, 7U}) {
    std::string whole;
    Response response = InPieces(&whole, pieces, 100'000);
    CompressIfWorthwhile({{"Accept-Encoding", "gzip"}}, response, 1000);
    EXPECT_EQ(response.headers.Get("Content-Encoding"), "gzip");
    EXPECT_EQ(response.headers.Get("Vary"), "Accept-Encoding");
    const std::string packed = Read(response);
    EXPECT_LT(packed.size(), whole.size() * 2 / 3 + 30);  // gzip's own bytes
    // libdeflate reads the first member alone.
    EXPECT_EQ(Inflate(packed, whole.size() + 1), whole);
  }
}

TEST(CompressIfWorthwhile, LeavesPiecesAloneWithoutAWish) {
  std::string whole;
  Response response = InPieces(&whole, 2, 1000);
  CompressIfWorthwhile({{"Accept-Encoding", "identity"}}, response, 1);
  EXPECT_FALSE(response.headers.Has("Content-Encoding"));
  EXPECT_EQ(response.headers.Get("Vary"), "Accept-Encoding");
  EXPECT_EQ(Read(response), whole);
}

}  // namespace
}  // namespace mpl::http
