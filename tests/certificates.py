"""An authority for tests that signs certificates for a quarter of an hour."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.x509.oid import NameOID

from shared.eventstore import now_utc

HERE = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])


class Authority:
    """Signs certificates and keeps them, with their keys, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._key = generate_private_key(SECP256R1())
        self._name = _named("an authority for tests")
        sign = x509.KeyUsage(*(n in (5, 6) for n in range(9)))  # certificates and revocations
        made = self._begun(self._name, self._key).add_extension(sign, critical=True)
        rights = x509.BasicConstraints(ca=True, path_length=0)
        self._save("ca", made.add_extension(rights, critical=True), self._key)

    def sign(self, name: str) -> tuple[Path, Path]:
        """Return a certificate for somebody on this machine, and its key."""
        key = generate_private_key(SECP256R1())
        made = self._begun(_named(name), key).add_extension(HERE, critical=False)
        return self._save(name, made, key)

    def _begun(self, subject: x509.Name, key: EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        now, whose = now_utc(), x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        by = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(minutes=15))
            .add_extension(whose, critical=False)
            .add_extension(by, critical=False)
        )

    def _save(
        self, name: str, begun: x509.CertificateBuilder, key: EllipticCurvePrivateKey
    ) -> tuple[Path, Path]:
        made = begun.sign(self._key, hashes.SHA256())
        files = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        for file, content in zip(
            files, (made.public_bytes(serialization.Encoding.PEM), private), strict=True
        ):
            file.touch(0o600)
            file.write_bytes(content)
        return files


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
