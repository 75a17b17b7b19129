"""Runs in a guarded child: decode each of many damaged files and say how it went."""

from __future__ import annotations

from typing import Any

import av

from analysis.errors import VideoProblem
from analysis.media import container as containers
from analysis.media.limits import MediaLimits
from analysis.media.photo_tiles import put_together


def decode_all(arguments: dict[str, Any], channel: Any) -> None:
    limits = MediaLimits(**arguments["limits"])
    for path in arguments["paths"]:
        channel.send({"path": path, "outcome": _decode(path, limits)})


def _decode(path: str, limits: MediaLimits) -> str:
    try:
        with containers.open_container(path) as container:
            stream, grid = containers.video_stream(container, limits)
            if grid is not None:
                put_together(container, grid)
                return "decoded"
            stream.thread_type = "NONE"
            frames = 0
            for packet in container.demux(stream):
                try:
                    frames += len(packet.decode())
                except av.error.FFmpegError:
                    continue
            return "decoded" if frames else "content.corrupt"
    except VideoProblem as problem:
        return problem.code
    except (av.error.FFmpegError, ValueError, OverflowError, ZeroDivisionError):
        return "content.corrupt"
