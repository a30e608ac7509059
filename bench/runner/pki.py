# SPDX-License-Identifier: Apache-2.0
"""Keys and certificates of a run, made by openssl and thrown away with the run."""
import pathlib
import subprocess


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr.strip()}")


class Pki:
    """authority(name) and leaf(...) write NAME.crt and NAME.key into one folder."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)

    def path(self, file):
        return self.folder / file

    def authority(self, name):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-days", "2", "-subj", f"/CN={name}", "-keyout", self.path(f"{name}.key"),
                "-out", self.path(f"{name}.crt"))

    def leaf(self, authority, name, subject, alternative_names=""):
        extensions = self.path(f"{name}.ext")
        extensions.write_text("keyUsage=digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n" +
                              (f"subjectAltName={alternative_names}\n" if alternative_names else ""))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", subject, "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr"))
        openssl("x509", "-req", "-days", "2", "-in", self.path(f"{name}.csr"),
                "-CA", self.path(f"{authority}.crt"), "-CAkey", self.path(f"{authority}.key"),
                "-CAcreateserial", "-extfile", extensions, "-out", self.path(f"{name}.crt"))
