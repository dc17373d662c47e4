"""The source under test, read once: every rule of this folder is a function from one `Source` to its faults."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "kempelen"


@dataclass(frozen=True)
class Source:
    """One Python file of the package; `path` is relative to it: "market/hits/hits.py"."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """All of the tree, as `ast.walk` tells it."""
        return list(ast.walk(self.tree))

    @property
    def room(self) -> str:
        """Where the file lives: "core", "store", "market", "api", … or its own name at the top: "server"."""
        return self.path.split("/")[0].removesuffix(".py")

    @property
    def record(self) -> str:
        """The file's name within its room, or its folder's: "hits" for market/hits/hits.py and market/hits/pages.py."""
        return self.path.split("/")[1].removesuffix(".py") if "/" in self.path else self.room

    def fault(self, node: ast.AST, text: str) -> str:
        return f"src/kempelen/{self.path}:{getattr(node, 'lineno', 1)}: {text}"

    def imports(self) -> Iterator[tuple[ast.stmt, str]]:
        """Every imported module or name, by its full dotted name, wherever in the file the import stands."""
        package = ["kempelen", *self.path.split("/")[:-1]]
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield node, alias.name
            elif isinstance(node, ast.ImportFrom):
                module = node.module or ""
                if node.level:
                    module = ".".join([*package[: len(package) - node.level + 1], *([module] if module else [])])
                for alias in node.names:
                    yield node, f"{module}.{alias.name}"

    def used_imports(self) -> Iterator[tuple[ast.expr, str]]:
        """Every use of something imported, by its full dotted name: `datetime.datetime.now`."""
        known: dict[str, str] = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    known[alias.asname or alias.name.split(".")[0]] = (
                        alias.name if alias.asname else alias.name.split(".")[0]
                    )
            elif isinstance(node, ast.ImportFrom) and not node.level:
                for alias in node.names:
                    known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
        for node in self.nodes:
            if isinstance(node, ast.Name | ast.Attribute):
                dotted = _dotted(node)
                first, dot, rest = (dotted or "").partition(".")
                if first in known:
                    yield node, known[first] + dot + rest

    def strings(self) -> Iterator[tuple[ast.Constant, str]]:
        """Every string constant that is not a docstring, and its text."""
        docstrings = {
            id(node.body[0].value)
            for node in self.nodes
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in self.nodes:
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                yield node, node.value


def _dotted(node: ast.expr) -> str | None:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return None if before is None else f"{before}.{node.attr}"
    return None


@cache
def sources() -> tuple[Source, ...]:
    """Every Python file of the package."""
    found = tuple(
        Source(path.relative_to(PACKAGE).as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(PACKAGE.rglob("*.py"))
    )
    assert found, f"no source in {PACKAGE}"
    return found


def faults(rule: Callable[[Source], Iterable[str]]) -> list[str]:
    """What a rule finds in the whole package."""
    return [fault for source in sources() for fault in rule(source)]
