// An answer framed as Go's server frames it. Pure.
#pragma once

#include <string>
#include <string_view>

struct libdeflate_compressor;

namespace mpl::bench {

struct Answer {
  int status = 200;
  std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";
  std::string_view date;  // as HTTP writes it
  std::string_view body;
  bool gzipped = false;
};
// Appends head and body. Go announces the length of a short body and sends others in chunks, of its
// buffers' sizes: 4,096 bytes of text, 2,048 of gzip.
void WriteAnswer(const Answer& answer, std::string& out);

// gzip, level 1. Keeps its compressor; not thread-safe.
class Gzipper {
 public:
  Gzipper();
  ~Gzipper();
  Gzipper(const Gzipper&) = delete;
  Gzipper& operator=(const Gzipper&) = delete;
  void Compress(std::string_view text, std::string& out);

 private:
  ::libdeflate_compressor* compressor_;
};

}  // namespace mpl::bench
