#include "test/support/kube_apiserver/audit.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace mpl::test {
namespace {

using nlohmann::json;

std::string Text(const json& object, const char* pointer) {
  const json::json_pointer at(pointer);
  return object.contains(at) ? object[at].get<std::string>() : "";
}

}  // namespace

bool AuditEvent::Writes() const { return verb != "get" && verb != "list" && verb != "watch"; }

std::string AuditEvent::ToString() const {
  std::string text = verb + " " + resource;
  if (!group.empty()) text += "." + group;
  if (!subresource.empty()) text += "/" + subresource;
  if (!name.empty()) text += " " + name;
  if (!ns.empty()) text += " in " + ns;
  return text + " (" + std::to_string(code) + ")";
}

std::vector<AuditEvent> ReadAudit(const KubeApiServer& server, const std::string& user) {
  std::vector<AuditEvent> events;
  std::ifstream log(server.folder() + "/audit.log");
  for (std::string line; std::getline(log, line);) {
    const json event = json::parse(line, nullptr, false);
    if (event.is_discarded() || Text(event, "/user/username") != user) continue;
    // A watch has begun long before it is complete; everything else is told of once.
    const bool watch = event["verb"] == "watch";
    if ((event["stage"] == "ResponseStarted") != watch) continue;
    AuditEvent read;
    read.user = user;
    read.verb = event["verb"];
    read.group = Text(event, "/objectRef/apiGroup");
    read.resource = Text(event, "/objectRef/resource");
    read.subresource = Text(event, "/objectRef/subresource");
    read.ns = Text(event, "/objectRef/namespace");
    read.name = Text(event, "/objectRef/name");
    read.code = event.value(json::json_pointer("/responseStatus/code"), 0);
    events.push_back(read);
  }
  return events;
}

}  // namespace mpl::test
