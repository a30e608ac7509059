#include "kube/client/kubeconfig.h"

#include <yaml-cpp/yaml.h>

#include <boost/url/parse.hpp>
#include <charconv>

#include "kube/base/digest.h"
#include "kube/objects/fields.h"
#include "kube/objects/yaml.h"

namespace mpl::client {
namespace {

using objects::Json;

constexpr std::uint16_t kHttpsPort = 443;
constexpr std::uint16_t kHttpPort = 80;

std::unexpected<Error> Refuse(const std::string& where, const std::string& why) {
  return Fail(ErrorKind::kInvalid, "kubeconfig " + where + ": " + why);
}

// One named entry of "clusters", "users" or "contexts".
struct Entry {
  YAML::Node body;
  std::string where;  // "file: users[admin]"
  std::string folder;
  std::string name = {};
  std::string_view file = {};  // its text

  std::string Text(const char* field) const {
    const YAML::Node value = body[field];
    return value && value.IsScalar() ? value.Scalar() : std::string();
  }
  bool Flag(const char* field) const { return Text(field) == "true"; }
  bool Has(const char* field) const { return body[field] && !body[field].IsNull(); }
  std::string Path(const std::string& path) const {
    return path.empty() || path.starts_with('/') ? path : folder + "/" + path;
  }
};

struct Document {
  YAML::Node root;
  std::string path;
  std::string_view text;
};

std::string FolderOf(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

Result<std::vector<Document>> Load(const std::vector<KubeconfigFile>& files) {
  std::vector<Document> documents;
  for (const KubeconfigFile& file : files) {
    if (!objects::IsYamlText(file.text)) return Refuse(file.path, "the text is not UTF-8");
    try {
      YAML::Node root = YAML::Load(file.text);
      if (root.IsNull()) continue;
      if (!root.IsMap()) return Refuse(file.path, "must be a YAML mapping");
      documents.push_back({root, file.path, file.text});
    } catch (const YAML::Exception& e) {
      return Refuse(file.path, e.what());
    }
  }
  return documents;
}

// `list` is "clusters", `kind` is "cluster".
Result<Entry> FindEntry(const std::vector<Document>& documents, const char* list, const char* kind,
                        const std::string& name) {
  for (const Document& document : documents) {
    const YAML::Node entries = document.root[list];
    if (!entries || !entries.IsSequence()) continue;
    for (const YAML::Node& entry : entries) {
      if (!entry.IsMap() || !entry["name"] || entry["name"].Scalar() != name) continue;
      const YAML::Node body = entry[kind];
      return Entry{body && body.IsMap() ? body : YAML::Node(YAML::NodeType::Map),
                   document.path + ": " + list + "[" + name + "]", FolderOf(document.path), name,
                   document.text};
    }
  }
  return Fail(ErrorKind::kInvalid,
              std::string("kubeconfig: there is no ") + kind + " \"" + name + "\" in " + list);
}

Result<DataOrFile> ReadDataOrFile(const Entry& entry, const std::string& field) {
  DataOrFile result;
  const std::string encoded = entry.Text((field + "-data").c_str());
  if (encoded.empty()) {
    result.file = entry.Path(entry.Text(field.c_str()));
    return result;
  }
  auto decoded = Base64Decode(encoded);
  if (!decoded) return Refuse(entry.where, field + "-data is not base64");
  result.data = *std::move(decoded);
  return result;
}

// What a cluster keeps for its users' plug-ins: extensions[client.authentication.k8s.io/exec].
Result<Json> ReadExecConfig(const Entry& cluster) {
  if (!cluster.Has("extensions")) return Json();
  const auto documents = objects::ParseYaml(cluster.file);
  if (!documents) return Refuse(cluster.where, "extensions: " + documents.error().message);
  const Json clusters = objects::ListAt(documents->front(), "/clusters");
  for (const Json& entry : clusters) {
    if (objects::TextIn(entry, "name") != cluster.name) continue;
    const Json extensions = objects::ListAt(entry, "/cluster/extensions");
    for (const Json& extension : extensions) {
      if (objects::TextIn(extension, "name") != "client.authentication.k8s.io/exec") continue;
      return extension.value("extension", Json());
    }
  }
  return Json();
}

Result<void> ReadCluster(const Entry& cluster, KubeconfigContext& context) {
  if (cluster.Has("proxy-url")) {
    return Refuse(cluster.where, "proxy-url is not supported; reach the API server directly");
  }
  context.server_text = cluster.Text("server");
  auto server = ParseServerUrl(context.server_text);
  if (!server) return Within("kubeconfig " + cluster.where, server.error());
  context.server = *std::move(server);
  context.tls_server_name = cluster.Text("tls-server-name");
  context.insecure_skip_tls_verify = cluster.Flag("insecure-skip-tls-verify");
  auto exec_config = ReadExecConfig(cluster);
  if (!exec_config) return std::unexpected(exec_config.error());
  context.exec_config = *std::move(exec_config);
  auto authority = ReadDataOrFile(cluster, "certificate-authority");
  if (!authority) return std::unexpected(authority.error());
  context.certificate_authority = *std::move(authority);
  if (context.insecure_skip_tls_verify && !context.certificate_authority.empty()) {
    return Refuse(cluster.where,
                  "certificate-authority and insecure-skip-tls-verify exclude each other");
  }
  return {};
}

Result<ExecPlugin> ReadExec(const Entry& user) {
  const Entry exec{user.body["exec"], user.where + ".exec", user.folder};
  ExecPlugin plugin{.command = exec.Text("command"),
                    .arguments = {},
                    .environment = {},
                    .api_version = exec.Text("apiVersion"),
                    .provide_cluster_info = exec.Flag("provideClusterInfo"),
                    .install_hint = exec.Text("installHint")};
  if (plugin.command.empty()) return Refuse(exec.where, "command is missing");
  // A command with a slash is relative to the file, as client-go has it; one without is in $PATH.
  if (plugin.command.find('/') != std::string::npos) plugin.command = exec.Path(plugin.command);
  if (plugin.api_version != "client.authentication.k8s.io/v1" &&
      plugin.api_version != "client.authentication.k8s.io/v1beta1") {
    return Refuse(exec.where, "apiVersion \"" + plugin.api_version +
                                  "\" is not client.authentication.k8s.io/v1 or /v1beta1");
  }
  if (exec.Text("interactiveMode") == "Always") {
    return Refuse(exec.where, "interactiveMode Always: there is nobody to ask");
  }
  for (const YAML::Node& argument : exec.body["args"])
    plugin.arguments.push_back(argument.Scalar());
  for (const YAML::Node& pair : exec.body["env"]) {
    if (!pair.IsMap() || !pair["name"] || !pair["value"]) {
      return Refuse(exec.where, "env: every entry needs name and value");
    }
    plugin.environment.emplace_back(pair["name"].Scalar(), pair["value"].Scalar());
  }
  return plugin;
}

Result<void> RefuseUnsupported(const Entry& user) {
  const struct {
    const char* field;
    const char* remedy;
  } rows[] = {
      {"auth-provider", "is gone from Kubernetes; use exec"},
      {"username", "basic authentication is gone from Kubernetes; use a token or certificate"},
      {"password", "basic authentication is gone from Kubernetes; use a token or certificate"},
      {"as", "impersonation is not supported; use a user of its own"},
      {"as-uid", "impersonation is not supported; use a user of its own"},
      {"as-groups", "impersonation is not supported; use a user of its own"},
      {"as-user-extra", "impersonation is not supported; use a user of its own"},
  };
  for (const auto& row : rows) {
    if (user.Has(row.field)) return Refuse(user.where, std::string(row.field) + ": " + row.remedy);
  }
  return {};
}

Result<void> ReadUser(const Entry& user, KubeconfigContext& context) {
  if (auto fine = RefuseUnsupported(user); !fine) return fine;
  auto certificate = ReadDataOrFile(user, "client-certificate");
  if (!certificate) return std::unexpected(certificate.error());
  auto key = ReadDataOrFile(user, "client-key");
  if (!key) return std::unexpected(key.error());
  if (certificate->empty() != key->empty()) {
    return Refuse(user.where, "client-certificate and client-key go together");
  }
  context.client_certificate = *std::move(certificate);
  context.client_key = *std::move(key);
  context.token = user.Text("token");
  context.token_file = user.Path(user.Text("tokenFile"));
  if (!user.Has("exec")) return {};
  auto exec = ReadExec(user);
  if (!exec) return std::unexpected(exec.error());
  context.exec = *std::move(exec);
  return {};
}

std::string CurrentContext(const std::vector<Document>& documents) {
  for (const Document& document : documents) {
    const YAML::Node current = document.root["current-context"];
    if (current && current.IsScalar() && !current.Scalar().empty()) return current.Scalar();
  }
  return {};
}

Result<KubeconfigContext> Resolve(const std::vector<Document>& documents, std::string name) {
  if (name.empty()) name = CurrentContext(documents);
  if (name.empty()) {
    return Fail(ErrorKind::kInvalid,
                "kubeconfig: no context is given and current-context is empty");
  }
  const auto entry = FindEntry(documents, "contexts", "context", name);
  if (!entry) return std::unexpected(entry.error());
  const auto cluster = FindEntry(documents, "clusters", "cluster", entry->Text("cluster"));
  if (!cluster) return std::unexpected(cluster.error());

  KubeconfigContext context;
  if (auto read = ReadCluster(*cluster, context); !read) return std::unexpected(read.error());
  // A context without user is anonymous, or known by the network.
  if (entry->Has("user") && !entry->Text("user").empty()) {
    const auto user = FindEntry(documents, "users", "user", entry->Text("user"));
    if (!user) return std::unexpected(user.error());
    if (auto read = ReadUser(*user, context); !read) return std::unexpected(read.error());
  }
  if (const std::string ns = entry->Text("namespace"); !ns.empty()) context.default_namespace = ns;
  return context;
}

}  // namespace

Result<ServerUrl> ParseServerUrl(const std::string& text) {
  const auto url = boost::urls::parse_uri(text);
  // Boost.URL takes "//host:port8443" for an empty port and a path without a slash.
  const auto cut_path = [&] {
    return !url->encoded_path().empty() && !url->encoded_path().starts_with('/');
  };
  if (!url || (url->scheme() != "https" && url->scheme() != "http") || url->host().empty() ||
      url->has_query() || url->has_fragment() || url->has_userinfo() || cut_path()) {
    return Fail(ErrorKind::kInvalid, "server \"" + text + "\" is not https://host[:port][/path]");
  }
  ServerUrl server;
  server.tls = url->scheme() == "https";
  server.host = url->host_type() == boost::urls::host_type::ipv6
                    ? std::string(url->encoded_host().substr(1, url->encoded_host().size() - 2))
                    : url->host();
  const std::string_view port = url->port();
  server.port = server.tls ? kHttpsPort : kHttpPort;
  const auto [end, fault] = std::from_chars(port.data(), port.data() + port.size(), server.port);
  if (!port.empty() && (fault != std::errc() || server.port == 0)) {
    return Fail(ErrorKind::kInvalid, "server \"" + text + "\": the port must be 1 to 65535");
  }
  server.path_prefix = std::string(url->encoded_path());
  while (server.path_prefix.ends_with('/')) server.path_prefix.pop_back();
  return server;
}

Result<KubeconfigContext> ResolveKubeconfig(const std::vector<KubeconfigFile>& files,
                                            const std::string& context) {
  const auto documents = Load(files);
  if (!documents) return std::unexpected(documents.error());
  try {
    return Resolve(*documents, context);
  } catch (const YAML::Exception& e) {
    return Fail(ErrorKind::kInvalid, std::string("kubeconfig: ") + e.what());
  }
}

Json ExecInfo(const ExecPlugin& plugin, const KubeconfigContext& context,
              const std::string& ca_pem) {
  Json spec = {{"interactive", false}};
  if (plugin.provide_cluster_info) {
    Json cluster = {{"server", context.server_text}};
    if (!context.tls_server_name.empty()) cluster["tls-server-name"] = context.tls_server_name;
    if (context.insecure_skip_tls_verify) cluster["insecure-skip-tls-verify"] = true;
    if (!ca_pem.empty()) cluster["certificate-authority-data"] = Base64Encode(ca_pem);
    if (!context.exec_config.is_null()) cluster["config"] = context.exec_config;
    spec["cluster"] = std::move(cluster);
  }
  return {
      {"kind", "ExecCredential"}, {"apiVersion", plugin.api_version}, {"spec", std::move(spec)}};
}

Result<ExecCredential> ParseExecCredential(const std::string& output,
                                           const std::string& api_version) {
  const Json json = Json::parse(output, nullptr, /*allow_exceptions=*/false);
  const auto malformed = [](const std::string& why) {
    return Fail(ErrorKind::kMalformed, "ExecCredential: " + why);
  };
  if (!json.is_object()) return malformed("the output is not a JSON object");
  if (json.value("kind", Json()) != "ExecCredential" ||
      json.value("apiVersion", Json()) != api_version) {
    return malformed("must have kind ExecCredential and apiVersion " + api_version);
  }
  const Json status = json.value("status", Json());
  if (!status.is_object()) return malformed("status is missing");
  const auto text = [&](const char* field) {
    const auto found = status.find(field);
    return found != status.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  ExecCredential credential{.token = text("token"),
                            .client_certificate_pem = text("clientCertificateData"),
                            .client_key_pem = text("clientKeyData"),
                            .expires = std::nullopt};
  if (credential.client_certificate_pem.empty() != credential.client_key_pem.empty()) {
    return malformed("clientCertificateData and clientKeyData go together");
  }
  if (credential.token.empty() && credential.client_certificate_pem.empty()) {
    return malformed("status has neither a token nor a client certificate");
  }
  if (const std::string expires = text("expirationTimestamp"); !expires.empty()) {
    credential.expires = ParseRfc3339(expires);
    if (!credential.expires) return malformed("expirationTimestamp is not an RFC 3339 time");
  }
  return credential;
}

}  // namespace mpl::client
