"""A client of `forensics-rt serve` in Python: time limits, and retries where the service asks.

python examples/service/client.py docs/samples/license.jpg [ADDRESS]
Needs `pip install httpx`. A token is read from the variable FORENSICS_RT_TOKEN.
"""

import asyncio
import os
import random
import sys
import time
from pathlib import Path

import httpx

ADDRESS = "http://127.0.0.1:8000"
ATTEMPTS = 6
AGAIN = (429, 503)  # too busy, or about to end: another attempt may succeed
SECONDS = httpx.Timeout(150, connect=5)  # longer than the service takes to give up


def settings(address: str) -> dict:
    """What the client is made with."""
    token = os.environ.get("FORENSICS_RT_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return {"base_url": address, "timeout": SECONDS, "headers": headers}


def pause(attempt: int, answer: httpx.Response | None) -> float:
    """Seconds to wait: what the service says, or twice as long each time, never all at once."""
    said = answer.headers.get("retry-after") if answer is not None else None
    return (float(said) if said else 0.5 * 2**attempt) * random.uniform(0.75, 1.25)


def result_of(answer: httpx.Response) -> dict:
    """The result, or what the service says is wrong."""
    if answer.is_success:
        return answer.json()
    problem = answer.json()
    raise ValueError(f"{problem['error']}: {problem['detail']} (request {problem['request_id']})")


def detect(path: Path, address: str = ADDRESS, **options: object) -> dict:
    """Examine one image, and wait for the result."""
    with httpx.Client(**settings(address)) as client:
        for attempt in range(ATTEMPTS):
            answer = None
            try:
                file = {"file": (path.name, path.read_bytes())}
                answer = client.post("/v1/detect", files=file, params=options)
                if answer.status_code not in AGAIN:
                    return result_of(answer)
            except httpx.TransportError as error:  # to send it again does no harm
                print(f"attempt {attempt + 1}: {error}", file=sys.stderr)
            time.sleep(pause(attempt, answer))
    raise TimeoutError(f"{address} did not answer in {ATTEMPTS} attempts")


async def detect_all(paths: list[Path], address: str = ADDRESS, at_a_time: int = 8) -> list[dict]:
    """Examine several images side by side; the service computes their tiles together."""
    places = asyncio.Semaphore(at_a_time)

    async def one(client: httpx.AsyncClient, path: Path) -> dict:
        async with places:
            for attempt in range(ATTEMPTS):
                answer = None
                try:
                    file = {"file": (path.name, path.read_bytes())}
                    answer = await client.post("/v1/detect", files=file)
                    if answer.status_code not in AGAIN:
                        return result_of(answer)
                except httpx.TransportError as error:
                    print(f"attempt {attempt + 1}: {error}", file=sys.stderr)
                await asyncio.sleep(pause(attempt, answer))
        raise TimeoutError(f"{address} did not answer in {ATTEMPTS} attempts")

    async with httpx.AsyncClient(**settings(address)) as client:
        return await asyncio.gather(*(one(client, path) for path in paths))


if __name__ == "__main__":
    image, where = Path(sys.argv[1]), (sys.argv[2:] or [ADDRESS])[0]
    found = detect(image, where, threshold=0.5)
    print(f"{found['name']}: {found['verdict']}, {len(found['regions'])} regions")
    for one in asyncio.run(detect_all([image, image], where)):
        print(f"{one['name']}: score {one['score']:.3f}")
