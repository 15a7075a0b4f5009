"""Merging: several frames of one scene become one RawFrame, as a better sensor would have recorded it.

`selection` chooses the reference and leaves out what does not belong; `align` says where each frame's pixels lie;
`fuse` adds them to the mean as far as they agree; `shrink` takes away the noise that is left, more where few agreed.
`burst` does it all, a frame at a time. Domain: Bayer RawFrames; range: a RawFrame of 16 bits with a pedestal.
"""
