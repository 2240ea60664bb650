"""Tesseract as a process of its own, where it is installed: a picture in, its TSV out."""

import shutil
import subprocess

SECONDS = 12
_WANTED = ("eng", "deu", "fra", "spa", "ita", "nld")


def installed() -> str | None:
    """The path of the program."""
    return shutil.which("tesseract")


def languages(program: str) -> tuple[str, ...]:
    """Those of ours that it has."""
    try:
        listed = subprocess.run([program, "--list-langs"], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return ()
    have = set(listed.stdout.split())
    return tuple(language for language in _WANTED if language in have)


def tsv(picture: bytes) -> str | None:
    """None where it is not installed, fails, or takes too long. Page segmentation mode 4: one column of text of varying
    sizes, which finds the rows of a table where mode 6 finds none."""
    program = installed()
    if program is None:
        return None
    spoken = "+".join(languages(program)) or "eng"
    command = [program, "stdin", "stdout", "--psm", "4", "-l", spoken, "tsv"]
    try:
        done = subprocess.run(
            command, input=picture, capture_output=True, timeout=SECONDS, check=False, env={"OMP_THREAD_LIMIT": "1"}
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
