"""How much memory a process holds."""

import subprocess
import sys

from forensics_rt.system.memory import peak_bytes


def test_the_peak_of_a_process_is_its_own_and_outlives_what_it_held():
    script = (
        "from forensics_rt.system.memory import peak_bytes\n"
        "before = peak_bytes()\n"
        "held = bytearray(64 << 20)\n"
        "held[::4096] = b'x' * len(held[::4096])\n"
        "del held\n"
        "print(before, peak_bytes())"
    )
    mine = bytearray(200 << 20)
    mine[::4096] = b"x" * len(mine[::4096])
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    before, after = map(int, done.stdout.split())
    assert after - before > 60 << 20
    assert before < len(mine) < peak_bytes(), "a child does not begin at its parent's peak"
