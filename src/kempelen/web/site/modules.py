"""Modules: JavaScript written as ES modules, joined into one classic script when the server starts.

Task pages load their scripts as classic ones, at once and in order, and a frame without an origin loads no modules. So
the files stay readable and the browser gets what it expects, without a build step. Understood is what we write, and
nothing else: `import { a, b } from "./file.js";` (or "../folder/file.js") on a line of its own, and `export` before a
function, class or const.

A page may put names of its own over the browser's (`let parent`, `var URL`), so the first of our scripts takes those
that scripts of ours use, before any script of the page; the later ones get them from it, and run in the realm that it
has kept (stand-ins/shared/realm.js).
"""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "(\./[\w-]+\.js|\.\./[\w-]+/[\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
# fmt: off
GLOBALS = (
    "AbortController", "Array", "Boolean", "CSS", "CSSStyleSheet", "CustomEvent", "DOMParser", "DataTransfer",
    "Date", "Element", "Error", "Event", "File", "FormData", "HTMLElement", "HTMLFormElement", "HTMLInputElement",
    "Image", "InputEvent", "IntersectionObserver", "Intl", "JSON", "KeyboardEvent", "Map", "Math", "MouseEvent",
    "MutationObserver", "Navigator", "Node", "NodeList", "Number", "Object", "PointerEvent", "Promise", "Proxy",
    "Range", "Reflect", "RegExp", "Request", "ResizeObserver", "Response", "Set", "ShadowRoot", "String",
    "SubmitEvent", "Symbol", "URL", "URLSearchParams", "WeakMap", "XMLHttpRequest", "addEventListener",
    "cancelAnimationFrame", "clearInterval", "clearTimeout", "customElements", "dispatchEvent", "document", "fetch",
    "getComputedStyle", "getSelection", "history", "location", "matchMedia", "navigator", "performance",
    "queueMicrotask", "removeEventListener", "requestAnimationFrame", "self", "setInterval", "setTimeout",
    "structuredClone",
)
# fmt: on
_LEFT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)


class ModuleRefused(ValueError):
    """A module cannot be joined with the others; the text says which and why."""


def joined(main: Path) -> str:
    """The module and all that it imports, each once and after what it rests on, as one script that leaks no name."""
    parts: dict[Path, str] = {}
    exported: dict[str, Path] = {}
    _add(main, parts, exported, ())
    return _START + "".join(parts.values()) + _END


_NAMES = f"{{ {', '.join(GLOBALS)} }}"
_START = f"""((first) => {{
"use strict";
const run = window.kempelenRealm?.inCleanRealm ?? ((act) => act());
run(() => {{
const {_NAMES} = first;
"""
_END = f"""}});
}})(window.kempelenFirst ?? Object.defineProperty(window, "kempelenFirst", {{
  value: (({_NAMES}) => ({_NAMES}))(window),
}}).kempelenFirst);
"""


def _add(file: Path, parts: dict[Path, str], exported: dict[str, Path], importing: tuple[Path, ...]) -> None:
    if file in importing:
        raise ModuleRefused(f"{file.name} imports itself by way of {importing[-1].name}.")
    if file in parts:
        return
    text = file.read_text(encoding="utf-8")
    for names, wanted in _IMPORT.findall(text):
        rests_on = (file.parent / wanted).resolve()
        _add(rests_on, parts, exported, (*importing, file))
        for name in names.split(", "):
            if exported.get(name) != rests_on:
                raise ModuleRefused(f"{file.name} imports {name} from {wanted}, which exports no such thing.")
    own = _EXPORT.findall(text)
    for name in own:
        if name in exported:
            raise ModuleRefused(f"{file.name} and {exported[name].name} both export {name}.")
        exported[name] = file
    text = _EXPORT.sub("", _IMPORT.sub("", text))
    left = _LEFT.search(text)
    if left:
        raise ModuleRefused(f"{file.name}: this cannot be joined: {left[0]}")
    names = f"{{ {', '.join(own)} }}"
    parts[file] = f"\n// ---- {file.name}\nconst {names} = (() => {{\n{text}return {names};\n}})();\n"
