"""Where and with what a run was made: recorded, never part of its identity."""

import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

from repro.training import kernel

PACKAGES = ("torch", "numpy", "hydra-core")


def provenance(device: torch.device, threads: int, stack: int, data: str = "") -> dict[str, Any]:
    """Commit, versions and hardware. `stack`: networks trained together; `data`: a note about the data."""
    return {
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "python": platform.python_version(),
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "platform": platform.platform(),
        "processor": _processor(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        "threads": threads,
        "cores": os.cpu_count(),
        "products": kernel.status(),
        "tf32": device.type == "cuda" and torch.backends.cuda.matmul.allow_tf32,
        "stack": stack,
        "data": data,
    }


def _git(*arguments: str) -> str | None:
    """Output of a git command in the project's folder; None where that is not a checkout."""
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")
