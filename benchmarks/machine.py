"""What a committed result says of the machine that it was measured on."""

from __future__ import annotations

from forensics_rt.bench.machine import Machine


def told_of(machine: Machine) -> dict[str, str]:
    """Return what decides the speed, by name: processor, instructions, load, versions."""
    return {
        "processor": machine.cpu,
        "cores": str(machine.cores),
        "instructions": " ".join(machine.features) or "not known",
        "system": machine.system,
        "load before": str(machine.load),
        "python": machine.python,
        **machine.versions,
    }
