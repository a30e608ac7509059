"""What two answers have in common once everything that may differ is replaced by its kind.

Values (usage, times, windows) change from one sample to the next; shapes, texts, order and headers must not.
"""
import base64
import json
import re

import yaml

import protobuf

# Headers that say something to a client. Dates, lengths and identifiers are only there or not.
TOLD = ("content-type", "cache-control", "allow", "retry-after", "www-authenticate", "x-content-type-options",
        "content-encoding", "vary", "warning", "location")
PRESENT = ("audit-id", "date", "etag")

VALUES = {"timestamp", "window", "creationTimestamp", "cpu", "memory", "swap", "resourceVersion"}
QUANTITY = re.compile(r"\d+(n|u|m|k|M|G|Ki|Mi|Gi)?")
DURATION = re.compile(r"(\d+m)?[\d.]+(s|ms)")
# What only we say, in every answer with usage: left out before comparing (docs/differences.md).
MORE = {"swap"}
# Who serves, not what: hashes, versions of the build, dates of it.
BUILD = {"gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform", "major",
         "minor", "emulationMajor", "emulationMinor", "minCompatibilityMajor", "minCompatibilityMinor"}


def shape(value, key=""):
    """The same document with values that move replaced by their type."""
    if isinstance(value, dict):
        return {k: shape(v, k) for k, v in value.items() if k not in MORE}
    if isinstance(value, list):
        return [shape(v, key) for v in value]
    if key in VALUES and value is not None:
        return f"<{type(value).__name__}>"
    if key in BUILD:
        return "<build>"
    if key == "cells" and isinstance(value, str):
        if QUANTITY.fullmatch(value):
            return "<quantity>"
        if DURATION.fullmatch(value):
            return "<duration>"
    return value


def layout(body):
    """How JSON is laid out: on one line or indented, with or without a last line break."""
    text = body.decode(errors="replace")
    return {"lines": "many" if "\n" in text.rstrip("\n") else "one", "ends": text.endswith("\n")}


def content(headers, body):
    """A comparable form of a body, by its type."""
    kind = dict(headers).get("content-type", "").split(";")[0]
    if not body:
        return None
    try:
        if kind == "application/json":
            return {"layout": layout(body), "json": shape(json.loads(body))}
        if kind == "application/yaml":
            return {"yaml": shape(yaml.safe_load(body))}
        if kind == "application/vnd.kubernetes.protobuf":
            return {"protobuf": protobuf.shape(body, MORE)}
    except (ValueError, yaml.YAMLError) as fault:
        return {"unreadable": str(fault)}
    return {"text": body.decode(errors="replace")}


def form(answer):
    """An answer as it is compared: status, headers, body."""
    if "error" in answer:
        return {"error": answer["error"]}
    headers = [(name.lower(), value) for name, value in answer["headers"]]
    told = {name: [v for n, v in headers if n == name] for name in TOLD}
    return {"status": answer["status"],
            "headers": {name: values for name, values in told.items() if values},
            "present": [name for name in PRESENT if any(n == name for n, _ in headers)],
            "body": content(headers, base64.b64decode(answer["body"]))}


def differences(theirs, ours, at=""):
    """Lines "where: theirs -> ours", empty when the two forms are equal. The order of keys means nothing in JSON."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        lines = []
        for key in list(theirs) + [k for k in ours if k not in theirs]:
            lines += differences(theirs.get(key, "(none)"), ours.get(key, "(none)"), f"{at}/{key}")
        return lines
    if isinstance(theirs, list) and isinstance(ours, list) and len(theirs) == len(ours):
        return [line for i, pair in enumerate(zip(theirs, ours)) for line in differences(*pair, f"{at}/{i}")]
    return [] if theirs == ours else [f"{at}: {short(theirs)} -> {short(ours)}"]


def short(value):
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else text[:157] + "..."
