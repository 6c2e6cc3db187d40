#!/usr/bin/env python3
"""Checks that each library is included only in the folders that may use it, ARCHITECTURE.md, and that headers which
cost much compile time are included in few files.

  library_includes.py ROOT
"""

import re
import sys
from pathlib import Path

# The folders that include headers of each library, and no other may. A file belongs to the innermost of `FOLDERS`.
FOLDERS = ("posix", "text", "protocol", "config", "daemon/session", "daemon/acceptor", "daemon/log", "daemon/manager",
           "daemon/manager/supervisor", "daemon/manager/systemd", "client", "client/talk", "client/fetch")
USERS = {
    "toml++/": ("config",),
    "systemd/": ("daemon/log", "daemon/manager/systemd"),
    "histedit": ("client/talk",),
    "curl/": ("client/fetch",),
    "zlib.h": ("client/fetch",),
    "CLI/": ("daemon/manager", "client"),
    "nlohmann/": ("text",),
    "fmt/": ("text", "config", "daemon/log", "daemon/manager", "daemon/manager/supervisor", "daemon/manager/systemd",
             "client", "client/talk", "client/fetch"),
}
# The files that include each of these headers, and no other may. An include of one of the system's costs 3 to 10 s of
# compile time.
ONLY_IN = {
    "fmt/format-inl.h": {"text/fmt.cpp"},
    "CLI/": {"client/command_line.cpp", "daemon/manager/options.cpp"},
    "nlohmann/": {"text/json.cpp"},
    "toml++/toml.h": {"config/toml_library.hpp"},
    "config/toml_library.hpp": {"config/syntax.cpp", "config/table_reader.cpp"},
}


def includes(root: Path) -> dict[str, list[str]]:
    """Returns what each source and header of the product includes, by its path."""
    found = {}
    for top in ("posix", "text", "protocol", "config", "daemon", "client"):
        for path in sorted((root / top).rglob("*.[ch]pp")):
            found[str(path.relative_to(root))] = re.findall(r'^ *# *include +[<"]([^>"]+)', path.read_text(), re.M)
    return found


def folder_of(path: str) -> str | None:
    return max((folder for folder in FOLDERS if path.startswith(folder + "/")), key=len, default=None)


def faults(files: dict[str, list[str]]) -> list[str]:
    found = []
    for header, users in USERS.items():
        including = {path for path, names in files.items() if any(name.startswith(header) for name in names)}
        found += [f"{path}: may not include {header}" for path in sorted(including) if folder_of(path) not in users]
        found += [f"nothing in {user} includes {header}: remove it from this check"
                  for user in users if user not in map(folder_of, including)]
    for header, wanted in ONLY_IN.items():
        including = {path for path, names in files.items() if any(name.startswith(header) for name in names)}
        if including != wanted:
            found.append(f"{header} must be included in {sorted(wanted)} only, but is in {sorted(including)}")
    # It would bypass the include directories.
    found += [f'{path}: includes "{name}", which leaves its folder'
              for path, names in files.items() for name in names if name.startswith("../")]
    return found


def main() -> int:
    found = faults(includes(Path(sys.argv[1])))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
