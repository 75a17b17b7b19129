"""Content credentials are read, checked, and never trusted for being there."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from dataclasses import replace
from pathlib import Path

import c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from analysis.finding import Provenance
from analysis.media import provenance
from analysis.media.provenance import read_provenance

SAMPLES = Path(__file__).parents[2] / "analysis" / "samples"
_GENERATED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample with credentials by a signer whom nobody knows, saying that it was generated."""
    return _signed(tmp_path_factory.mktemp("signed") / "signed.mp4")


def _signed(
    path: Path,
    *,
    made_with: str = "Face Maker",
    signer_name: str = "Camera",
    kept_at: str | None = None,
) -> Path:
    manifest = {
        "claim_generator_info": [{"name": made_with, "version": "1.0"}],
        "assertions": [
            {
                "label": "c2pa.actions.v2",
                "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": _GENERATED}]},
            }
        ],
    }
    chain, key = _certificates(signer_name)
    info = c2pa.C2paSignerInfo(c2pa.C2paSigningAlg.ES256, chain, key, None)
    with (
        c2pa.Signer.from_info(info) as signer,
        c2pa.Builder(json.dumps(manifest)) as builder,
        (SAMPLES / "untouched.mp4").open("rb") as source,
        path.open("w+b") as target,
    ):
        if kept_at is not None:
            builder.set_no_embed()
            builder.set_remote_url(kept_at)
        builder.sign(signer, "video/mp4", source, target)
    return path


def test_a_signed_file_says_who_made_it_and_how_and_is_not_trusted(signed: Path) -> None:
    assert read_provenance(signed, container="mov,mp4,m4a,3gp,3g2,mj2") == Provenance(
        present=True,
        valid=True,
        trusted=False,
        signer="Camera",
        made_with="Face Maker 1.0",
        digital_source_type="trainedAlgorithmicMedia",
    )


def test_what_is_said_in_credentials_is_one_line_that_every_database_keeps(tmp_path: Path) -> None:
    path = _signed(
        tmp_path / "hostile.mp4", made_with="Face\0 \u202eMaker\n", signer_name="Cam\u2066era"
    )

    found = read_provenance(path, container="mov,mp4,m4a,3gp,3g2,mj2")
    assert (found.valid, found.made_with, found.signer) == (True, "Face Maker 1.0", "Camera")


def test_a_file_changed_after_signing_is_not_valid(signed: Path, tmp_path: Path) -> None:
    content = bytearray(signed.read_bytes())
    content[len(content) // 2] ^= 255
    changed = tmp_path / "changed.mp4"
    changed.write_bytes(content)

    found = read_provenance(changed, container="mov,mp4,m4a,3gp,3g2,mj2")
    assert (found.present, found.valid, found.trusted) == (True, False, False)


def test_a_file_without_credentials_has_none() -> None:
    found = read_provenance(SAMPLES / "portrait.jpg", container="image2")

    assert found == Provenance(present=False)


def test_credentials_that_cannot_be_parsed_are_there_and_not_valid(
    signed: Path, tmp_path: Path
) -> None:
    content = signed.read_bytes()
    broken = tmp_path / "broken.mp4"
    at = content.index(b"c2pa.signature")
    broken.write_bytes(content[:at] + bytes(2000) + content[at + 2000 :])

    found = read_provenance(broken, container="mov,mp4,m4a,3gp,3g2,mj2")
    assert (found.present, found.valid) == (True, False)


def test_credentials_that_lie_elsewhere_are_not_called_broken(tmp_path: Path) -> None:
    path = _signed(tmp_path / "cloud.mp4", kept_at="https://manifests.example.com/1")

    found = read_provenance(path, container="mov,mp4,m4a,3gp,3g2,mj2")
    assert found == Provenance(present=False)


def test_credentials_that_there_was_no_time_to_read_are_not_called_broken(
    signed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "_LIMITS", replace(provenance._LIMITS, wall_s=0.0))

    found = read_provenance(signed, container="mov,mp4,m4a,3gp,3g2,mj2")
    assert found == Provenance(present=False)


def test_a_format_that_holds_no_credentials_is_not_parsed(tmp_path: Path) -> None:
    path = shutil.copyfile(SAMPLES / "portrait.jpg", tmp_path / "file.ivf")

    assert read_provenance(path, container="ivf") == Provenance(present=False)


def _certificates(signer_name: str) -> tuple[bytes, bytes]:
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("Root", root_key, issuer="Root", issuer_key=root_key, authority=True)
    leaf = _certificate(signer_name, key, issuer="Root", issuer_key=root_key, authority=False)
    chain = b"".join(c.public_bytes(serialization.Encoding.PEM) for c in (leaf, root))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return chain, private


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    *,
    issuer: str,
    issuer_key: ec.EllipticCurvePrivateKey,
    authority: bool,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=authority,
                crl_sign=authority,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if not authority:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test"),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
