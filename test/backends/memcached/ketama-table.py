"""Prints ketama-table.json: where keys belong, computed apart from the library, with C's float made by struct.

    cd test/backends/memcached
    python3 ketama-table.py | npx prettier --stdin-filepath ketama-table.json > table && mv table ketama-table.json
"""
import hashlib
import json
import math
import struct

KEYS = [f"shop:1:film:{n}" for n in range(200)] + ["Grüße", "a b", "", "x" * 250]

LISTS = [
    {"10.0.0.1:11211": 1, "10.0.0.2:11211": 1, "10.0.0.3:11211": 1},
    {"10.0.0.1:11211": 1, "10.0.0.2:11211": 1, "10.0.0.3:11211": 1, "10.0.0.4:11211": 1, "10.0.0.5:11211": 1},
    {"172.19.26.240:11211": 600, "172.19.26.242:11212": 300, "172.19.26.244:11213": 100},
    {"[::1]:11211": 3, "/run/memcached.sock": 1},
    {f"cache-{n}.internal:11211": n * n + 7 for n in range(11)},
    {"heavy:1": 1000, "weightless:1": 1},
    {f"s{n}:11211": 1 for n in range(7)},
]


def f32(number):
    return struct.unpack("f", struct.pack("f", number))[0]


def word(digest, part):
    return struct.unpack_from("<I", digest, part * 4)[0]


def md5(text):
    return hashlib.md5(text.encode()).digest()


def continuum(servers):
    points = []
    total = sum(servers.values())
    for name, weight in servers.items():
        share = f32(f32(weight) / f32(total))
        for k in range(math.floor(f32(share * 40.0 * len(servers)))):
            points += [(word(md5(f"{name}-{k}"), part), name) for part in range(4)]
    return sorted(points)


def owner(points, key):
    own = word(md5(key), 0)
    return next((name for point, name in points if point >= own), points[0][1])


def table(servers):
    points = continuum(servers)
    return {
        "servers": [{"name": name, "weight": weight} for name, weight in servers.items()],
        "owners": "".join("%x" % list(servers).index(owner(points, key)) for key in KEYS),
    }


print(json.dumps({"keys": KEYS, "lists": [table(servers) for servers in LISTS]}, ensure_ascii=False, indent=1))
