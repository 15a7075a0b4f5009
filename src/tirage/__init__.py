"""tirage: one RAW frame or a handheld burst in, a finished photograph out."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

#: Public name -> module that defines it. Bound on first use, so that `import tirage` stays light.
_HOMES = {
    "read": "tirage.pipeline",
    "merge": "tirage.pipeline",
    "develop": "tirage.pipeline",
    "finish": "tirage.pipeline",
    "write": "tirage.pipeline",
    "photograph": "tirage.pipeline",
    "simulate": "tirage.simulating",
    "simulate_burst": "tirage.simulating.burst",
    "demosaic": "tirage.developing.demosaic",
    "RawFrame": "tirage.photo.frame",
    "Burst": "tirage.photo.frame",
    "SceneImage": "tirage.photo.image",
    "DisplayImage": "tirage.photo.image",
    "Recipe": "tirage.photo.recipe",
    "Look": "tirage.photo.look",
    "TirageError": "tirage.photo.errors",
    "UsageError": "tirage.photo.errors",
    "FileError": "tirage.photo.errors",
}

__all__ = [
    "__version__",
    "Burst",
    "DisplayImage",
    "FileError",
    "Look",
    "RawFrame",
    "Recipe",
    "SceneImage",
    "TirageError",
    "UsageError",
    "demosaic",
    "develop",
    "finish",
    "merge",
    "photograph",
    "read",
    "simulate",
    "simulate_burst",
    "write",
]

if TYPE_CHECKING:
    from .developing.demosaic import demosaic as demosaic
    from .photo.errors import FileError as FileError
    from .photo.errors import TirageError as TirageError
    from .photo.errors import UsageError as UsageError
    from .photo.frame import Burst as Burst
    from .photo.frame import RawFrame as RawFrame
    from .photo.image import DisplayImage as DisplayImage
    from .photo.image import SceneImage as SceneImage
    from .photo.look import Look as Look
    from .photo.recipe import Recipe as Recipe
    from .pipeline import develop as develop
    from .pipeline import finish as finish
    from .pipeline import merge as merge
    from .pipeline import photograph as photograph
    from .pipeline import read as read
    from .pipeline import write as write
    from .simulating import simulate as simulate
    from .simulating.burst import simulate_burst as simulate_burst


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'tirage' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
