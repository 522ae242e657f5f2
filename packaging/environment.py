"""Make the virtual environment and install Headstart into it: `python environment.py FOLDER TORCH [EXTRA]`.

Run by the Makefile with the system's own Python, so the standard library is all there is. Does nothing where the
folder already holds what pyproject.toml and TORCH ask for.
"""

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# older ones download every package before they answer a dry run
PIP = "pip>=24.1"


def main(folder: Path, torch: str, extra: str = "") -> int:
    stamp, key = folder / f"installed{extra and '-' + extra}", wanted(torch)
    python = folder / "bin" / "python"
    if works(python) and any(file.read_text() == key for file in folder.glob(f"{stamp.name}*")):
        return 0
    try:
        if not works(python):
            note(f"1/3  Virtual environment in {folder} ({sys.version.split()[0]})")
            make_environment(folder)
        note(f"2/3  PyTorch ({torch}); the first time takes a while")
        install_torch(python, torch)
        note("3/3  Headstart and the libraries it uses")
        pip(python, "install", "--editable", f"{ROOT}[{extra}]" if extra else str(ROOT))
    except subprocess.CalledProcessError as error:
        note(f"Set-up stopped at: {error.cmd}")
        note("The lines above say why. Try again, or `make clean` first to start afresh.")
        return 2
    stamp.write_text(key)
    return 0


def wanted(torch: str) -> str:
    """Changes with everything that an installation depends on: the pins, the choice of torch, the folder's place."""
    return hashlib.sha256(b"\0".join([(ROOT / "pyproject.toml").read_bytes(), torch.encode(), bytes(ROOT)])).hexdigest()


def works(python: Path) -> bool:
    if not python.exists():
        return False
    asked = [str(python), "-c", "import sys, pip; sys.exit(sys.version_info < (3, 11))"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def make_environment(folder: Path) -> None:
    """Debian keeps ensurepip in python3-venv; where it is missing, the system's own pip fills the environment."""
    shutil.rmtree(folder, ignore_errors=True)
    python = folder / "bin" / "python"
    whole = subprocess.run([sys.executable, "-m", "venv", str(folder)], capture_output=True, text=True, check=False)
    if whole.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        bare = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
        filled = [sys.executable, "-m", "pip", "--python", str(python), "install", "-qq", PIP]
        if any(subprocess.run(command, capture_output=True, check=False).returncode for command in (bare, filled)):
            shutil.rmtree(folder, ignore_errors=True)
            version = f"python3.{sys.version_info.minor}-venv"
            raise SystemExit(f"Python cannot make a virtual environment here; on Debian: apt install {version}")
    pip(python, "install", "--upgrade", PIP)


def install_torch(python: Path, torch: str) -> None:
    """Before everything else, and by its own requirement: a mere range would take the newest release, CUDA and all."""
    request = shlex.split(torch)
    cuda = [] if has_gpu() else cuda_packages(python, request)
    if cuda:
        note(
            f"No GPU found here, yet pip takes a CUDA build of PyTorch ({len(cuda)} packages beside it, several GB). "
            f"To choose another, press Ctrl+C and name a version, a wheel or pip's options: make run TORCH='...'"
        )
    pip(python, "install", *request)


def has_gpu() -> bool:
    if Path("/dev/nvidiactl").exists() or Path("/dev/dxg").exists():
        return True
    tool = shutil.which("nvidia-smi")
    return tool is not None and subprocess.run([tool, "-L"], capture_output=True, check=False).returncode == 0


def cuda_packages(python: Path, request: list[str]) -> list[str]:
    """Names of the CUDA packages that pip would install; none where it cannot tell."""
    asked = [str(python), "-m", "pip", "install", "--dry-run", "--quiet", "--report", "-", *request]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    if answer.returncode:
        return []
    names = [entry["metadata"]["name"] for entry in json.loads(answer.stdout)["install"]]
    return [name for name in names if name.startswith(("nvidia-", "cuda-"))]


def pip(python: Path, *arguments: str) -> None:
    """Errors only; where somebody watches, the seconds count up."""
    command = [str(python), "-m", "pip", arguments[0], "-qq", "--disable-pip-version-check", *arguments[1:]]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    seconds = 0
    while process.poll() is None:
        try:
            process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            seconds += 1
            if sys.stderr.isatty():
                print(f"\r     {seconds} s ", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty() and seconds:
        print("\r           \r", end="", file=sys.stderr, flush=True)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, shlex.join(["pip", *arguments]))


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    os.chdir(ROOT)
    try:
        sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
    except KeyboardInterrupt:
        sys.exit(130)
