"""Every tolerance of the test suite, with its reason."""

# Writing
#: The embedded profile's colorants against littlecms's: ours are rounded so that they add up to white, one unit.
ICC_COLORANT = 1.5 / 65536
#: XYZ through the profile against colour-science: three colorants, two rounded (half a unit), one also corrected.
ICC_XYZ = 2.5 / 65536
#: 8-bit colour through littlecms's own integer tables against colour-science in floats: one level.
ICC_8_BIT = 1 / 255
#: A smooth picture through JPEG quality 92 with colour at half resolution: RMS error in levels of 255.
JPEG_RMS = 2.0

# developing ---------------------------------------------------------------------------------------------------------

#: A float32 kernel against its float64 reference on values of 0..1: a few dozen roundings of 2^-24.
KERNEL_AGAINST_REFERENCE = 2e-6

#: Mean CPSNR of the same algorithm by colour-demosaicing; they differ in border handling only.
CPSNR_AGAINST_PEER_DB = 0.1

#: The developing kernels against their float64 references: the matrix and gains of 2 add to the roundings above.
SCENE_AGAINST_REFERENCE = 1e-5

#: Corner against centre of a flat field after its GainMap (the issue's bound).
FLAT_FIELD_CORNER = 0.005

# Reading
#: JPEG XL samples of 10 or 12 bits scaled to 16: ours are rounded exactly, Adobe's SDK scales in 32-bit floats. One unit.
JPEG_XL_SCALE = 1
#: LibRaw's 16-bit values of a polynomial against ours in doubles: it cuts off where we don't round. One unit.
LIBRAW_TRUNCATION = 1.0
#: exiftool prints ten significant digits.
EXIFTOOL_DIGITS = 1e-9
#: Temperatures of standard illuminants, from chromaticities of five digits: CIE states them to the kelvin.
ILLUMINANT_KELVIN = 2.0
#: A flat field through LibRaw's X-Trans interpolation: two roundings to 16 bits.
LIBRAW_FLAT = 2

# finishing ----------------------------------------------------------------------------------------------------------

#: Shaper coordinates (of 65536) from float32 light against float64: one part in 10^7 of light near the steepest piece.
SHAPER_AGAINST_REFERENCE = 2
