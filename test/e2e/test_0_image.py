"""The image that the cluster runs: no more in it than its bill of materials says."""
import hashlib
import io
import json
import tarfile

import pytest

import kube

ARCHIVE = kube.ROOT / "build" / "image" / "metricspipeline.tar"


def blob(archive, digest):
    return archive.extractfile("./blobs/" + digest.replace(":", "/")).read()


@pytest.fixture(scope="module")
def image():
    """(digest, configuration, {path: content}) of the archive."""
    with tarfile.open(ARCHIVE) as archive:
        digest = json.load(archive.extractfile("./index.json"))["manifests"][0]["digest"]
        manifest = json.loads(blob(archive, digest))
        config, files = json.loads(blob(archive, manifest["config"]["digest"])), {}
        for layer in manifest["layers"]:
            with tarfile.open(fileobj=io.BytesIO(blob(archive, layer["digest"]))) as content:
                files |= {"./" + member.name.removeprefix("./"): content.extractfile(member).read()
                          for member in content if member.isfile()}
    return digest, config, files


@pytest.fixture(scope="module")
def bill():
    return json.loads(ARCHIVE.with_name("metricspipeline.spdx.json").read_text())


def test_runs_as_nobody_and_has_no_shell(image):
    _, config, files = image

    assert config["config"]["User"] == "65532:65532"
    assert not [path for path in files if path.rsplit("/", 1)[-1] in ("sh", "bash", "dash", "busybox")]


def test_every_file_is_in_the_bill_with_its_hash(image, bill):
    digest, _, files = image
    listed = {entry["fileName"]: {c["algorithm"]: c["checksumValue"] for c in entry["checksums"]}
              for entry in bill["files"]}

    assert listed.keys() == files.keys()
    for path, content in files.items():
        assert listed[path]["SHA256"] == hashlib.sha256(content).hexdigest(), path
    assert bill["packages"][0]["versionInfo"] == digest


def test_the_bill_is_spdx(bill):
    """The fields that SPDX 2.3 makes mandatory, and references that lead somewhere."""
    assert (bill["spdxVersion"], bill["dataLicense"], bill["SPDXID"]) == ("SPDX-2.3", "CC0-1.0", "SPDXRef-DOCUMENT")
    assert {"created", "creators"} <= bill["creationInfo"].keys()
    for package in bill["packages"]:
        assert {"SPDXID", "name", "downloadLocation"} <= package.keys(), package
    known = {"SPDXRef-DOCUMENT"} | {part["SPDXID"] for part in bill["packages"] + bill["files"]}
    assert len(known) == 1 + len(bill["packages"]) + len(bill["files"])
    for link in bill["relationships"]:
        assert {link["spdxElementId"], link["relatedSpdxElement"]} <= known, link


def test_libraries_and_what_was_compiled_in_have_versions(bill):
    names = {package["name"]: package["versionInfo"] for package in bill["packages"]}

    for package in ("libc6", "libstdc++6", "libssl3", "libboost1.81-dev", "nlohmann-json3-dev"):
        assert names.get(package), sorted(names)
    kinds = {(link["spdxElementId"], link["relationshipType"]) for link in bill["relationships"]}
    assert ("SPDXRef-Package-nlohmann-json3-dev", "BUILD_DEPENDENCY_OF") in kinds
    assert ("SPDXRef-Package-libssl3", "CONTAINS") in kinds
