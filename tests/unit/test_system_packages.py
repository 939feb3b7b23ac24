"""The installer of the distribution's packages, with made-up programs in place of the machine's."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# What the two scripts use of every machine; all else is made up.
REAL = ("bash", "env", "sed", "awk", "tr", "sort", "dirname", "cat")
DRIVER = Path(".venv/lib/python3.11/site-packages/playwright/driver/node")


class Machine:
    """A checkout and a PATH that hold the programs a test puts there, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self.checkout, self.bin, self.log = folder / "checkout", folder / "bin", folder / "log"
        (self.checkout / "tests").mkdir(parents=True)
        self.bin.mkdir()
        for script in ("apt_install.sh", "tests/system_packages.sh"):
            shutil.copy(ROOT / script, self.checkout / script)
        for name in REAL:
            (self.bin / name).symlink_to(shutil.which(name) or name)

    def program(self, name: str | Path, does: str = "") -> None:
        """Put a shell program that writes down how it was called, then does this."""
        path = self.bin / name if isinstance(name, str) else self.checkout / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!{self.bin}/bash\necho "{path.name} $*" >> {self.log}\n{does}\n', "utf-8")
        path.chmod(0o755)

    def run(self, script: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.checkout / script), *words],
            env={"PATH": str(self.bin)}, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    def called(self, program: str) -> list[str]:
        lines = self.log.read_text("utf-8").splitlines() if self.log.exists() else []
        return [line for line in lines if line.startswith(f"{program} ")]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    made.program("apt-get")
    made.program("id", "echo 0")
    return made


def test_an_ordinary_user_without_sudo_reads_the_command_of_the_administrator(machine: Machine) -> None:
    machine.program("id", "echo 1000")
    done = machine.run("apt_install.sh", "The tests need packages", "chromium", "libatomic1")
    assert done.returncode == 1
    wanted = "    apt-get update && apt-get install -y --no-install-recommends chromium libatomic1"
    assert wanted in done.stderr.splitlines()
    assert machine.called("apt-get") == []


def test_an_ordinary_user_with_sudo_installs_with_it(machine: Machine) -> None:
    machine.program("id", "echo 1000")
    machine.program("sudo", '"$@"')
    assert machine.run("apt_install.sh", "The tests need packages", "chromium").returncode == 0
    assert len(machine.called("sudo")) == 2
    assert machine.called("apt-get")[-1].endswith(" chromium")


def test_a_refused_installation_names_the_command_too(machine: Machine) -> None:
    machine.program("id", "echo 1000")
    machine.program("sudo", "echo 'not in the sudoers file' >&2; exit 1")
    done = machine.run("apt_install.sh", "The tests need packages", "chromium")
    assert done.returncode == 1
    assert "not in the sudoers file" in done.stderr
    assert "    apt-get update && apt-get install -y --no-install-recommends chromium" in done.stderr.splitlines()


def test_a_source_that_cannot_be_reached_does_not_stop_the_installation(machine: Machine) -> None:
    machine.program("apt-get", '[ "$1" != update ]')
    assert machine.run("apt_install.sh", "The tests need packages", "chromium").returncode == 0
    assert len(machine.called("apt-get")) == 2


def test_without_apt_the_packages_are_named(machine: Machine) -> None:
    (machine.bin / "apt-get").unlink()
    done = machine.run("apt_install.sh", "The tests need packages", "chromium")
    assert done.returncode == 1
    assert "chromium" in done.stderr
    assert "no apt-get" in done.stderr


@pytest.mark.parametrize(
    ("library", "package"),
    [("libatomic.so.1", "libatomic1"), ("libgcc_s.so.1", "libgcc-s1"), ("libstdc++.so.6", "libstdc++6"),
     ("libX11.so.6", "libx11-6"), ("libnss3.so", "libnss3")],
)  # fmt: skip
def test_a_driver_that_does_not_start_gets_the_libraries_it_lacks(machine: Machine, library: str, package: str) -> None:
    machine.program("fc-list", "echo Noto Sans CJK SC")
    machine.program("chromium")
    machine.program(DRIVER, f"[ -e {machine.bin}/installed ] || exit 127")
    machine.program("ldd", f"echo '\t{library} => not found'; echo '\tlibc.so.6 => /lib/libc.so.6 (0x7f)'")
    machine.program("apt-get", f'[ "$1" = update ] || echo > {machine.bin}/installed')
    done = machine.run("tests/system_packages.sh")
    asked = machine.called("apt-get")[-1].split()
    assert package in asked
    assert "libc6" not in asked
    # PostGIS may be missing on this machine: it stands in the same line, or not.
    assert done.returncode == 0 or "postgresql-postgis" in done.stderr


def test_a_driver_that_starts_needs_nothing(machine: Machine) -> None:
    machine.program("fc-list", "echo Noto Sans CJK SC")
    machine.program("chromium")
    machine.program(DRIVER)
    machine.run("tests/system_packages.sh")
    assert not any("lib" in call for call in machine.called("apt-get"))


def test_what_is_missing_after_the_installation_is_said(machine: Machine) -> None:
    machine.program("chromium")
    done = machine.run("tests/system_packages.sh")
    assert done.returncode == 1
    assert "Installed, and yet not found by the tests:" in done.stderr
    assert "fonts-noto-cjk" in done.stderr
    assert "fontconfig" in done.stderr


def test_a_driver_that_will_not_start_for_another_reason_is_said(machine: Machine) -> None:
    machine.program("fc-list", "echo Noto Sans CJK SC")
    machine.program("chromium")
    machine.program("ldd", "echo '\tstatically linked'")
    machine.program(DRIVER, "echo 'exec format error' >&2; exit 126")
    done = machine.run("tests/system_packages.sh")
    assert done.returncode == 1
    assert "exec format error" in done.stderr or "postgresql-postgis" in done.stderr


def test_the_trial_of_fresh_machines_finds_the_two_commands_of_the_readme() -> None:
    # It runs what this block says, line by line, and expects the server first.
    section = (ROOT / "README.md").read_text("utf-8").split("## Two commands")[1]
    lines = section.split("```")[1].strip().splitlines()
    assert [line.split("#")[0].strip() for line in lines] == ["make run", "make test"]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [(["--help"], 0, "--bind PATH"), (["--onyl", "trixie"], 2, "--onyl"), (["--as", "nobody"], 2, "nobody"),
     (["--env", "PORT"], 2, "PORT")],
)  # fmt: skip
def test_the_trial_of_fresh_machines_refuses_what_it_does_not_know(words: list[str], status: int, said: str) -> None:
    done = subprocess.run(
        [str(ROOT / "tests/fresh_machine.sh"), *words], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == status
    assert said in done.stdout + done.stderr


def test_an_environment_whose_python_is_gone_is_said(tmp_path: Path) -> None:
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/bin/pip").touch()
    (tmp_path / ".venv/bin/python").symlink_to("/usr/bin/python0.1")
    make = ["make", "--no-print-directory", "-C", str(tmp_path)]
    done = subprocess.run([*make, "run"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "make clean" in done.stderr
    assert subprocess.run([*make, "clean"], capture_output=True, check=False, timeout=60).returncode == 0
    assert not (tmp_path / ".venv").exists()
