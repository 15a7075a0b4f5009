"""Whole files or none, whatever goes wrong."""

from __future__ import annotations

import builtins
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tirage.photo.errors import FileError
from tirage.writing import write
from tirage.writing.atomic import replacing


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_file_appears_when_it_is_complete(tmp_path):
    target = tmp_path / "a.bin"
    with replacing(target) as file:
        file.write(b"half")
        file.flush()
        assert not target.exists()
        assert all(name.startswith(".") for name in files(tmp_path))
        file.write(b" and half")
    assert target.read_bytes() == b"half and half"
    assert files(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit, MemoryError, ValueError])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, failure):
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    with pytest.raises(failure), replacing(target) as file:
        file.write(b"new")
        raise failure
    assert target.read_bytes() == b"old"
    assert files(tmp_path) == ["a.bin"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "no space left"),
        (errno.EDQUOT, "quota"),
        (errno.EIO, "Input/output error"),
        (errno.EROFS, "read-only"),
    ],
)
def test_a_disk_that_refuses_is_one_clear_sentence(tmp_path, code, words):
    with pytest.raises(FileError, match=words) as caught, replacing(tmp_path / "a.bin") as file:
        file.write(b"some of it")
        raise OSError(code, os.strerror(code))
    assert "a.bin" in str(caught.value) and "\n" not in str(caught.value)
    assert files(tmp_path) == []


def test_a_full_disk(tmp_path, photo):
    """A real one, where the system lets us make it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(command, capture_output=True).returncode == 0
    except OSError:
        mounted = False
    if not mounted:
        pytest.skip("may not mount a small disk here")
    try:
        with pytest.raises(FileError, match="no space left"):
            write(photo(16, (300, 300)), disk / "a.tif")
        assert files(disk) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_write_beyond_the_size_limit_leaves_nothing(tmp_path):
    """The system's own refusal in mid-file: RLIMIT_FSIZE stands in for a full disk where none can be mounted."""
    pytest.importorskip("resource")
    code = """if True:
        import resource, signal, sys
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        from tirage.photo.errors import FileError
        from tirage.writing.atomic import replacing
        try:
            with replacing(sys.argv[1]) as file:
                file.write(bytes(100_000))
        except FileError as error:
            print(error)
    """
    target = tmp_path / "a.bin"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run([sys.executable, "-c", code, target], capture_output=True, text=True, env=environment)
    assert "can't be written: File too large" in done.stdout, done.stderr
    assert files(tmp_path) == []


def test_control_c_in_mid_write_leaves_nothing(tmp_path):
    code = """if True:
        import sys, time
        from tirage.writing.atomic import replacing
        with replacing(sys.argv[1]) as file:
            file.write(bytes(1000))
            file.flush()
            print("writing", flush=True)
            time.sleep(60)
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", code, tmp_path / "a.bin"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        assert len(files(tmp_path)) == 1
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
    assert files(tmp_path) == []


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        with replacing(tmp_path / "a.bin") as file:
            file.write(b"x")
    finally:
        os.umask(before)
    assert (tmp_path / "a.bin").stat().st_mode & 0o777 == 0o640


def test_an_existing_file_is_refused_before_any_work(tmp_path):
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    with pytest.raises(FileError, match="exists already"), replacing(target, overwrite=False):
        pytest.fail("the block must not run")
    assert target.read_bytes() == b"old"


@pytest.mark.parametrize("has_links", [True, False])
def test_a_file_that_appears_meanwhile_is_not_touched(tmp_path, monkeypatch, has_links):
    if not has_links:
        monkeypatch.setattr(os, "link", refuse_links)
    target = tmp_path / "a.bin"
    with pytest.raises(FileError, match="exists already"), replacing(target, overwrite=False) as file:
        file.write(b"new")
        target.write_bytes(b"someone else's")
    assert target.read_bytes() == b"someone else's"
    assert files(tmp_path) == ["a.bin"]


@pytest.mark.parametrize("has_links", [True, False])
def test_without_overwriting_a_new_file_is_written(tmp_path, monkeypatch, has_links):
    if not has_links:
        monkeypatch.setattr(os, "link", refuse_links)
    with replacing(tmp_path / "a.bin", overwrite=False) as file:
        file.write(b"new")
    assert (tmp_path / "a.bin").read_bytes() == b"new"
    assert files(tmp_path) == ["a.bin"]


def refuse_links(*_):
    raise OSError(errno.EPERM, "Operation not permitted")


def test_a_claimed_name_is_given_back_when_the_rename_fails(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "link", refuse_links)
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(FileError), replacing(tmp_path / "a.bin", overwrite=False) as file:
        file.write(b"new")
    assert files(tmp_path) == []


def test_missing_folder_folder_as_output_and_file_as_folder(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    for path, words in [
        (tmp_path / "missing" / "a.jpg", "folder does not exist"),
        (tmp_path, "is a folder"),
        (tmp_path / "plain" / "a.jpg", "is not a folder"),
        (tmp_path / ("n" * 300 + ".jpg"), "name is too long"),
    ]:
        with pytest.raises(FileError, match=words), replacing(path):
            pass
    assert files(tmp_path) == ["plain"]


def test_a_folder_without_permission(tmp_path, monkeypatch):
    """Simulated, since the superuser may write anywhere."""

    def refuse(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(builtins, "open", refuse)
    with pytest.raises(FileError, match="permission denied; choose a folder"), replacing(tmp_path / "a.jpg"):
        pass


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_device_is_never_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path(os.devnull)):
        with pytest.raises(FileError, match="is a device"), replacing(path):
            pytest.fail("the block must not run")


def test_a_symbolic_link_stays_a_link(tmp_path):
    (tmp_path / "there").mkdir()
    real, link = tmp_path / "there" / "real.bin", tmp_path / "link.bin"
    real.write_bytes(b"old")
    link.symlink_to(real)
    with replacing(link) as file:
        file.write(b"new")
    assert link.is_symlink() and real.read_bytes() == b"new"
