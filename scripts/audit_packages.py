"""Asks a vulnerability service about every package of requirements.txt, through pip-audit.

Ends with 1 if a package has a known vulnerability, or if pip-audit failed for another reason than the network. Where
the service cannot be reached it says so and ends with 0, so that a check without a network is not a red one.
PIP_AUDIT_VULNERABILITY_SERVICE and PIP_AUDIT_OSV_URL choose another service.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements.txt"
# All versions are pinned, so pip has nothing to resolve and pip-audit need not make an environment.
COMMAND = ["pip-audit", "--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json", "--timeout=10"]
# Names of the exceptions that pip-audit ends with when the service does not answer.
UNREACHABLE = re.compile(r"\b(ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|ServiceError)\b")


def main() -> int:
    """Ask and tell; the exit code says whether the packages may be used."""
    asked = subprocess.run([*COMMAND, "--requirement", str(REQUIREMENTS)], capture_output=True, text=True, check=False)
    try:
        packages = json.loads(asked.stdout)["dependencies"]
    except ValueError:
        return _unanswered(asked.stderr)
    return _answered(packages)


def _unanswered(errors: str) -> int:
    if UNREACHABLE.search(errors):
        print("The vulnerability service cannot be reached, so no package was audited.")
        return 0
    print(errors, file=sys.stderr)
    return 1


def _answered(packages: list[dict[str, Any]]) -> int:
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    found = [(package, flaw) for package in packages for flaw in package.get("vulns", ())]
    for package, flaw in found:
        remedy = ", ".join(flaw["fix_versions"]) or "no release yet"
        print(f"{package['name']} {package['version']}: {flaw['id']}, mended by {remedy}")
    if len(unknown) == len(packages):
        print("The vulnerability service that was reached knows none of the packages, so none was audited.")
    else:
        left = f"; it does not know {', '.join(unknown)}" if unknown else ""
        print(f"{len(packages) - len(unknown)} packages audited, {len(found)} known vulnerabilities{left}.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
