"""NetworkPolicies carried out, which the cluster's own network plug-in does not: by rules on each node.

What stands in the files of config/network-policy is understood, ports and peers chosen by pod labels; anything else is
an error. No connection is remembered: an answer passes because it comes from a port that may be asked, so that
connections which were there before count as well.
"""
import kube

CHAIN = "POLICY"
HOOKS = ("FORWARD", "INPUT", "OUTPUT")


def pods(selector):
    chosen = ",".join(f"{key}={value}" for key, value in selector["matchLabels"].items())
    return [p["status"]["podIP"] for p in kube.get("pods", "-A", "-l", chosen)["items"]
            if "deletionTimestamp" not in p["metadata"] and p["status"].get("podIP")]


def allowed(rules, peers):
    """[(condition on the far end's port or address)] of ingress or egress rules: (protocol, port) or an address."""
    for rule in rules:
        assert rule.keys() <= {"ports", peers} and len(rule) == 1, rule
        for port in rule.get("ports", []):
            yield port["protocol"].lower(), port["port"]
        for peer in rule.get(peers, []):
            assert peer["namespaceSelector"] == {}, peer
            yield from pods(peer["podSelector"])


def commands():
    """iptables' arguments for all policies of our namespace."""
    for policy in kube.get("networkpolicies", "-n", kube.NAMESPACE)["items"]:
        spec = policy["spec"]
        assert sorted(spec["policyTypes"]) == ["Egress", "Ingress"], spec
        incoming, outgoing = list(allowed(spec["ingress"], "from")), list(allowed(spec["egress"], "to"))
        for pod in pods(spec["podSelector"]):
            for rule in outgoing:
                yield from passing(pod, rule, "dport", "sport")
            for rule in incoming:
                yield from passing(pod, rule, "sport", "dport")
            yield f"-s {pod} -j DROP"
            yield f"-d {pod} -j DROP"


def passing(pod, rule, when_sent, when_received):
    if isinstance(rule, str):
        yield f"-s {pod} -d {rule} -j RETURN"
        yield f"-d {pod} -s {rule} -j RETURN"
    else:
        yield f"-s {pod} -p {rule[0]} --{when_sent} {rule[1]} -j RETURN"
        yield f"-d {pod} -p {rule[0]} --{when_received} {rule[1]} -j RETURN"


class Enforced:
    """While it is entered; a pod that comes later is not restricted."""

    def __enter__(self):
        script = [f"iptables -N {CHAIN}", *(f"iptables -A {CHAIN} {rule}" for rule in commands()),
                  *(f"iptables -I {hook} -j {CHAIN}" for hook in HOOKS)]
        self._everywhere(script)
        return self

    def __exit__(self, *_):
        self._everywhere([*(f"iptables -D {hook} -j {CHAIN}" for hook in HOOKS), f"iptables -F {CHAIN}",
                          f"iptables -X {CHAIN}"])

    @staticmethod
    def _everywhere(script):
        for node in kube.get("nodes")["items"]:
            kube.on_machine(node["metadata"]["name"], "bash", "-eu", "-s", stdin="\n".join(script) + "\n")
