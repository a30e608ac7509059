// The little HTTP/1.1 that a kubelet's clients need: a GET in, an answer framed as Go's server
// frames it. Pure. Requests with a body are not understood.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct libdeflate_compressor;

namespace mpl::bench {

struct Query {
  std::string_view method, path, query;  // of the request line, into the bytes read
  bool gzip = false;                     // the client takes it
  bool authorized = false;               // it brought a bearer token
  std::size_t size = 0;                  // of the whole head
};
// Nothing before the head is complete.
std::optional<Query> ReadQuery(std::string_view bytes);

// The value of a parameter of "a=1&b=2"; empty without.
std::string_view Parameter(std::string_view query, std::string_view name);
int NumberParameter(std::string_view query, std::string_view name, int fallback);

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
