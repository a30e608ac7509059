"""What both are asked: every way in which clients are known to read metrics.k8s.io, and some they should not.

A case has a name, which docs/differences.md uses. The two pods of namespace `load` and the two nodes
exist on both sides, so lists are narrowed to them.
"""
from urllib.parse import quote

B = "/apis/metrics.k8s.io/v1beta1"
NODE = f"{B}/nodes/node1"
NODES = f"{B}/nodes"
POD = f"{B}/namespaces/load/pods/holder"
PODS = f"{B}/namespaces/load/pods"

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
PROTOBUF = "application/vnd.kubernetes.protobuf"


def case(name, path, *headers, method="GET", credential="admin"):
    return {"id": name, "method": method, "path": path, "headers": [list(h) for h in headers],
            "credential": credential}


def accept(value):
    return ("Accept", value)


def selecting(kind, text):
    return f"{PODS}?{kind}={quote(text, safe='')}"


OBJECTS = {"node": NODE, "nodes": NODES, "pod": POD, "pods": PODS}

REPRESENTATIONS = {
    "default": [],
    "json": [accept("application/json")],
    "yaml": [accept("application/yaml")],
    "protobuf": [accept(PROTOBUF)],
    "kubectl top": [accept(f"{PROTOBUF}, */*")],
    "table": [accept(TABLE)],
    "kubectl get": [accept(f"{TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json")],
    "curl": [("User-Agent", "curl/8.5.0"), accept("*/*")],
    "browser": [("User-Agent", "Mozilla/5.0"), accept("text/html,application/xhtml+xml,*/*;q=0.8")],
    "partial": [accept(PARTIAL)],
    "partial list": [accept(PARTIAL_LIST)],
    "html only": [accept("text/html")],
    "wildcard type": [accept("application/*")],
    "upper case": [accept("APPLICATION/JSON")],
    "refused json": [accept("application/json;q=0, application/yaml")],
}

SELECTORS = {
    "equal": ("labelSelector", "app=burner"),
    "double equal": ("labelSelector", "app==burner"),
    "not equal": ("labelSelector", "app!=burner"),
    "in": ("labelSelector", "app in (burner,holder)"),
    "notin": ("labelSelector", "app notin (burner)"),
    "exists": ("labelSelector", "app"),
    "not exists": ("labelSelector", "!app"),
    "greater": ("labelSelector", "app>1"),
    "empty": ("labelSelector", ""),
    "two": ("labelSelector", "app=burner,app!=holder"),
    "unclosed": ("labelSelector", "app in (burner"),
    "no key": ("labelSelector", "=burner"),
    "bad key": ("labelSelector", "a b=c"),
    "bad value": ("labelSelector", "app=b@d"),
    "greater than text": ("labelSelector", "app>x"),
    "name": ("fieldSelector", "metadata.name=holder"),
    "other name": ("fieldSelector", "metadata.name!=holder"),
    "namespace": ("fieldSelector", "metadata.namespace=load"),
    "unknown field": ("fieldSelector", "spec.nodeName=node1"),
    "not a field": ("fieldSelector", "nonsense"),
}

OPTIONS = [
    "limit=1", "limit=0", "limit=abc", "continue=abc", "resourceVersion=0", "resourceVersion=abc", "timeoutSeconds=5",
    "timeoutSeconds=abc", "resourceVersionMatch=Exact", "resourceVersion=1&resourceVersionMatch=Exact",
    "resourceVersionMatch=Nonsense", "sendInitialEvents=true", "watch=true", "watch=1", "watch=0", "watch=false",
    "watch=abc", "allowWatchBookmarks=true", "pretty=true", "pretty=1", "pretty=false", "unknown=1", "labelSelector=%zz",
    "labelSelector=app%3Dburner&labelSelector=app%3Dholder", "includeObject=None",
]

PATHS = {
    "node that is not there": f"{NODES}/none",
    "pod that is not there": f"{PODS}/none",
    "namespace that is not there": f"{B}/namespaces/none/pods",
    "pods without namespace by name": f"{B}/pods/holder",
    "nodes in a namespace": f"{B}/namespaces/load/nodes",
    "resource that is not there": f"{B}/things",
    "subresource": f"{POD}/status",
    "version that is not there": "/apis/metrics.k8s.io/v9/nodes",
    "group that is not there": "/apis/none.example.com/v1/nodes",
    "core group": "/api/v1/nodes",
    "nonsense": "/nonsense",
    "trailing slash": f"{NODES}/",
    "double slash": f"{B}/namespaces//pods",
    "escaped slash": f"{B}/namespaces/load%2Fpods",
    "apis": "/apis",
    "group": "/apis/metrics.k8s.io",
    "group version": B,
    "version": "/version",
    "openapi v2": "/openapi/v2",
    "openapi v3": "/openapi/v3",
    "healthz": "/healthz",
    "livez": "/livez",
    "readyz": "/readyz",
    "livez check": "/livez/ping",
    "health check that is not there": "/livez/none",
}


def all_cases():
    cases = []
    for kind, path in OBJECTS.items():
        cases += [case(f"{kind}: {name}", path, *headers) for name, headers in REPRESENTATIONS.items()]
        for part in ("None", "Metadata", "Object", "Nonsense"):
            cases.append(case(f"{kind}: table with {part}", f"{path}?includeObject={part}", accept(TABLE)))
    cases.append(case("pods: empty table", f"{B}/namespaces/none/pods", accept(TABLE)))
    cases.append(case("pods: empty partial list", f"{B}/namespaces/none/pods", accept(PARTIAL_LIST)))
    cases += [case(f"selector: {name}", selecting(*choice)) for name, choice in SELECTORS.items()]
    cases += [case(f"option: {option}", f"{PODS}?{option}") for option in OPTIONS]
    cases += [case(f"get option: {option}", f"{POD}?{option}") for option in ("watch=1", "resourceVersion=abc", "pretty=1")]
    cases += [case(f"path: {name}", path) for name, path in PATHS.items()]
    cases += [case(f"method: {method} {name}", path, method=method)
              for method in ("HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
              for name, path in (("nodes", NODES), ("node", NODE), ("version", "/version"))]
    cases += [
        case("who: nobody", NODES, credential="none"),
        case("who: nobody, healthz", "/healthz", credential="none"),
        case("who: nobody, discovery", B, credential="none"),
        case("who: bad token", NODES, ("Authorization", "Bearer nonsense"), credential="none"),
        case("who: bad token, healthz", "/healthz", ("Authorization", "Bearer nonsense"), credential="none"),
        case("who: empty token", NODES, ("Authorization", "Bearer "), credential="none"),
        case("who: basic", NODES, ("Authorization", "Basic YTpi"), credential="none"),
        case("who: spoofed front proxy", NODES, ("X-Remote-User", "admin"), ("X-Remote-Group", "system:masters"),
             credential="none"),
        case("who: impersonated", NODES, ("Impersonate-User", "jane")),
        case("who: impersonated master", NODES, ("Impersonate-User", "jane"), ("Impersonate-Group", "system:masters")),
        case("who: group without user", NODES, ("Impersonate-Group", "system:masters")),
        case("discovery: aggregated", "/apis",
             accept("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList")),
        case("discovery: yaml", B, accept("application/yaml")),
        case("discovery: protobuf", B, accept(PROTOBUF)),
        case("errors: yaml", f"{NODES}/none", accept("application/yaml")),
        case("errors: protobuf", f"{NODES}/none", accept(PROTOBUF)),
        case("errors: table", f"{NODES}/none", accept(TABLE)),
    ]
    assert len({c["id"] for c in cases}) == len(cases)
    return cases
