"""The bytes of a session as lines and letters."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import pytest

from delivery.lmtp.wire import (
    LONGEST_LINE,
    Hostile,
    LetterTooLarge,
    LineTooLong,
    NoRoom,
    Room,
    Wire,
)

T = TypeVar("T")


async def silent() -> None:
    """We have nothing to say."""


def hear(data: bytes, work: Callable[[Wire], Coroutine[Any, Any, T]], room: int = 1_000_000, step: int = 0) -> T:
    """What `work` gets from a wire on which `data` comes, whole or in steps of so many bytes, and then the end."""

    async def run() -> T:
        stream = asyncio.StreamReader()
        wire = Wire(stream, silent, Room(room))
        task = asyncio.create_task(work(wire))
        for start in range(0, len(data), step or len(data)):
            stream.feed_data(data[start : start + (step or len(data))])
            await asyncio.sleep(0)
        stream.feed_eof()
        return await task

    return asyncio.run(run())


def letter(data: bytes, limit: int = 1000, **how: int) -> bytes:
    return hear(data, lambda wire: wire.letter(limit), **how)


LETTERS = {
    b".\r\n": b"",
    b"\r\n.\r\n": b"\r\n",
    b"a\r\n.\r\n": b"a\r\n",
    b"..\r\n.\r\n": b".\r\n",
    b"...x\r\n..y\r\n.z\r\n\r\n..\r\n.\r\n": b"..x\r\n.y\r\nz\r\n\r\n.\r\n",
    b"a\n.\r\nb\r.\r\nc\r\n.\nd\0\r\n.\r\n": b"a\n.\r\nb\r.\r\nc\r\n\nd\0\r\n",
    b"a\r\r\n.\r\n": b"a\r\r\n",
}


@pytest.mark.parametrize("step", [0, 1, 2, 3])
@pytest.mark.parametrize(("stuffed", "plain"), LETTERS.items(), ids=repr)
def test_letter_ends_at_the_lone_dot_and_loses_its_stuffing(stuffed: bytes, plain: bytes, step: int) -> None:
    assert letter(stuffed, step=step) == plain


def test_what_follows_a_letter_is_the_next_command() -> None:
    async def both(wire: Wire) -> tuple[bytes, bytes]:
        return await wire.letter(1000), await wire.line()

    assert hear(b"a\r\n.\r\nNOOP\r\n", both) == (b"a\r\n", b"NOOP\r\n")


@pytest.mark.parametrize("size", [999, 1000])
def test_letter_up_to_the_limit(size: int) -> None:
    assert len(letter(b"x" * (size - 2) + b"\r\n.\r\n")) == size


def test_limit_counts_unstuffed_bytes() -> None:
    assert len(letter(b"..\r\n" * 333 + b".\r\n", limit=999)) == 999


@pytest.mark.parametrize("size", [1001, 100_000, 120_000])
def test_letter_over_the_limit_is_heard_to_its_end(size: int) -> None:
    async def both(wire: Wire) -> bytes:
        with pytest.raises(LetterTooLarge):
            await wire.letter(1000)
        return await wire.line()

    assert hear(b"x" * (size - 2) + b"\r\n.\r\nNOOP\r\n", both) == b"NOOP\r\n"


def test_endless_letter() -> None:
    with pytest.raises(Hostile):
        letter(b"x" * 500_000)


def test_line_of_a_megabyte_and_more() -> None:
    long = b"x" * 2_000_000 + b"\r\n"

    assert letter(long + b".\r\n", limit=3_000_000, room=4_000_000) == long


def test_room_is_shared_and_given_back() -> None:
    async def run() -> None:
        room = Room(1000)
        stream = asyncio.StreamReader()
        first, second = Wire(stream, silent, room), Wire(stream, silent, room)

        async def hear(wire: Wire) -> bytes:
            task = asyncio.create_task(wire.letter(5000))
            stream.feed_data(b"x" * 800)
            await asyncio.sleep(0.01)
            stream.feed_data(b"\r\n.\r\n")
            return await task

        assert len(await hear(first)) == 802
        with pytest.raises(NoRoom):
            await hear(second)
        second.forget()
        first.forget()
        assert room.free == 1000
        assert len(await hear(second)) == 802

    asyncio.run(run())


def line(data: bytes) -> bytes:
    return hear(data, lambda wire: wire.line())


def test_line_up_to_the_limit() -> None:
    longest = b"x" * LONGEST_LINE + b"\n"

    assert line(longest) == longest
    with pytest.raises(LineTooLong):
        line(b"x" + longest)


def test_next_line_can_be_read_behind_a_long_one() -> None:
    async def both(wire: Wire) -> bytes:
        with pytest.raises(LineTooLong):
            await wire.line()
        return await wire.line()

    assert hear(b"x" * 200_000 + b"\nNOOP\r\n", both) == b"NOOP\r\n"


def test_endless_line() -> None:
    with pytest.raises(Hostile):
        line(b"x" * 2_000_000)


@pytest.mark.parametrize("data", [b"NOOP", b""])
def test_end_of_what_comes(data: bytes) -> None:
    with pytest.raises(EOFError):
        line(data + b"x")
    with pytest.raises(EOFError):
        letter(data + b"x")
