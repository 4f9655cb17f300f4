"""Running a server's programs as a user other than root."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path


class EmbeddedError(RuntimeError):
    """A bundled server cannot be run; the message says why and what to do."""


@dataclass(frozen=True)
class Runner:
    """Runs a server's programs as the user who owns its files: PostgreSQL refuses to be root."""

    uid: int
    gid: int
    prefix: tuple[str, ...] = ()

    @classmethod
    def for_home(cls, home: Path, binary: Path) -> "Runner":
        """Who runs the binary on that folder of the data directory: ourselves, or for root the folder's owner.

        Raises EmbeddedError when the folder is another user's, or nobody below root can reach both.
        """
        if os.geteuid() == 0:
            return cls._for_root(home, binary)
        if home.exists() and home.stat().st_uid != os.geteuid():
            raise EmbeddedError(
                f"{home} belongs to another user: run as that user, or set DATA_DIR to a folder of your own"
            )
        return cls(os.geteuid(), os.getegid())

    @classmethod
    def _for_root(cls, home: Path, binary: Path) -> "Runner":
        account = _account_below_root(home)
        drop = ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
        # A clone in /root is closed to everybody else: then the server may pass through closed folders. Without
        # the secure bit access() would forget that capability, and initdb asks it whether "postgres" can be run.
        capability = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
        for extra in ((), ("--securebits=+no_setuid_fixup", *capability)):
            test = 'test -r "$0" && test -x "$1"'
            probe = [*drop, *extra, "--", "sh", "-c", test, str(binary), str(home.parent)]
            if subprocess.run(probe, check=False, cwd="/", stderr=subprocess.DEVNULL).returncode == 0:
                return cls(account.pw_uid, account.pw_gid, (*drop, *extra, "--"))
        raise EmbeddedError(
            f"{binary.name} does not run as root, and user {account.pw_name} cannot reach both {binary} and "
            f"{home.parent}: run as a user other than root, or move the checkout to a folder open to others"
        )

    def __call__(self, *command: object, log: Path | None = None) -> None:
        """Run to the end in a session of its own. Raises EmbeddedError with what it (or the log) said last."""
        done = subprocess.run(
            [*self.prefix, *(str(word) for word in command)],
            check=False,
            # libpq's variables of the caller, PGPORT for one, would change what the server does.
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"},
            cwd="/",
            stdin=subprocess.DEVNULL,
            # A pipe would be inherited by the server and never end.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL if log else subprocess.PIPE,
            start_new_session=True,
        )
        if done.returncode:
            said = log.read_text(errors="replace") if log and log.exists() else (done.stderr or b"").decode()
            raise EmbeddedError(f"{command[0]} failed: {' / '.join(said.splitlines()[-5:])}")

    def give(self, path: Path) -> None:
        """Make the path the server's own."""
        os.chown(path, self.uid, self.gid)

    def make_private(self, folder: Path) -> None:
        """Make the folder, open to the server's user only. Raises EmbeddedError when a stranger has it."""
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid not in (self.uid, os.geteuid()):
            raise EmbeddedError(f"{folder} belongs to another user: remove it, or set DATA_DIR to a shorter path")
        folder.chmod(0o700)
        self.give(folder)


def _account_below_root(home: Path) -> pwd.struct_passwd:
    """The user that has the files already, else the data directory's owner, else nobody."""
    for path in (home, home.parent):
        if path.exists() and (uid := path.stat().st_uid):
            try:
                return pwd.getpwuid(uid)
            except KeyError:
                continue  # initdb needs a name
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedError("PostgreSQL cannot run as root: make a user (useradd souk) and run as that user") from None
