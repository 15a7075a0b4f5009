"""Spots: small coloured things that denoising took for noise, given back.

Purpose: a dot two pixels wide is spread over all frequencies of a block, and drowns in each; where it lies it stands
out. What was taken away is looked at where it was: its colour, smoothed over 3 x 3 quads, against the noise of that.
Where brightness too has a spot or an edge there, less colour is believed: a place that is special by what is seen of
it is likelier to have a colour of its own. What is believed comes back, half of it as it was and half smoothed.
Method: matched filters, the likelihood ratio of two colours' energy (Kay 1998, "Fundamentals of Statistical Signal
Processing", volume 2, 7.3), with samples limited (Huber 1964), so that no single hot pixel passes for a spot.
Domain -> range: a noisy mosaic and its denoised self, both of stabilised light -> the latter with spots.
Limits: one spot whose colour lies under three or four deviations in all stays lost; of those told, about half is back.
"""

from __future__ import annotations

#: What one sample may tell, in deviations; the energy of colour over the noise's from which it is believed, where
#: brightness is even and where it is not, and how softly; the same for brightness.
MOST = 5.0
EVEN, UNEVEN, SOFTNESS = 20.0, 6.0, 6.0
SALIENT = 6.0

#: Variances of what is smoothed over 3 x 3 quads, [1 2 1] both ways, and of it less the mean of 5 x 5 such.
OF_SMOOTH, OF_SALIENT = (6 / 16) ** 2, 0.11

#: The share of a spot that is given back as it was, not smoothed.
SHARP = 0.5
