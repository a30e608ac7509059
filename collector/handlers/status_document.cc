#include "collector/handlers/status_document.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

#include "collector/handlers/json_text.h"

namespace mpl::handlers {
namespace {

constexpr std::size_t kMostEntries = 100;

using Rank = std::tuple<int, std::string_view>;
Rank RankOf(const FailingNode& node) { return {node.distrusted ? 0 : 1, node.node}; }
Rank RankOf(const PinnedNode& pin) { return {0, pin.node}; }

// "[…]" of the first entries by rank, each written by `append`.
template <class T, class Append>
void AppendList(std::string& out, std::vector<T> entries, Append append) {
  std::ranges::sort(entries, {}, [](const T& entry) { return RankOf(entry); });
  entries.resize(std::min(entries.size(), kMostEntries));
  out += '[';
  for (const T& entry : entries) {
    if (&entry != entries.data()) out += ',';
    JsonObjectWriter object(out);
    append(object, entry);
    object.End();
  }
  out += ']';
}

void AppendNodes(std::string& out, const StatusDocument& status) {
  JsonObjectWriter nodes(out);
  nodes.Number("total", status.nodes_total);
  nodes.Number("healthy", status.nodes_healthy);
  nodes.End();
}

void AppendReasons(std::string& out, const std::vector<FailingNode>& failing) {
  std::map<std::string_view, std::uint64_t> counts;
  for (const FailingNode& node : failing) ++counts[node.reason];
  JsonObjectWriter object(out);
  for (const auto& [reason, count] : counts) object.Number(reason, count);
  object.End();
}

void AppendTls(std::string& out, const TlsCounts& tls) {
  JsonObjectWriter object(out);
  object.Number("verified", tls.verified);
  object.Number("pinned", tls.pinned);
  object.Number("insecure", tls.insecure);
  object.End();
}

void AppendStore(std::string& out, const store::MetricStore::Counts& counts) {
  JsonObjectWriter object(out);
  object.Number("nodes", counts.nodes);
  object.Number("pods", counts.pods);
  object.Number("containers", counts.containers);
  object.End();
}

}  // namespace

std::string WriteStatus(const StatusDocument& status) {
  std::string out;
  JsonObjectWriter object(out);
  object.Text("configHash", status.config_hash);
  object.Text("version", status.version);
  object.Text("replica", status.replica);
  object.Text("startedAt", FormatRfc3339(status.started_at));
  AppendNodes(object.Key("nodes"), status);
  AppendList(object.Key("failing"), status.failing,
             [](JsonObjectWriter& entry, const FailingNode& node) {
               entry.Text("node", node.node);
               entry.Text("reason", node.reason);
               entry.Text("message", node.message);
               entry.Text("since", FormatRfc3339(node.since));
             });
  object.Number("failingTotal", status.failing.size());
  AppendReasons(object.Key("failingByReason"), status.failing);
  AppendList(object.Key("pins"), status.pins, [](JsonObjectWriter& entry, const PinnedNode& pin) {
    entry.Text("node", pin.node);
    entry.Text("subject", pin.subject);
    entry.Text("issuer", pin.issuer);
  });
  object.Number("pinsTotal", status.pins.size());
  AppendTls(object.Key("tls"), status.tls);
  AppendStore(object.Key("store"), status.store);
  object.Text("lastConfigError", status.last_config_error);
  if (!status.pins_error.empty()) object.Text("pinsError", status.pins_error);
  object.End();
  out += '\n';
  return out;
}

}  // namespace mpl::handlers
