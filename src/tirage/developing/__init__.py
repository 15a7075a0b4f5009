"""Developing: a RawFrame to a SceneImage.

Order: linearise with lens shading, white balance and clipping -> demosaic -> camera colour
(DNG 1.7.1, chapters 5 to 7).
`development.py` decides and runs it, `graphs.py` states the same order for the kernels.
"""
