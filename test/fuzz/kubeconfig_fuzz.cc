// Kubeconfigs, and what exec plug-ins print.
#include "kube/client/kubeconfig.h"

#include "test/fuzz/fuzz.h"

namespace mpl::fuzz {
namespace {

using client::KubeconfigContext;

std::string Text(const client::DataOrFile& value) { return value.data + "|" + value.file; }

std::string Text(const Result<KubeconfigContext>& context) {
  if (!context) return context.error().message;
  std::string text = context->server_text + "|" + context->tls_server_name + "|" +
                     Text(context->certificate_authority) + "|" +
                     Text(context->client_certificate) + "|" + Text(context->client_key) + "|" +
                     context->token + "|" + context->token_file + "|" + context->default_namespace;
  if (!context->exec) return text;
  text += "|" + context->exec->command;
  for (const std::string& argument : context->exec->arguments) text += "|" + argument;
  for (const auto& [name, value] : context->exec->environment) text += "|" + name + "=" + value;
  return text;
}

void CheckServer(const client::ServerUrl& server) {
  Require(!server.host.empty() && server.port != 0, "a server has host and port");
  Require(server.path_prefix.empty() ||
              (server.path_prefix.front() == '/' && server.path_prefix.back() != '/'),
          "a prefix begins with a slash and does not end in one");
}

void CheckContext(const KubeconfigContext& context) {
  CheckServer(context.server);
  Require(!context.insecure_skip_tls_verify || context.certificate_authority.empty(),
          "an authority is never skipped");
  Require(context.client_certificate.empty() == context.client_key.empty(),
          "certificate and key go together");
  Require(!context.default_namespace.empty(), "there is always a namespace");
  Require(!context.exec || !context.exec->command.empty(), "a plug-in has a command");
  for (const auto* source :
       {&context.certificate_authority, &context.client_certificate, &context.client_key}) {
    Require(source->file.empty() || source->file.front() == '/',
            "files are relative to the kubeconfig's folder");
  }
}

}  // namespace

void Check(std::string_view input) {
  const std::string text(input);
  const client::KubeconfigFile file{"/home/me/.kube/config", text};
  const auto context = client::ResolveKubeconfig({file}, "");
  if (context) CheckContext(*context);
  Require(context || context.error().message.find("kubeconfig") != std::string::npos,
          "a fault says where");
  // The first file that has an entry wins, so more of the same changes nothing.
  Require(Text(client::ResolveKubeconfig({{"/etc/empty", ""}, file, file}, "")) == Text(context),
          "files are merged entry by entry");
  if (const auto server = client::ParseServerUrl(text)) CheckServer(*server);
  const auto credential = client::ParseExecCredential(text, "client.authentication.k8s.io/v1");
  Require(!credential || !credential->token.empty() || !credential->client_key_pem.empty(),
          "a credential proves something");
}

}  // namespace mpl::fuzz
