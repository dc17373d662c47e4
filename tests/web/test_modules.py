"""Scripts written as ES modules and served as one."""

from __future__ import annotations

from pathlib import Path

import pytest

from kempelen.web.site.assets import FOLDER
from kempelen.web.site.modules import GLOBALS, ModuleRefused, joined


def modules(folder: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (folder / f"{name}.js").write_text(text, encoding="utf-8")
    return folder / "main.js"


def test_modules_become_one_script_in_the_order_they_rest_on_each_other(tmp_path: Path) -> None:
    main = modules(
        tmp_path,
        main='import { a } from "./a.js";\nimport { b, c } from "./b.js";\nconst own = 1;\na(b, c, own);\n',
        a='import { b } from "./b.js";\nconst own = 2;\nexport function a() {\n  return b;\n}\n',
        b="export const b = 1;\nexport class c {}\n",
    )
    script = joined(main)
    assert f"const {{ {', '.join(GLOBALS)} }} = first;\n" in script
    assert script[script.index("\n// ----") : script.rindex("});\n})(window.kempelenFirst ??")] == (
        "\n// ---- b.js\nconst { b, c } = (() => {\nconst b = 1;\nclass c {}\nreturn { b, c };\n})();\n"
        "\n// ---- a.js\nconst { a } = (() => {\nconst own = 2;\nfunction a() {\n  return b;\n}\nreturn { a };\n})();\n"
        "\n// ---- main.js\nconst {  } = (() => {\nconst own = 1;\na(b, c, own);\nreturn {  };\n})();\n"
    )


@pytest.mark.parametrize(
    ("texts", "says"),
    [
        ({"main": 'import { a } from "./main.js";\n'}, "imports itself"),
        ({"main": 'import { a } from "./a.js";\n', "a": "export const b = 1;\n"}, "exports no such thing"),
        ({"main": 'import { a } from "./a.js";\nexport const a = 1;\n', "a": "export const a = 1;\n"}, "both export a"),
        ({"main": "export default 1;\n"}, "cannot be joined: export default 1"),
        ({"main": 'import a from "./a.js";\n'}, "cannot be joined: import a"),
    ],
)
def test_modules_that_cannot_be_joined_are_refused(tmp_path: Path, texts: dict[str, str], says: str) -> None:
    with pytest.raises(ModuleRefused, match=says):
        joined(modules(tmp_path, **texts))


def test_the_crowd_elements_are_served_as_one_script() -> None:
    script = joined(FOLDER / "stand-ins" / "crowd-html-elements" / "main.js")
    for file in (FOLDER / "stand-ins" / "crowd-html-elements").iterdir():
        assert f"// ---- {file.name}\n" in script
    for forbidden in ("eval(", "new Function", "import(", "http://", "https://", "://cdn"):
        assert forbidden not in script.replace("http://www.w3.org/2000/svg", "")
