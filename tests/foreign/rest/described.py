"""Asks a server everything that its description of REST allows, and much that it does not, as nobody, as a user and as an administrator.

Every answer must be as described: its status, its kind and its shape. Arguments: the server's URL, its program and its data folder. It asks
for CHAT_DESCRIBED_SECONDS as each of the three.
"""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

SECONDS = os.environ.get("CHAT_DESCRIBED_SECONDS", "15")
PASSWORD = "correct horse battery"
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance"
# The statuses of what any request may be refused with. Which other ones there are is said by each endpoint.
REFUSALS = ("400", "401", "405", "413", "429")
# Whoever asks these is not known any more.
ENDS = r"/auth/logout$|/me$|/me/password$|/me/sessions/"


def post(url: str, body: dict) -> dict:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def description(url: str, folder: str) -> str:
    """The server's description, which says at each endpoint alone which statuses it has: a `default` would allow any."""
    with urllib.request.urlopen(f"{url}/api/openapi.json") as answer:
        described = json.load(answer)
    for path in described["paths"].values():
        for endpoint in path.values():
            if isinstance(endpoint, dict) and "responses" in endpoint:
                refused = endpoint["responses"].pop("default")
                endpoint["responses"] = {**dict.fromkeys(REFUSALS, refused), **endpoint["responses"]}
    file = Path(folder, "openapi.json")
    file.write_text(json.dumps(described))
    return str(file)


def ask(url: str, described: str, further: list[str]) -> None:
    program = Path(sys.executable).with_name("schemathesis")
    # The same requests each time, as far as the time reaches.
    settings = ["--checks", CHECKS, "--max-time", SECONDS, "--seed", "1", "--continue-on-failure", "--warnings", "off", "--no-color"]
    # It keeps notes where it runs.
    subprocess.run([program, "run", described, "--url", f"{url}/api", *settings, *further], check=True, cwd=Path(described).parent)


def main() -> None:
    url, program, data = sys.argv[1:]
    described = description(url, data)
    ask(url, described, [])
    user = post(f"{url}/api/auth/register", {"username": "ann", "password": PASSWORD})["token"]
    add = [program, "user", "add", "ben", "--admin", "--data", data]
    subprocess.run(add, input=PASSWORD.encode(), check=True)
    administrator = post(f"{url}/api/auth/login", {"username": "ben", "password": PASSWORD})["token"]
    for token in (user, administrator):
        ask(url, described, ["--header", f"Authorization: Bearer {token}", "--exclude-path-regex", ENDS])


main()
