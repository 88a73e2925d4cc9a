#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write proof/protocol/ceremony/ anew from the text file of Ethereum's KZG ceremony.

    scripts/ceremony-powers.py TRUSTED_SETUP_TXT

The file is `src/trusted_setup.txt` of ethereum/c-kzg-4844, also in the published crate `c-kzg`. Its digest is checked here; a
test of `assay-proof` rebuilds the text from the points that this script writes and checks the digest again, so the files in
the repository need no trust in this script.
"""

import hashlib
import sys
from pathlib import Path

DIGEST = "d39b9f2d047cc9dca2de58f264b6a09448ccd34db967881a6713eacacf0f26b7"
# The modulus of BLS12-381's base field; it is 3 modulo 4, so that a square root is one power.
P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB


def decompress(point: bytes) -> bytes:
    """The uncompressed form (96 bytes, no flags) of a compressed point of G1 that isn't the identity."""
    assert point[0] & 0xC0 == 0x80, "compressed, not the identity"
    x = int.from_bytes(bytes([point[0] & 0x1F]) + point[1:], "big")
    y = pow(x**3 + 4, (P + 1) // 4, P)
    assert (y * y - x**3 - 4) % P == 0, "on the curve"
    larger = bool(point[0] & 0x20)
    if (y > P - y) != larger:
        y = P - y
    return x.to_bytes(48, "big") + y.to_bytes(48, "big")


def main() -> None:
    text = Path(sys.argv[1]).read_bytes()
    if hashlib.sha256(text).hexdigest() != DIGEST:
        sys.exit(f"{sys.argv[1]}: not the ceremony's file: its SHA-256 is not {DIGEST}")
    lines = text.split()
    g1_count, g2_count = int(lines[0]), int(lines[1])
    g2 = lines[2 + g1_count :][:g2_count]
    g1 = lines[2 + g1_count + g2_count :][:g1_count]
    folder = Path(__file__).resolve().parent.parent / "proof/protocol/ceremony"
    folder.mkdir(exist_ok=True)
    (folder / "g1-monomial.bin").write_bytes(b"".join(decompress(bytes.fromhex(p.decode())) for p in g1))
    (folder / "g2-monomial.bin").write_bytes(b"".join(bytes.fromhex(p.decode()) for p in g2))


if __name__ == "__main__":
    main()
