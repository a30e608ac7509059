#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hack/sbom.py ROOT BUILD DIGEST   prints the bill of materials of the image whose files lie in ROOT, as SPDX 2.3.

Called by hack/build-image. Everything comes from this computer: which Debian package a library belongs to and
under which licence from dpkg, what was compiled into the two programs from the compiler's own list of headers
in BUILD. The same image built of the same commit gives the same document.
"""
import hashlib
import json
import pathlib
import re
import subprocess
import sys

NAME = "docker.io/metricspipeline/metricspipeline"
PROGRAMS = ("metricspipeline-operator", "metricspipeline-collector")
REPO = pathlib.Path(__file__).resolve().parents[1]


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def spdx_id(*parts):
    return "SPDXRef-" + "-".join(re.sub(r"[^A-Za-z0-9.-]", "-", part) for part in parts)


def packages_of(paths):
    """path -> Debian package; a path that dpkg does not know is looked up without /usr, which Debian 12 has merged."""
    owners = {}
    asked = sorted({form for path in paths for form in (path, path.removeprefix("/usr"), "/usr" + path)})
    told = subprocess.run(["dpkg-query", "--search", *asked], capture_output=True, text=True).stdout
    for line in told.splitlines():
        names, _, path = line.rpartition(": ")
        if not line.startswith("diversion "):
            owners[path] = names.split(", ")[0]
    return {path: owners.get(path) or owners.get(path.removeprefix("/usr")) or owners.get("/usr" + path)
            for path in paths}


def licences_of(package):
    """The short names in the package's machine-readable copyright file; they are Debian's, not SPDX's."""
    file = pathlib.Path("/usr/share/doc") / package.split(":")[0] / "copyright"
    if not file.exists():
        return []
    return sorted(set(re.findall(r"^License: *(\S.*?)\s*$", file.read_text(errors="replace"), re.MULTILINE)))


def debian_package(name):
    fields = output("dpkg-query", "--show", "--showformat", "${Package}\t${Version}\t${Architecture}\t${Maintainer}\t"
                    "${source:Package}\t${Homepage}", name).split("\t")
    package, version, architecture, maintainer, source, homepage = fields
    licences = licences_of(name)
    return {
        "SPDXID": spdx_id("Package", package), "name": package, "versionInfo": version,
        "supplier": f"Organization: Debian ({maintainer})", "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
        "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
        "licenseComments": "Debian's copyright file names: " + ("; ".join(licences) or "nothing"),
        **({"homepage": homepage} if homepage.startswith("http") else {}),
        "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                          "referenceLocator": f"pkg:deb/debian/{package}@{version.replace('+', '%2B').replace(':', '%3A')}"
                                              f"?arch={architecture}&upstream={source}"}],
    }


def headers_of(build):
    """System headers that the objects of the two programs were compiled from, as ninja recorded them."""
    objects = [line for line in output("ninja", "-C", build, "-t", "inputs", *(f"bin/{name}" for name in PROGRAMS))
               .splitlines() if line.endswith(".o")]
    if not objects:
        sys.exit(f"sbom: ninja names no objects of {', '.join(PROGRAMS)} in {build}")
    listed = output("ninja", "-C", build, "-t", "deps", *objects)
    return sorted({line.strip() for line in listed.splitlines() if line.startswith("    /usr/")})


def file_entry(root, path):
    content = path.read_bytes()
    return {"SPDXID": spdx_id("File", str(path.relative_to(root))), "fileName": "./" + str(path.relative_to(root)),
            "checksums": [{"algorithm": name, "checksumValue": hashlib.new(name.lower(), content).hexdigest()}
                          for name in ("SHA1", "SHA256")],
            "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION"}


def describe(root, build, digest):
    image = {"SPDXID": "SPDXRef-Image", "name": NAME, "versionInfo": digest, "downloadLocation": "NOASSERTION",
             "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "Apache-2.0",
             "copyrightText": "NOASSERTION", "primaryPackagePurpose": "CONTAINER",
             "checksums": [{"algorithm": "SHA256", "checksumValue": digest.removeprefix("sha256:")}]}
    files = [file_entry(root, path) for path in sorted(root.rglob("*")) if path.is_file()]
    links = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image")]
    links += [("SPDXRef-Image", "CONTAINS", entry["SPDXID"]) for entry in files]

    libraries = {"/" + entry["fileName"][2:]: entry for entry in files if ".so" in entry["fileName"]}
    owners = packages_of(libraries)
    orphans = [path for path, owner in owners.items() if owner is None]
    if orphans:
        sys.exit(f"sbom: no package owns {', '.join(orphans)}")
    links += [(spdx_id("Package", owner.split(":")[0]), "CONTAINS", libraries[path]["SPDXID"])
              for path, owner in sorted(owners.items())]
    links += [("SPDXRef-Image", "CONTAINS", spdx_id("Package", owner.split(":")[0]))
              for owner in sorted(set(owners.values()))]
    compiled_in = sorted({owner for owner in packages_of(headers_of(build)).values() if owner})
    links += [(spdx_id("Package", owner.split(":")[0]), "BUILD_DEPENDENCY_OF", "SPDXRef-Image")
              for owner in compiled_in]
    packages = [debian_package(name) for name in sorted(set(owners.values()) | set(compiled_in))]
    return [image, *packages], files, links


def commit_time():
    """UTC; the beginning of time in a source tree without git."""
    try:
        return output("env", "TZ=UTC", "git", "-C", str(REPO), "log", "-1", "--format=%cd",
                      "--date=format-local:%Y-%m-%dT%H:%M:%SZ").strip()
    except (OSError, subprocess.CalledProcessError):
        return "1970-01-01T00:00:00Z"


def main(root, build, digest):
    packages, files, links = describe(pathlib.Path(root), build, digest)
    json.dump({
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": NAME,
        "documentNamespace": f"https://metricspipeline.dev/spdx/{digest.removeprefix('sha256:')}",
        "creationInfo": {"created": commit_time(), "creators": ["Tool: hack/sbom.py"]},
        "packages": packages, "files": files,
        "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
                          for one, kind, other in links],
    }, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main(*sys.argv[1:])
