"""Makes the operator renew its authority: by one in its Secret that has had two thirds of its life."""
import base64
import datetime
import json

import kube

SETTINGS = """
[ca]
default_ca = one
[one]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = anything
[anything]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
"""


def secret(name):
    data = kube.get("secret", name, "-n", kube.NAMESPACE)["data"]
    return {key: base64.b64decode(value).decode() for key, value in data.items()}


def issuer(pem):
    return kube.run("openssl", "x509", "-noout", "-issuer", stdin=pem).strip()


def subject(pem):
    return kube.run("openssl", "x509", "-noout", "-subject", stdin=pem).strip().replace("subject", "issuer")


def aged_authority(folder):
    """(certificate, key): a year's authority with 65 days left."""
    settings, key, request, certificate = (folder / name for name in ("settings", "key", "request", "certificate"))
    settings.write_text(SETTINGS.format(folder=folder))
    (folder / "index").touch()
    kube.run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
             "-subj", "/CN=aged-ca", "-keyout", key, "-out", request)
    now = datetime.datetime.now(datetime.timezone.utc)
    begin, end = (f"{now + datetime.timedelta(days=days):%Y%m%d%H%M%SZ}" for days in (-300, 65))
    kube.run("openssl", "ca", "-batch", "-selfsign", "-notext", "-config", settings, "-extensions", "authority",
             "-startdate", begin, "-enddate", end, "-keyfile", key, "-in", request, "-out", certificate)
    return certificate.read_text(), key.read_text()


def served_issuers():
    """Who signed what each replica serves with now."""
    found = set()
    pods = kube.get("pods", "-n", kube.NAMESPACE, "-l", "metricspipeline.dev/pipeline=cluster")["items"]
    for pod in pods:
        shown = kube.on_machine("cp", "sh", "-c",
                                f"openssl s_client -connect {pod['status']['podIP']}:10250 </dev/null 2>/dev/null")
        found.add(issuer(shown))
    return found


class Rotation:
    def __init__(self, folder, watcher):
        self.watcher = watcher
        certificate, key = aged_authority(folder)
        self.aged = subject(certificate)
        self.original = issuer(secret("cluster-collector-serving")["tls.crt"])
        data = {"ca.crt": base64.b64encode(certificate.encode()).decode(),
                "ca.key": base64.b64encode(key.encode()).decode()}
        kube.kubectl("-n", kube.NAMESPACE, "patch", "secret", "cluster-collector-ca", "--type=merge", "-p",
                     json.dumps({"data": data}))

    def wait(self):
        """Until every replica serves with what the aged authority's successor signed; its subject."""
        def done():
            active = subject(secret("cluster-collector-ca")["ca.crt"])
            return active not in (self.aged, self.original) and served_issuers() == {active} and active
        return kube.wait_for("every replica to serve with the successor's signature", done, 240, 2)
