"""Verifies our envelopes with securesystemslib, and signs envelopes for us to verify.

Why: people who check a signed statement need not have our package; the tools of in-toto and TUF use this one.
How: reads a JSON object from stdin and writes one to stdout; tests/node/envelope.test.js defines both.
"""

import base64
import json
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey


def is_verified(case):
    """Returns whether one of the keys, [{"keyid", "pem"}], has signed the envelope."""
    try:
        keys = [
            SSlibKey.from_crypto(serialization.load_pem_public_key(key["pem"].encode()), keyid=key["keyid"])
            for key in case["keys"]
        ]
        Envelope.from_dict(case["envelope"]).verify(keys, 1)
    except Exception as error:  # Any exception means that the envelope was refused.
        return f"{type(error).__name__}: {error}"
    return True


def signed(case):
    """Signs the payload with a new key of that kind; returns the envelope and the key."""
    generate = ed25519.Ed25519PrivateKey.generate if case["kind"] == "Ed25519" else lambda: ec.generate_private_key(ec.SECP256R1())
    private = generate()
    key = SSlibKey.from_crypto(private.public_key(), keyid=case["keyid"])
    envelope = Envelope(base64.b64decode(case["payload"]), case["payloadType"], {})
    envelope.sign(CryptoSigner(private, key))
    spki = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"envelope": envelope.to_dict(), "spki": base64.b64encode(spki).decode()}


request = json.load(sys.stdin)
json.dump({"verified": [is_verified(case) for case in request["verify"]], "signed": [signed(case) for case in request["sign"]]}, sys.stdout)
