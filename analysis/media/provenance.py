"""Content credentials (C2PA): who signed this file, and what they say about how it was made.

The parser is native code that reads a stranger's bytes, so it runs in a guarded child. Absence
says nothing: most platforms strip credentials. Presence is shown and never changes a verdict.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.finding import Provenance
from analysis.sandbox import ChildDied, ChildRaised, SandboxLimits, run_guarded

if TYPE_CHECKING:
    from analysis.sandbox.enter import Channel

_MIME_TYPES = {
    "mov": "video/mp4",
    "avi": "video/avi",
    "jpeg_pipe": "image/jpeg",
    "png_pipe": "image/png",
    "webp_pipe": "image/webp",
    "tiff_pipe": "image/tiff",
    "gif": "image/gif",
}
_JPEG_START, _PNG_START = b"\xff\xd8", b"\x89PNG"
_LIMITS = SandboxLimits(wall_s=30, cpu_s=20, memory_bytes=2 << 30, threads=True, ctypes=True)
_MOST_CHARACTERS = 200


def read_provenance(path: Path, *, container: str) -> Provenance:
    """``container`` is the demuxer's name. A manifest that cannot be read is present, not valid;
    of one that there was no time to read nothing is said."""
    mime_type = _mime_type(path, container)
    if mime_type is None:
        return Provenance(present=False)
    path = path.resolve()
    try:
        found = run_guarded(
            f"{__name__}:read",
            {"path": str(path), "mime_type": mime_type},
            limits=_LIMITS,
            readable=(path,),
        )
    except ChildDied as death:
        if death.took_too_long or death.reason == "killed":
            # What the machine had no time or no memory for is not called broken.
            return Provenance(present=False)
        return Provenance(present=True, valid=False)
    except ChildRaised:
        return Provenance(present=True, valid=False)
    return Provenance(**found)


def read(arguments: dict[str, Any], channel: Channel) -> dict[str, Any]:
    """Runs inside the child."""
    import c2pa

    # No list of trusted signers is fetched: there is no network here, and there must be none.
    settings = c2pa.Settings.from_dict(
        {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
    )
    with Path(arguments["path"]).open("rb") as file, c2pa.Context(settings) as context:
        try:
            with c2pa.Reader(arguments["mime_type"], file, context=context) as reader:
                return _summary(json.loads(reader.json()))
        except c2pa.C2paError.ManifestNotFound:
            return {"present": False}
        except c2pa.C2paError as error:
            if str(error).startswith("Remote:"):  # an address alone, where nothing is looked up
                return {"present": False}
            return {"present": True, "valid": False}


def _summary(store: dict[str, Any]) -> dict[str, Any]:
    manifest = store.get("manifests", {}).get(store.get("active_manifest"), {})
    signature = manifest.get("signature_info") or {}
    state = store.get("validation_state")
    return {
        "present": True,
        "valid": state in {"Valid", "Trusted"},
        "trusted": state == "Trusted",
        "signer": _text(signature.get("common_name") or signature.get("issuer")),
        "made_with": _text(_generator(manifest)),
        "digital_source_type": _text(_source_type(manifest)),
    }


def _generator(manifest: dict[str, Any]) -> str | None:
    for info in manifest.get("claim_generator_info") or []:
        name, version = info.get("name"), info.get("version")
        if name:
            return f"{name} {version}" if version else str(name)
    return manifest.get("claim_generator")


def _source_type(manifest: dict[str, Any]) -> str | None:
    """What the first action that says so calls the source, as in ``trainedAlgorithmicMedia``."""
    for assertion in manifest.get("assertions") or []:
        if not str(assertion.get("label", "")).startswith("c2pa.actions"):
            continue
        for action in (assertion.get("data") or {}).get("actions") or []:
            if action.get("digitalSourceType"):
                return str(action["digitalSourceType"]).rsplit("/", 1)[-1]
    return None


def _text(value: Any) -> str | None:
    """A stranger's words: without what some databases cannot keep, and what turns a line around."""
    printable = "".join(each for each in str(value or "") if each.isprintable())
    return printable[:_MOST_CHARACTERS] or None


def _mime_type(path: Path, container: str) -> str | None:
    if container == "image2":
        with path.open("rb") as file:
            start = file.read(4)
        if start.startswith(_JPEG_START):
            return "image/jpeg"
        return "image/png" if start == _PNG_START else None
    return next((_MIME_TYPES[name] for name in container.split(",") if name in _MIME_TYPES), None)
