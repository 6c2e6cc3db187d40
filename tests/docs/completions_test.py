#!/usr/bin/env python3
"""Checks that bash, zsh and fish complete what the programs accept, and nothing else."""

import os
import pathlib
import pty
import re
import select
import tempfile
import unittest

from documents import (ROOT, client_commands, guarded, names_of_options, options_of,
                       pages_of_commands, seal_commands, seal_options, words_of)
from processes import kill_group, start, text_of, wait_until

COMPLETIONS = ROOT / "packaging/completions"
COMMANDS = [*pages_of_commands(), "yodel help"]


def named_options():
    return [(command, option, name) for command in COMMANDS for option in options_of(command)
            for name in option.names]


class Completion:
    """The requirements on each shell's completion."""

    def complete(self, line):
        """Returns the words that are offered at the end of `line`."""
        raise NotImplementedError

    def options(self, line):
        """Returns the options that are offered after `line`."""
        return {word for word in self.complete(line + " -") if word.startswith("-")}

    def test_it_has_each_option_and_no_other(self):
        for command in COMMANDS:
            with self.subTest(command=command):
                self.assertEqual(self.options(command), names_of_options(command))

    def test_an_option_is_followed_by_its_value_if_it_takes_one(self):
        for command, option, name in named_options():
            with self.subTest(command=command, name=name):
                self.assertEqual(self.takes_value(command, name), option.value != "")

    def takes_value(self, command, name):
        """A flag may be followed by another option, a value may not."""
        return not self.options(f"{command} {name}")

    def test_the_values_offered_are_those_of_help(self):
        found = 0
        for command, option, name in named_options():
            if words := words_of(option.description):
                found += 1
                with self.subTest(command=command, name=name):
                    self.assertEqual(self.complete(f"{command} {name} "), words)
        self.assertGreater(found, 1)

    def test_it_has_the_commands_of_yodel(self):
        for line in ("yodel ", "yodel help "):
            with self.subTest(line=line):
                offered = {word for word in self.complete(line) if word[0] != "-"}
                self.assertEqual(offered, client_commands())

    def test_it_has_the_commands_of_yodeld_seal(self):
        offered = {word for word in self.complete("yodeld-seal ") if word[0] != "-"}
        self.assertEqual(offered, seal_commands())

    def test_it_has_the_options_of_yodeld_seal(self):
        self.assertEqual(self.options("yodeld-seal"), seal_options())

    def test_it_completes_the_beginning_of_a_word(self):
        for line, expected in (
                ("yodel ta", "talk"), ("yodel talk --conn", "--connect-timeout"),
                ("yodel help ta", "talk"), ("yodel fetch --loc", "--location"),
                ("yodeld --print-c", "--print-config"), ("yodeld-seal st", "status")):
            with self.subTest(line=line):
                self.assertEqual(self.complete(line), {expected})

    def test_only_toml_files_are_offered(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a file.toml", "b.toml", "c.txt"):
                (pathlib.Path(folder) / name).touch()
            for option in ("-c ", "--config "):
                with self.subTest(option=option):
                    offered = self.complete(f"yodeld {option}{folder}/")
                    names = {word.rsplit("/", 1)[1].replace("\\", "") for word in offered}
                    self.assertEqual(names, {"a file.toml", "b.toml"})

    def test_the_pids_are_those_of_the_daemon(self):
        self.assertEqual(self.complete("yodeld --reload 47"), {"4711"})


# Replaces pgrep(1): it finds a daemon only by the title of its process.
PGREP = """#!/bin/sh
[ "$1 $2" = "-f ^yodeld: manager" ] && echo 4711
"""


class FakePgrep(unittest.TestCase):
    """Puts a folder first in PATH, with a pgrep(1) in it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        (cls.folder / "pgrep").write_text(PGREP)
        (cls.folder / "pgrep").chmod(0o755)
        cls.environment = os.environ | {"PATH": f"{cls.folder}:{os.environ['PATH']}",
                                        "HOME": str(cls.folder), "LC_ALL": "C.UTF-8"}

    def run_shell(self, *command):
        done = guarded(command, env=self.environment, cwd=self.folder)
        self.assertEqual(done.stderr, "")
        return set(done.stdout.splitlines())


class Bash(Completion, FakePgrep):
    # bash passes '=' and ':' as separate words.
    SCRIPT = """
        compopt() { :; }  # the real one works only during a completion
        source "$1" || exit
        shift
        COMP_WORDS=("$@")
        COMP_CWORD=$(($# - 1))
        function=$(complete -p "$1" | sed 's/.*-F \\([^ ]*\\).*/\\1/')
        "$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\\n' "${COMPREPLY[@]}"
    """

    def complete(self, line):
        words = re.findall("[=:]|[^ =:]+", line) + ([""] if line.endswith(" ") else [])
        offered = self.run_shell("bash", "--norc", "-c", self.SCRIPT, "bash",
                                 str(COMPLETIONS / f"{words[0]}.bash"), *words)
        return offered - {""}

    def test_the_servers(self):
        (self.folder / "hosts").write_text("192.0.2.1 far.example\n")
        (self.folder / "socket").touch()
        self.environment["HOSTFILE"] = str(self.folder / "hosts")
        for words in ("talk -s ", "talk --server ", "talk --server=", "ping ", "bench -c 3 ", "echo -q "):
            with self.subTest(words=words):
                self.assertEqual(self.complete(f"yodel {words}far"), {"far.example"})
                self.assertIn("far.example", self.complete(f"yodel {words}"))
                self.assertEqual(self.complete(f"yodel {words}uni"), {"unix:"})
                self.assertEqual(self.complete(f"yodel {words}unix:so"), {"socket"})
                self.assertIn("socket", self.complete(f"yodel {words}unix:"))

    def test_the_interfaces(self):
        for option in ("-I ", "--interface ", "--interface="):
            with self.subTest(option=option):
                self.assertIn("lo", self.complete(f"yodel ping {option}"))

    def test_names_are_not_completed(self):
        self.assertEqual(self.complete("yodel talk ali"), set())
        self.assertEqual(self.complete("yodel talk -- -"), set())

    def test_syntax(self):
        for path in COMPLETIONS.glob("*.bash"):
            self.run_shell("bash", "-n", str(path))


class Zsh(Completion, FakePgrep):
    # zsh completes only in its line editor, which needs a terminal. Every completion ends in a call of compadd, so the
    # one below writes down what it is given.
    SETUP = """
        PROMPT=
        fpath=({completions} $fpath)
        autoload -Uz compinit && compinit -u -D
        zstyle ':completion:*' menu no
        LISTMAX=10000  # never ask whether to show a long list
        compadd() {{
          local -a hits
          # With one of these options it only filters words for its caller.
          if (( ! $argv[(I)-[OAD]*] )); then
            builtin compadd -O hits "$@"
            # A long name that takes a value has a suffix.
            (( ${{#hits}} )) && printf "<%s${{argv[(r)-qS=]:+=}}>\\n" "${{hits[@]}}" >>$OFFERED
          fi
          builtin compadd "$@"
        }}
        complete-and-say() {{
          zle complete-word
          zle kill-buffer
          print >$OFFERED.done
        }}
        zle -N complete-and-say
        bindkey '^X^A' complete-and-say
        print >$OFFERED.ready
    """

    def setUp(self):
        self.offered = self.folder / "offered"
        for path in self.folder.glob("offered*"):
            path.unlink()
        (self.folder / "setup.zsh").write_text(self.SETUP.format(completions=COMPLETIONS))
        self.environment["OFFERED"] = str(self.offered)
        self.environment["TERM"] = "dumb"
        self.terminal, theirs = pty.openpty()
        self.addCleanup(os.close, self.terminal)
        self.zsh = start(["zsh", "-f", "-i"], stdin=theirs, stdout=theirs, stderr=theirs,
                         env=self.environment, cwd=self.folder)
        self.addCleanup(kill_group, self.zsh)
        os.close(theirs)
        self.type(f"source {self.folder}/setup.zsh\n", "ready")

    def type(self, text, file):
        """Types `text`, and waits for the file that zsh makes when it is done."""
        path, output = pathlib.Path(f"{self.offered}.{file}"), b""
        os.write(self.terminal, text.encode())

        def done():
            nonlocal output
            while select.select([self.terminal], [], [], 0)[0]:
                output += os.read(self.terminal, 65536)
            self.assertTrue(path.exists(), output.decode(errors="replace"))
            return True
        wait_until(done, path.name, 30, self.zsh)
        path.unlink()

    def offers(self, line):
        self.offered.unlink(missing_ok=True)
        self.type(line + "\x18\x01", "done")
        return set(re.findall(r"<(.*)>", text_of(self.offered)))

    def complete(self, line):
        prefix = line.rsplit(" ", 1)[1]
        folder = prefix[:prefix.rfind("/") + 1]
        return {folder + word.removesuffix("=") for word in self.offers(line)}

    def takes_value(self, command, name):
        # Nothing may follow these, whether they take a value or not.
        if name in ("-h", "--help", "-V", "--version"):
            return f"{name}=" in self.offers(f"{command} -")
        return super().takes_value(command, name)

    def test_syntax(self):
        for path in COMPLETIONS.glob("_*"):
            self.run_shell("zsh", "-n", str(path))

    def test_the_sockets(self):
        (self.folder / "socket").touch()
        self.assertIn("socket", {w.rsplit("/")[-1] for w in self.complete("yodel talk -s unix:so")})


class Fish(Completion, FakePgrep):
    def complete(self, line, before=""):
        path = COMPLETIONS / f"{line.split()[0]}.fish"
        offered = self.run_shell("fish", "--no-config", "-c",
                                 f"source $argv[1]; {before}; complete -C $argv[2]", path, line)
        return {word.split("\t")[0] for word in offered}

    def options(self, line):
        # Complete long options by their own prefix as well.
        return super().options(line) | {w for w in self.complete(line + " --") if w[0] == "-"}

    def takes_value(self, command, name):
        # fish also offers options where a value is expected, but no arguments.
        argument = f"complete -c {command.split()[0]} -a argument"
        return "argument" not in self.complete(f"{command} {name} ", argument)

    def test_syntax(self):
        for path in COMPLETIONS.glob("*.fish"):
            self.run_shell("fish", "-n", str(path))


if __name__ == "__main__":
    unittest.main()
