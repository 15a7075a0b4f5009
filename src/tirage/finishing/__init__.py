"""Finishing: a SceneImage to a DisplayImage.

Order: exposure -> local tone -> corner shading -> look -> sharpening -> encoding. `finish.py` decides and runs it,
`graphs.py` states the same order for the kernels.
"""
