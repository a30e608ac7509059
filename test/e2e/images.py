"""Another version of our image: the same programs under another tag, with a label of its own and so another digest."""
import hashlib
import io
import json
import tarfile

NAME = "docker.io/metricspipeline/metricspipeline"
REF = "org.opencontainers.image.ref.name"


def relabelled(archive, tag, target):
    """Writes OCI archive `target`: what is in `archive`, as NAME:tag."""
    with tarfile.open(archive) as source:
        files = {member.name: source.extractfile(member).read() for member in source if member.isfile()}

    def blob(digest):
        return json.loads(files["./blobs/" + digest.replace(":", "/")])

    def store(document):
        content = json.dumps(document).encode()
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        files["./blobs/" + digest.replace(":", "/")] = content
        return {"digest": digest, "size": len(content)}

    index = json.loads(files["./index.json"])
    manifest = blob(index["manifests"][0]["digest"])
    config = blob(manifest["config"]["digest"])
    config["config"].setdefault("Labels", {})["org.opencontainers.image.version"] = tag
    manifest["config"].update(store(config))
    index["manifests"][0].update(store(manifest))
    index["manifests"][0]["annotations"] = {REF: f"{NAME}:{tag}"}
    files["./index.json"] = json.dumps(index).encode()
    with tarfile.open(target, "w") as made:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return target
