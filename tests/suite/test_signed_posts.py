"""Signatures of what is POSTed to others."""

import base64
from datetime import UTC, datetime

from suite.common import signed_posts

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, TIME, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_example_of_the_specifications_libraries() -> None:
    assert signed_posts.fields(ID, BODY, [KEY], TIME) == {
        "webhook-id": ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


def test_two_keys_make_two_signatures() -> None:
    other = signed_posts.new_secret()
    first, second = signed_posts.fields(ID, BODY, [other, KEY], TIME)["webhook-signature"].split(" ")
    assert second == SIGNATURE != first


def test_no_two_keys_are_the_same() -> None:
    keys = {signed_posts.new_secret() for _ in range(10)}
    assert len(keys) == 10
    assert {len(base64.b64decode(key.removeprefix("whsec_"), validate=True)) for key in keys} == {32}
