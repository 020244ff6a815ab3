"""The source as these tests read it: parsed, never imported."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src/bihuan"


@dataclass(frozen=True)
class Module:
    path: Path
    name: str
    text: str
    tree: ast.Module

    @property
    def context(self) -> str:
        return self.name.split(".")[1] if "." in self.name else ""

    @property
    def layer(self) -> str:
        """The furniture of its room: `actions`, `models`, `views` …"""
        parts = self.name.split(".")
        return parts[2] if len(parts) > 2 else ""

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def calls(self) -> Iterator[ast.Call]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))

    def place(self, node: ast.AST) -> str:
        return f"{self.path.relative_to(ROOT)}:{node.lineno}"  # type: ignore[attr-defined]


@cache
def modules(folder: Path = PACKAGE) -> list[Module]:
    found = []
    for path in sorted(folder.rglob("*.py")):
        text = path.read_text()
        name = ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__")
        found.append(Module(path, name, text, ast.parse(text)))
    return found


def decorators(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    return {ast.unparse(decorator).split("(")[0].split(".")[-1] for decorator in function.decorator_list}
