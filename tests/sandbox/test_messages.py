"""What a child says is taken in whole, bounded, and never believed."""

from __future__ import annotations

import os

import pytest

from analysis.errors import VideoProblem
from analysis.sandbox import ChildDied, ChildRaised
from analysis.sandbox.messages import Kind, MessageReader, ProtocolError, write_message


def test_messages_and_bytes_arrive_in_order_and_whole(attempt) -> None:
    heard: list[tuple[int, int]] = []

    def on_message(message) -> None:
        if message is not None:
            number = message.header["number"]
            assert bytes(message.payload) == bytes([number % 256]) * 3_000_000
            heard.append((number, len(message.payload)))

    result = attempt("talk", arguments={"times": 20, "bytes": 3_000_000}, on_message=on_message)

    assert heard == [(number, 3_000_000) for number in range(20)]
    assert result == {"said": 20}


def test_a_problem_of_the_child_is_one_of_ours(attempt) -> None:
    with pytest.raises(VideoProblem) as caught:
        attempt("raise_problem", arguments={"wait_s": 7})

    assert (caught.value.code, caught.value.retry_after_s) == ("content.private", 7)


@pytest.mark.parametrize("wait_s", [float("nan"), float("inf"), -1, 10**400, "7", [7]])
def test_a_time_that_nobody_can_wait_is_none(wait_s: object, attempt) -> None:
    with pytest.raises(VideoProblem) as caught:
        attempt("raise_problem", arguments={"wait_s": wait_s})

    assert caught.value.retry_after_s is None


def test_any_other_exception_keeps_its_name(attempt) -> None:
    with pytest.raises(ChildRaised) as caught:
        attempt("raise_anything")

    assert (caught.value.kind, caught.value.text) == ("ZeroDivisionError", "by nothing")


@pytest.mark.parametrize("name", ["write_garbage", "invent_a_problem"])
def test_what_is_no_message_ends_it(name: str, attempt) -> None:
    with pytest.raises(ChildDied, match="protocol"):
        attempt(name)


def test_a_payload_has_a_limit(attempt) -> None:
    with pytest.raises(ChildDied, match="protocol"):
        attempt("send_too_much", arguments={"bytes": 2_000_000}, max_payload_bytes=1_000_000)


def test_nothing_that_it_says_keeps_its_parent_from_looking(attempt) -> None:
    class SeenEnough(Exception):
        pass

    looks = iter(range(20))

    def on_message(message) -> None:
        if next(looks, None) is None:
            raise SeenEnough

    with pytest.raises(SeenEnough):
        attempt("say_nothing_but_ready", on_message=on_message, wall_s=5)


def test_a_talkative_child_does_not_block_on_its_standard_error(attempt) -> None:
    assert attempt("fill_standard_error") == "done"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x09" + bytes(12),
        b"\x01" + b"\xff" * 12,
        b"\x01\x02\x00\x00\x00" + bytes(8) + b"no",
    ],
)
def test_a_reader_refuses_what_is_no_message(sent: bytes) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.write(writing, sent)
    try:
        with pytest.raises(ProtocolError):
            MessageReader(reading, max_payload_bytes=100).read()
    finally:
        os.close(reading)
        os.close(writing)


def test_a_message_in_pieces_is_one_message() -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    reader = MessageReader(reading, max_payload_bytes=100)
    try:
        assert reader.read() is None
        write_message(writing, Kind.MESSAGE, {"a": 1}, b"xyz")
        assert reader.read() == (Kind.MESSAGE, {"a": 1}, bytearray(b"xyz"))
        assert reader.read() is None
    finally:
        os.close(reading)
        os.close(writing)
