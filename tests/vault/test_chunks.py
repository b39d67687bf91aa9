"""A sealed stream opens as it was sealed, or not at all."""

from __future__ import annotations

import io
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forms.vault import chunks
from forms.vault.chunks import CHUNK, Opened, Sealer, StreamKey, new_key, sealed_size
from forms.vault.ciphers import TAG_LENGTH
from forms.vault.sealing import DoesNotOpen

IDENTITY = b"file-and-owner"
# Around the places where one chunk ends and the next begins.
SIZES = st.one_of(
    st.integers(0, 300),
    st.sampled_from([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 7, 3 * CHUNK]),
)


def sealed(plain: bytes, key: StreamKey, *, by: int = 10_000) -> bytes:
    out = io.BytesIO()
    sealer = Sealer(out.write, key=key, identity=IDENTITY)
    for start in range(0, len(plain), by):
        sealer.add(plain[start : start + by])
    sealer.finish()
    assert sealer.size == len(plain)
    return out.getvalue()


def opened(stored: bytes, key: StreamKey, size: int, identity: bytes = IDENTITY) -> bytes:
    return b"".join(Opened(io.BytesIO(stored), key=key, identity=identity, size=size).chunks())


def plain_of(size: int, data: Any) -> bytes:
    return random.Random(data.draw(st.integers(0, 2**32))).randbytes(size)


@settings(deadline=None, max_examples=60)
@given(SIZES, st.integers(1, 200_000), st.data())
def test_any_bytes_come_back_however_they_were_handed_in(size: int, by: int, data: Any) -> None:
    plain, key = plain_of(size, data), new_key()
    stored = sealed(plain, key, by=max(by, size // 50 + 1))
    assert len(stored) == sealed_size(size)
    assert opened(stored, key, size) == plain


@settings(deadline=None, max_examples=60)
@given(SIZES, st.data())
def test_a_changed_bit_anywhere_does_not_open(size: int, data: Any) -> None:
    plain, key = plain_of(size, data), new_key()
    stored = bytearray(sealed(plain, key))
    stored[data.draw(st.integers(0, len(stored) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(DoesNotOpen):
        opened(bytes(stored), key, size)


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 5), st.integers(1, CHUNK), st.data())
def test_chunks_removed_repeated_or_reordered_do_not_open(count: int, last: int, data: Any) -> None:
    size = (count - 1) * CHUNK + last
    key = new_key()
    stored = sealed(plain_of(size, data), key)
    pieces = [
        stored[at : at + CHUNK + TAG_LENGTH] for at in range(0, len(stored), CHUNK + TAG_LENGTH)
    ]
    assert len(pieces) == count
    one, other = data.draw(st.permutations(range(count)))[:2]
    swapped = list(pieces)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    removed = [piece for number, piece in enumerate(pieces) if number != one]
    repeated = [*pieces[: one + 1], pieces[one], *pieces[one + 1 :]]
    for changed in (swapped, removed, repeated, pieces[:-1], [*pieces, pieces[-1]], []):
        content = b"".join(changed)
        # Whatever size the row claims: the one it had, or one that fits what is left.
        sizes = {size, max(0, len(content) - TAG_LENGTH * len(changed))}
        for claimed in sizes:
            with pytest.raises(DoesNotOpen):
                opened(content, key, claimed)


def test_a_stream_of_another_file_or_key_does_not_open() -> None:
    key = new_key()
    stored = sealed(b"text", key)
    with pytest.raises(DoesNotOpen):
        opened(stored, key, 4, identity=b"another-owner")
    with pytest.raises(DoesNotOpen):
        opened(stored, new_key(), 4)


@settings(deadline=None, max_examples=40)
@given(st.data())
def test_it_is_read_at_any_place(data: Any) -> None:
    plain, key = plain_of(2 * CHUNK + 100, data), new_key()
    reader = io.BufferedReader(
        Opened(io.BytesIO(sealed(plain, key)), key=key, identity=IDENTITY, size=len(plain))
    )
    for _turn in range(3):
        at = data.draw(st.integers(0, len(plain) + 10))
        length = data.draw(st.integers(0, 100_000))
        reader.seek(at)
        assert reader.read(length) == plain[at : at + length]
    reader.seek(-5, io.SEEK_END)
    assert reader.read() == plain[-5:]


def test_no_two_chunks_of_a_stream_share_a_nonce() -> None:
    places = [chunks._place(number, last=last) for number in range(1000) for last in (False, True)]
    assert len(set(places)) == len(places)
    assert {len(place) for place in places} == {12}
