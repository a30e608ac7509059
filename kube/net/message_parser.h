// Beast's HTTP/1.1 grammar, filling our own types: its message containers cannot hold a field value
// beyond 64 KiB (they throw), and would be copied out of anyway. Internal to message_reader.cc.
#pragma once

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <string>

#include "kube/net/body_memory.h"
#include "kube/net/message_reader.h"

namespace mpl::net {

template <bool kIsRequest>
class MessageParser : public boost::beast::http::basic_parser<kIsRequest> {
 public:
  // `head` is written to until the header is complete.
  explicit MessageParser(MessageHead& head) : head_(&head) {}

  // A guess at how long the body is, in case nobody says.
  void ExpectBody(std::size_t bytes) { expected_bytes_ = bytes; }
  // What has come of the body and was not taken yet.
  std::string& body() { return body_; }

 private:
  using View = boost::beast::string_view;
  // A length is only a claim: more is not reserved at once.
  static constexpr std::uint64_t kMaxReserveBytes = 1U << 20U;

  static std::string Text(View view) { return {view.data(), view.size()}; }

  void on_request_impl(boost::beast::http::verb, View method, View target, int version,
                       ErrorCode&) override {
    head_->method = Text(method);
    head_->target = Text(target);
    head_->minor_version = version % 10;
  }
  void on_response_impl(int code, View, int version, ErrorCode&) override {
    head_->status = code;
    head_->minor_version = version % 10;
  }
  void on_field_impl(boost::beast::http::field, View name, View value, ErrorCode& error) override {
    // Trailers are no headers: what stands there was looked at by nobody (RFC 9110 section 6.5.1).
    if (head_ == nullptr) return;
    if (head_->headers.size() == kMostHeaderFields) {
      error = make_error_code(boost::beast::http::error::header_limit);
    } else {
      head_->headers.Add(Text(name), Text(value));
    }
  }
  void on_header_impl(ErrorCode&) override { head_ = nullptr; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorCode&) override {
    // Only now that the answer has come: while many wait for theirs, their memory is no one's.
    body_ = TakeBodyMemory(length ? static_cast<std::size_t>(std::min(*length, kMaxReserveBytes))
                                  : expected_bytes_);
  }
  std::size_t on_body_impl(View bytes, ErrorCode&) override {
    body_.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, View, ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View bytes, ErrorCode&) override {
    body_.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(ErrorCode&) override {}

  MessageHead* head_;  // null once the header is complete
  std::size_t expected_bytes_ = 0;
  std::string body_;
};

}  // namespace mpl::net
