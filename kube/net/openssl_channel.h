// TLS by OpenSSL, which works on the descriptor itself: handshakes of both sides, and with TLS 1.2
// all that follows them. Internal to kube/net.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kube/net/peer_check.h"
#include "kube/net/tls_channel.h"
#include "kube/tls/records.h"

struct ssl_ctx_st;
struct ssl_st;

namespace mpl::net {

class OpenSslChannel final : public TlsChannel {
 public:
  // Null when there is no memory. The descriptor stays the caller's.
  static std::unique_ptr<OpenSslChannel> Create(ssl_ctx_st* context, int descriptor);
  ~OpenSslChannel() override;

  // Before the first Handshake(): which side this is. `check` must outlive the channel; `name`:
  // what to ask for by SNI, empty: nothing.
  void BeClient(PeerCheck& check, const std::string& name);
  void BeServer();
  // No bytes: bytes and wait are empty when it is done.
  Attempt Handshake();
  // After the handshake: what is needed to go on without OpenSSL, and without this channel.
  // Nothing where that cannot be: TLS 1.2, or records that have been read ahead already.
  std::optional<tls::Records> TakeRecords();
  // Of a server: what the client sent, leaf first.
  std::vector<std::string> PeerChainDer() const;

  Attempt Read(char* data, std::size_t size) override;
  Attempt Write(std::string_view bytes, More more) override;
  bool HasPending() const override;
  bool IsQuiet() override;
  void SayGoodbye() override;

 private:
  struct Freer {
    void operator()(ssl_st* ssl) const;
  };
  // Of TLS 1.3, as OpenSSL tells them in its key log.
  struct Secrets {
    tls::Secret server, client;
  };

  explicit OpenSslChannel(ssl_st* ssl);
  Attempt ReadRecord(char* data, std::size_t size);
  Attempt Explain(int result);
  friend void WatchSecrets(ssl_ctx_st* context);
  static void OnKeyLog(const ssl_st* ssl, const char* line);

  std::unique_ptr<ssl_st, Freer> ssl_;
  std::unique_ptr<Secrets> secrets_;  // until they are handed on
  tls::Side side_ = tls::Side::kClient;
  bool broken_ = false;  // even close_notify must not be sent any more
  ErrorCode held_back_;  // came behind bytes that were told first
};

// Lets channels of a context see the secrets of their connections.
void WatchSecrets(ssl_ctx_st* context);

}  // namespace mpl::net
