"""The comparison itself: it must not be blind."""
import base64
import json
import unittest

import compare
import protobuf


def answer(body, status=200, kind="application/json", **headers):
    pairs = [["Content-Type", kind]] + [[k.replace("_", "-"), v] for k, v in headers.items()]
    return {"status": status, "headers": pairs, "body": base64.b64encode(body).decode()}


def differ(theirs, ours):
    return compare.differences(compare.form(theirs), compare.form(ours))


class Compare(unittest.TestCase):
    item = {"metadata": {"name": "a"}, "timestamp": "2026-01-01T00:00:00Z", "window": "15s", "usage": {"cpu": "1n"}}

    def with_(self, **changes):
        return json.dumps({**self.item, **changes}).encode()

    def test_moving_values_do_not_count(self):
        self.assertEqual(differ(answer(self.with_()), answer(self.with_(window="9s", usage={"cpu": "77m"}))), [])

    def test_names_texts_and_types_do(self):
        self.assertEqual(differ(answer(self.with_()), answer(self.with_(metadata={"name": "b"}))),
                         ['/body/json/metadata/name: "a" -> "b"'])
        self.assertTrue(differ(answer(self.with_()), answer(self.with_(window=15))))

    def test_a_missing_and_an_added_key_do(self):
        self.assertTrue(differ(answer(self.with_()), answer(self.with_(more=1))))
        self.assertTrue(differ(answer(self.with_(more=1)), answer(self.with_())))

    def test_order_of_items_does_but_not_that_of_keys(self):
        self.assertEqual(differ(answer(b'{"a":1,"b":2}'), answer(b'{"b":2,"a":1}')), [])
        self.assertTrue(differ(answer(b'[1,2]'), answer(b'[2,1]')))

    def test_null_is_not_an_empty_list(self):
        self.assertTrue(differ(answer(b'{"items":null}'), answer(b'{"items":[]}')))

    def test_layout_does(self):
        self.assertTrue(differ(answer(b'{"a":1}\n'), answer(b'{"a":1}')))
        self.assertTrue(differ(answer(b'{"a":1}\n'), answer(b'{\n  "a": 1\n}\n')))

    def test_status_and_headers_do(self):
        self.assertTrue(differ(answer(b"{}"), answer(b"{}", status=201)))
        self.assertTrue(differ(answer(b"{}", Cache_Control="no-cache, private"), answer(b"{}")))
        self.assertTrue(differ(answer(b"{}", Audit_Id="1"), answer(b"{}")))
        self.assertEqual(differ(answer(b"{}", Audit_Id="1"), answer(b"{}", Audit_Id="2")), [])

    def test_a_failure_to_answer_does(self):
        self.assertTrue(differ(answer(b"{}"), {"error": "reset"}))


class Protobuf(unittest.TestCase):
    # By hand, from the encoding's description: envelope {1: {1: "v1", 2: "A"}, 2: {1: {1: "x"}, 3: 5}}.
    body = b"k8s\0" + bytes([0x0A, 7, 0x0A, 2]) + b"v1" + bytes([0x12, 1]) + b"A" + \
        bytes([0x12, 7, 0x0A, 3, 0x0A, 1]) + b"x" + bytes([0x18, 5])

    def test_shape(self):
        self.assertEqual(protobuf.shape(self.body), {"type": ["v1", "A"], "fields": [1, 2],
                                                     "object": [[1, [[1, "x"]]], [3, "<number>"]]})

    def test_zero_and_empty_mean_none(self):
        self.assertEqual(protobuf.tree(bytes([0x08, 0, 0x12, 0, 0x18, 1]), ()), [[3, "<number>"]])

    def test_a_message_that_looks_like_text_is_one(self):
        # {1: {1: "252192353n"}}: tag and length of the inner field are both the line feed.
        self.assertEqual(protobuf.tree(bytes([0x0A, 12, 0x0A, 10]) + b"252192353n", ()), [[1, [[1, "<quantity>"]]]])

    def test_an_entry_can_be_left_out(self):
        # {1: {1: "x", 2: "1"}, 1: {1: "y", 2: "2"}}
        entries = b"".join(bytes([0x0A, 6, 0x0A, 1]) + k + bytes([0x12, 1]) + v for k, v in ((b"x", b"1"), (b"y", b"2")))
        self.assertEqual(protobuf.tree(entries, {"x"}), [[1, [[1, "y"], [2, "<quantity>"]]]])

    def test_what_is_none_is_said(self):
        for broken in (b"{}", self.body[:-1], self.body[:4] + b"\x0b\x00"):
            with self.assertRaises((ValueError, KeyError)):
                protobuf.shape(broken)


if __name__ == "__main__":
    unittest.main()
