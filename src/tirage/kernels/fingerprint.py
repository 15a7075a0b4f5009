"""Which source text a graph depends on, found without running it: a changed kernel rebuilds alone.

From the graph's build function, every name that its text mentions is followed to the definition that binds it: in
the same module, or through an import into another module of its package or of tirage. What a module binds in ways that
can't be followed (loops or calls at its top level) counts as part of every definition in it.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import importlib.util
import inspect
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any


@functools.cache
def _module(name: str) -> tuple[dict[str, list[ast.stmt]], list[ast.stmt], bool]:
    """Top-level bindings of a module (name -> statements), its other statements, whether it is a package."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        return {}, [], False
    bindings: dict[str, list[ast.stmt]] = {}
    others: list[ast.stmt] = []
    for statement in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
            names = [statement.name]
        elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names = [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
        elif isinstance(statement, (ast.Import, ast.ImportFrom)):
            names = [alias.asname or alias.name.split(".")[0] for alias in statement.names]
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # a docstring
        else:
            others.append(statement)
            continue
        for bound in names:
            bindings.setdefault(bound, []).append(statement)
    return bindings, others, bool(spec.submodule_search_locations)


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _without_docstrings(statement: ast.stmt) -> str:
    tree = ast.parse(ast.unparse(statement))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and body and isinstance(body[0], ast.Expr):
            if isinstance(body[0].value, ast.Constant):
                node.body = body[1:] or [ast.Pass()]
    return ast.unparse(tree)


class _Walk:
    """Collects (module, text) of every statement reached."""

    def __init__(self) -> None:
        self.packages = {__name__.split(".")[0]}
        self.seen: set[tuple[str, str, str]] = set()
        self.text: set[tuple[str, str]] = set()

    def inside(self, module: str) -> bool:
        return module.split(".")[0] in self.packages

    def name(self, module: str, name: str, attribute: str = "*") -> None:
        """Follow `name` as the module `module` sees it, and where that is a module, its `attribute`; "*" is all."""
        if (module, name, attribute) in self.seen or not self.inside(module):
            return
        self.seen.add((module, name, attribute))
        bindings, others, _ = _module(module)
        if name == "*":
            for bound in bindings:
                self.name(module, bound)
        for statement in [*bindings.get(name, ()), *others]:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                for alias in statement.names:
                    if (alias.asname or alias.name.split(".")[0]) == name:
                        self.imported(module, statement, alias, attribute)
            elif (module, text := _without_docstrings(statement)) not in self.text:
                self.text.add((module, text))
                self.mentions(module, statement)

    def mentions(self, module: str, statement: ast.stmt) -> None:
        """Follow every name in a statement."""
        of_attributes = set()
        for node in ast.walk(statement):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                self.name(module, node.value.id, node.attr)
                of_attributes.add(node.value)
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node not in of_attributes:
                self.name(module, node.id)
            elif isinstance(node, ast.Import | ast.ImportFrom):  # inside a function
                for alias in node.names:
                    self.imported(module, node, alias, "*")

    def imported(self, module: str, statement: ast.Import | ast.ImportFrom, alias: ast.alias, attribute: str) -> None:
        """Follow an import to the definition, or to the attribute of the module that it names."""
        if isinstance(statement, ast.Import):
            self.name(alias.name, "*")
            return
        parts = module.split(".") if _module(module)[2] else module.split(".")[:-1]
        parts = parts[: len(parts) - statement.level + 1] if statement.level else []
        source = ".".join([*parts, *([statement.module] if statement.module else [])])
        if not self.inside(source):
            return
        if alias.name not in _module(source)[0] and alias.name != "*" and _exists(f"{source}.{alias.name}"):
            self.name(f"{source}.{alias.name}", attribute)
        else:
            self.name(source, alias.name, attribute)


def _mentions(code: types.CodeType) -> tuple[list[str], str]:
    """The names that compiled code looks up, and a text of its instructions and constants."""
    names, text = list(code.co_names), code.co_code.hex()
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            inner, words = _mentions(constant)
            names, text = names + inner, text + words
        else:
            text += repr(constant)
    return names, text


def fingerprint(build: Callable[..., Any]) -> str:
    """Hex digest of the source that `build` depends on in tirage and in its own package; comments don't count.

    `build` may be a function, a closure or a `functools.partial`; the values it binds count too.
    """
    walk = _Walk()
    values: list[str] = []
    pending: list[Any] = [build]
    while pending:
        thing = pending.pop()
        if isinstance(thing, functools.partial):
            pending += [thing.func, *thing.args, *(v for _, v in sorted(thing.keywords.items()))]
            values.append(repr(sorted(thing.keywords)))
        elif inspect.isfunction(thing):
            walk.packages.add(thing.__module__.split(".")[0])
            values.append(thing.__qualname__)
            if thing.__qualname__ == "<lambda>":  # bound to no name at module level: its code says what it mentions
                names, constants = _mentions(thing.__code__)
                values.append(constants)
            else:
                names = [thing.__qualname__.split(".")[0]]
            for name in names:
                walk.name(thing.__module__, name)
            pending += [cell.cell_contents for cell in thing.__closure__ or ()]
        else:
            values.append(repr(thing))
    digest = hashlib.sha256()
    for module, text in sorted(walk.text):
        digest.update(f"{module}\0{text}\0".encode())
    digest.update("\0".join(values).encode())
    return digest.hexdigest()
