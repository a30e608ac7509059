# SPDX-License-Identifier: Apache-2.0
# Sourced: makes container images out of folders, with no base image and no container engine's state.

# image_from_folder FOLDER ARCHIVE NAME:TAG ENTRYPOINT USER: writes an OCI archive that is the same byte
# for byte whenever the content is the same. An ENTRYPOINT of "" leaves the choice to the pod.
image_from_folder() {
  local storage container buildah
  storage=$(mktemp -d)
  # Storage of its own: the computer's other images are not touched, and nothing is left behind.
  buildah=(buildah --root "$storage/root" --runroot "$storage/run" --storage-driver vfs)
  find "$1" -exec touch --no-dereference --date=@0 {} +
  container=$("${buildah[@]}" from scratch)
  "${buildah[@]}" copy --quiet "$container" "$1" / >/dev/null
  "${buildah[@]}" config --user "$5" --workingdir / --env PATH=/ ${4:+--entrypoint "[\"$4\"]"} "$container"
  "${buildah[@]}" commit --quiet --format oci --timestamp 0 "$container" "oci:$storage/layout:$3" >/dev/null
  # Buildah's own archives carry the time of day.
  tar --create --file "$2" --directory "$storage/layout" --sort=name --mtime=@0 --owner=0 --group=0 \
    --numeric-owner .
  rm -rf "$storage"
}

# image_digest ARCHIVE: the digest under which nodes and registries know the image.
image_digest() { tar --extract --to-stdout --file "$1" ./index.json | jq -r '.manifests[0].digest'; }
