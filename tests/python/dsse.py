"""What securesystemslib makes of our envelopes, and envelopes that it makes.

Why: whoever checks a signed statement need not have our package; in-toto's and TUF's tools have this one.
How: one JSON object comes in on stdin, one goes out on stdout; tests/node/envelope.test.js says what is in them.
"""

import base64
import json
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from securesystemslib.dsse import Envelope
from securesystemslib.signer import CryptoSigner, SSlibKey


def is_verified(case):
    """Whether the envelope is signed by one of the keys: [{"keyid", "pem"}]."""
    try:
        keys = [
            SSlibKey.from_crypto(serialization.load_pem_public_key(key["pem"].encode()), keyid=key["keyid"])
            for key in case["keys"]
        ]
        Envelope.from_dict(case["envelope"]).verify(keys, 1)
    except Exception as error:  # Whatever it says, it is a no.
        return f"{type(error).__name__}: {error}"
    return True


def signed(case):
    """An envelope of the payload, signed with a new key of that kind, and the key."""
    generate = ed25519.Ed25519PrivateKey.generate if case["kind"] == "Ed25519" else lambda: ec.generate_private_key(ec.SECP256R1())
    private = generate()
    key = SSlibKey.from_crypto(private.public_key(), keyid=case["keyid"])
    envelope = Envelope(base64.b64decode(case["payload"]), case["payloadType"], {})
    envelope.sign(CryptoSigner(private, key))
    spki = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"envelope": envelope.to_dict(), "spki": base64.b64encode(spki).decode()}


asked = json.load(sys.stdin)
json.dump({"verified": [is_verified(case) for case in asked["verify"]], "signed": [signed(case) for case in asked["sign"]]}, sys.stdout)
