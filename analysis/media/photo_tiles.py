"""A photo of tiles, as phones save it, put together from them. Runs only inside a guarded child."""

from __future__ import annotations

from av.container import InputContainer
from av.filter import Graph
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from analysis.errors import VideoProblem
from analysis.media.photo_grid import Grid


def put_together(container: InputContainer, grid: Grid) -> VideoFrame:
    """The photo, upright."""
    tiles = _decoded(container, grid)
    first = tiles[grid.tiles[0]]
    graph = Graph()
    graph.threads = 1
    sources = [
        graph.add_buffer(
            width=tiles[number].width,
            height=tiles[number].height,
            format=tiles[number].format,
            time_base=first.time_base,
        )
        for number in grid.tiles
    ]
    last = sources[0]
    if len(sources) > 1:
        last = graph.add("xstack", f"inputs={len(sources)}:grid={grid.columns}x{grid.rows}")
        for place, source in enumerate(sources):
            source.link_to(last, 0, place)
    for step in (f"crop={grid.width_px}:{grid.height_px}:0:0:exact=1", *grid.turns, "buffersink"):
        name, _, how = step.partition("=")
        after = graph.add(name, how or None)
        last.link_to(after)
        last = after
    graph.configure()
    for source, number in zip(sources, grid.tiles, strict=True):
        source.push(tiles[number])
        source.push(None)
    photo = last.pull()
    assert isinstance(photo, VideoFrame)
    photo.color_range, photo.colorspace = first.color_range, first.colorspace
    photo.color_trc, photo.color_primaries = first.color_trc, first.color_primaries
    return photo


def _decoded(container: InputContainer, grid: Grid) -> dict[int, VideoFrame]:
    """The tiles by their numbers. A photo with a hole in it is not looked at."""
    streams = streams_of(container, grid)
    for stream in streams:
        stream.codec_context.thread_count = 1
    tiles: dict[int, VideoFrame] = {}
    for packet in container.demux(streams):
        for frame in packet.decode():
            if isinstance(frame, VideoFrame) and not frame.is_corrupt:
                frame.pts = 0
                tiles.setdefault(packet.stream.id, frame)
    if len(tiles) < len(streams):
        raise VideoProblem("content.corrupt", f"{len(tiles)} of {len(streams)} tiles decoded")
    return tiles


def streams_of(container: InputContainer, grid: Grid) -> list[VideoStream]:
    by_number = {
        stream.id: stream
        for stream in container.streams.video
        # No decoder for it: such a stream has not even a size.
        if stream.codec_context is not None
    }
    missing = set(grid.tiles) - set(by_number)
    if missing:
        raise VideoProblem("content.corrupt", f"{len(missing)} tiles are not there")
    return [by_number[number] for number in grid.tiles]
