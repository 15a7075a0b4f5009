"""The conformance set: small DNGs, each with one feature and known truth, and the judge of any developer's renderings.

Specification: Adobe DNG 1.7.1. Every item has a twin, a plain file of the same scene: a developer is right when its two
renderings agree, whatever its tone and colours. Domain: commands or Python developers; range: verdicts. Limits: one
feature at a time; small pictures; bounds in display values.
"""

from __future__ import annotations
