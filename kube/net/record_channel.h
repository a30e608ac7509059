// A TLS 1.3 connection after OpenSSL has made its handshake. Internal to kube/net.
//
// OpenSSL's own state is 19 KB a connection, for as long as that lives, and it makes a system call
// for each record that it sends and two for each that it reads; this is a few hundred bytes, and
// what is half read or half sent. docs/design/0009-tls-records.md says why.
#pragma once

#include <string>
#include <string_view>

#include "kube/net/tls_channel.h"
#include "kube/tls/records.h"

namespace mpl::net {

class RecordChannel final : public TlsChannel {
 public:
  RecordChannel(int descriptor, const tls::Records& records)
      : descriptor_(descriptor), records_(records) {}

  Attempt Read(char* data, std::size_t size) override;
  Attempt Write(std::string_view bytes, More more) override;
  bool HasPending() const override { return !plain_.empty() || end_; }
  bool IsQuiet() override;
  void SayGoodbye() override;

 private:
  // Where the reader wants it, as far as that has room.
  struct Target {
    char* at;
    std::size_t room;
    std::size_t filled = 0;
  };
  void TakePlain(Target& target);
  // The whole records at the start of `bytes`; returns how many bytes they were.
  std::size_t TakeRecords(std::string_view bytes, Target& target);
  void Break(const tls::Fault& fault);

  int descriptor_;
  tls::Records records_;
  std::string part_;        // of a record that has not come whole
  std::string plain_;       // data for which the reader had no room
  std::string outgoing_;    // sealed, not sent yet
  std::size_t sealed_ = 0;  // bytes of the caller's that are in outgoing_
  ErrorCode end_;           // what every read comes to once plain_ is empty
  bool broken_ = false;     // nothing must be sent any more
};

}  // namespace mpl::net
