"""The broker made of files, under many writers and readers at once, in processes of their own."""

from __future__ import annotations

import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Exchange, Queue
from kombu.exceptions import OperationalError

from detector_service import embedded_broker

WRITERS, EACH = 4, 150
SPAWN = multiprocessing.get_context("spawn")


def connect(folder: Path) -> Connection:
    return Connection(
        embedded_broker.URL, transport_options=embedded_broker.transport_options(folder)
    )


def write(folder: Path, writer: int) -> None:
    with connect(folder) as connection:
        queue = connection.SimpleQueue("numbers")
        for number in range(EACH):
            queue.put({"number": writer * EACH + number, "filler": "x" * 5000})


def read(folder: Path, received: Any) -> None:
    with connect(folder) as connection:
        queue = connection.SimpleQueue("numbers")
        while True:
            try:
                message = queue.get(timeout=3)
            except queue.Empty:
                return
            received.put(message.payload["number"])
            message.ack()


def test_every_message_arrives_once_whole_whoever_writes_and_reads(tmp_path: Path) -> None:
    received = SPAWN.Queue()
    workers = [SPAWN.Process(target=write, args=(tmp_path, writer)) for writer in range(WRITERS)]
    workers += [SPAWN.Process(target=read, args=(tmp_path, received)) for _ in range(2)]
    for worker in workers:
        worker.start()
    numbers = [received.get(timeout=60) for _ in range(WRITERS * EACH)]
    for worker in workers:
        worker.join()
    assert sorted(numbers) == list(range(WRITERS * EACH))
    assert list((tmp_path / "messages").iterdir()) == []


def test_messages_come_in_the_order_in_which_they_were_sent(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        queue = connection.SimpleQueue("numbers")
        for number in range(20):
            queue.put(number)
        assert [queue.get(timeout=1).payload for _ in range(20)] == list(range(20))


def test_a_queue_is_known_once_however_often_it_is_declared(tmp_path: Path) -> None:
    everybody = Exchange("everybody", type="fanout")
    with connect(tmp_path) as connection:
        for name in ("one", "two", "one"):
            Queue(name, exchange=everybody)(connection.channel()).declare()
        channel: Any = connection.channel()
        assert sorted(bound.queue for bound in channel.get_table("everybody")) == ["one", "two"]
        channel.queue_delete("one")
        assert [bound.queue for bound in channel.get_table("everybody")] == ["two"]


def test_a_folder_that_cannot_be_written_is_a_broker_that_is_away(tmp_path: Path) -> None:
    with connect(tmp_path) as connection:
        queue = connection.SimpleQueue("unheard")  # Kombu remembers what a process has declared
        (tmp_path / "messages").rmdir()
        with pytest.raises((OperationalError, *connection.channel_errors)):
            queue.put(1)
