"""Noise of raw light, for whoever averages or shrinks it: how much, how it is made even, in what basis it is shrunk.

`model` reads or measures it, `stabilise` gives it variance 1 whatever the light, `kernel` holds the transform.
Papers: Foi et al. (2008); Ponomarenko et al. (2007); Makitalo & Foi (2013); see the modules.
"""
