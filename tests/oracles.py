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

#: Share of a noisy mosaic's pixels where the learned demosaic's choice of a filter is a matter of rounding.
DECIDED_BY_ROUNDING = 0.01
#: What the rounding of one patch value, in 16 bits, to the other side changes at most.
LEARNED_ROUNDING = 2e-3

#: A flat colour through the learned demosaic, relative: its filters sum to nothing for grey, to little for colours.
LEARNED_FLAT_COLOUR = 2e-3

#: Corner against centre of a flat field after its GainMap (the issue's bound).
FLAT_FIELD_CORNER = 0.005

# Reading
#: JPEG XL samples of 10 or 12 bits scaled to 16: ours are rounded exactly, Adobe's SDK scales in floats.
JPEG_XL_SCALE = 1
#: LibRaw's 16-bit values of a polynomial against ours in doubles: it cuts off where we don't round. One unit.
LIBRAW_TRUNCATION = 1.0
#: exiftool prints ten significant digits.
EXIFTOOL_DIGITS = 1e-9
#: Temperatures of standard illuminants, from chromaticities of five digits: CIE states them to the kelvin.
ILLUMINANT_KELVIN = 2.0
#: A flat field through LibRaw's X-Trans interpolation: two roundings to 16 bits.
LIBRAW_FLAT = 2
#: Through its linear interpolation: weights are whole 256ths, two of them cut.
LIBRAW_WEIGHTS = 2 / 256

# finishing ----------------------------------------------------------------------------------------------------------

#: Shaper coordinates (of 65536) from float32 light against float64: one part in 10^7 of light near the steepest piece.
SHAPER_AGAINST_REFERENCE = 2

# pipeline -----------------------------------------------------------------------------------------------------------

#: A demosaiced scene against the truth it was mosaiced from, in linear light where nothing clips: what Malvar leaves on
#: photographs. Without its lens shading the scene comes to 21 dB, without its white balance to 17, out of phase to 10.
SIMULATED_SCENE_PSNR_DB = 35.0

# Colour
#: One rounding of a double near 1.
FLOAT64 = 2.3e-16
#: Figures that a paper or standard prints to 3 or 4 decimals: half a unit of the last, and a little.
PRINTED_3_DIGITS = 5.1e-4
PRINTED_4_DIGITS = 5.1e-5
#: CIE's daylight polynomial against CIE's tabulated illuminants: 0.3291 against 0.3290 in y.
DAYLIGHT_LOCUS = 1.1e-4
#: ICC prints D50 as X 0.9642, Z 0.8249; from the printed xy it is 0.96430, 0.82510.
D50_DIGITS = 2.1e-4
#: IEC 61966-2-1 rounds the ends of its two pieces, 0.0031308 and 0.04045, which leaves a gap of 3e-8 between them.
SRGB_KNEE = 5e-8
#: Robertson's 31 isotemperature lines, straight between them, against exact temperatures of CIE illuminants.
ROBERTSON_KELVIN = 6.0
#: And against Planck's law in CIE 1960 uv: chords of the curve, and c2 = 1.4380 in 1968 against 1.4388 today.
ROBERTSON_UV = 2e-4
#: CIE daylight's nominal temperature against the one Robertson finds for it.
CIE_D_KELVIN = 5e-3
#: Ottosson's XYZ matrix has another D65 white than four-digit xy; we scale its cones to white, colour-science does not.
OKLAB_WHITE = 1.5e-3

# Camera colour
#: Iterating between a neutral and its white ends within 1e-12; matrices of condition 10 spread that.
ROUND_TRIP = 1e-10
#: Our temperatures against colour-science's: both Robertson's, with different interpolation between his lines.
ROBERTSON_MATRIX = 1e-4
#: LibRaw computes its daylight from a D65 of other digits, in 32-bit floats.
LIBRAW_MATRIX = 1e-3

# White balance
#: A mean over whole stored units: half a unit of 5000, less than that over many samples.
STORED_INTEGER = 2e-4
#: LibRaw keeps white-balance gains in 32-bit floats.
LIBRAW_FLOAT32 = 1e-6

# ColorChecker
#: Mean Delta E 2000 against the chart may exceed LibRaw's by this (the issue's bound).
COLORCHECKER_AGAINST_LIBRAW = 0.1

# Simulating
#: Chance deviations of a measured statistic: five standard deviations, one in 1.7 million.
SIGMAS = 5.0
#: Noise narrower than a code isn't rounded evenly: a variance a tenth of a squared code off.
NOISE_OF_A_STEP = 0.1
#: Stored values of the 14-bit sensor, 15871 codes: half a code, and the five digits of D65 and the matrices.
CAMERA_CODE = 0.5 / 15871 + 2e-5
#: Light in float32, and the matrices of colour-science, which are rounded as the standards print them.
LIGHT_FLOAT32 = 2e-4
#: Through an ICC profile in 8 bits: a code of rounding before and one after.
PROFILE_8_BIT = 2 / 255
#: A response computed from the 5 nm spectrum of D65 against one from its XYZ of five digits.
D65_FIVE_DIGITS = 2e-4
#: Mean CIEDE2000 of a good camera's matrix over a ColorChecker under its own light (literature: 0.7 to 2).
SENSOR_DELTA_E = 1.5
#: A shading map of 25 x 33 points between which gains are straight: h^2/8 of the law's largest curvature.
SHADING_GRID = 0.004
#: The corner pixel's centre lies up to three pixels inside the corner of a 321 x 241 picture.
CORNER_STOPS = 0.06
#: A smooth picture through 10 or 14 bits and back: half a code through the demosaic, gains to 2.8 and the matrix.
DEVELOPED_SMOOTH = {"generic-phone": 0.012, "generic-camera": 0.001}

# Camera profiles
#: The kernel against its float64 reference, in scene light up to 2: the table's place in float32, and its sRGB tables.
HUE_SAT_KERNEL = 1e-4
#: Gains of a gain table map from float32 places in a table whose neighbours differ by less than 0.5.
GAIN_TABLE_KERNEL = 1e-4
#: Chromaticity from 5 nm steps, against those that CIE prints to four decimals.
SPECTRUM_XY = 1e-4
#: The 33^3 table with a profile's tone curve against direct evaluation, mean: the least channel of saturated colours,
#: where the curve leaves the output space, is what the table is worst at.
PROFILE_CURVE_MEAN = 0.25 / 255

# Looks
#: A look's tables against direct evaluation, everywhere up to the white point: half an 8-bit code (the issue's bound).
LOOK_TABLE = 0.5 / 255
#: Of looks that treat some colours apart, 999 in 1000 colours, and the worst, which lie at the space's edges.
LOOK_TABLE_OTHERS, LOOK_TABLE_WORST = 1.0 / 255, 2.0 / 255
#: Mean Oklab hue shift of a sweep from 0.01 to 4.0 of scene light, 3 where nothing else is said (an issue's bound):
#: more where a look turns greens, warms all light, or lifts black as printing paper does.
HUE_SWEEP_DEGREES = {"verdant": 5.0, "sunlit": 6.0, "negative": 3.5}
#: Turn of skin's Oklab hue over three stops, 4 where nothing else is said: more where all light is warmed.
SKIN_HUE_DEGREES = {"sunlit": 8.0}
#: Mean Delta E 2000 between one picture in sRGB and in Display P3: channels bend in primaries that differ a little.
SAME_COLOUR_OTHER_SPACE = 0.5
#: Curve constants printed to four decimals.
FOUR_DIGITS_OF_CURVE = 6e-5
#: A slope from a central difference over 2e-4: its error is of the order of the step's square.
SLOPE_BY_DIFFERENCE = 1e-6

# Opcodes ------------------------------------------------------------------------------------------------------------

#: Gains of maps on top of each other, straight between samples: the issue's bound.
SHADING_BETWEEN_SAMPLES = 1e-4
#: Stored codes after one operation in float32, against float64: half a code of rounding, and a little.
OPCODE_16_BIT = 0.52
#: Light after opcode list 2 in codes of 1/61439: two roundings (before and after a repair), and a gain of 2.
LIST_2_CODES = 1.2
#: A strong vignette, of r^2 to r^10, as gains that are straight between 129 points along each side.
VIGNETTE_GRID = 2e-4

# Plausibility -------------------------------------------------------------------------------------------------------

#: The black level read off the darkest blocks of a picture: these hold some light, and noise, of a few 10-bit units.
BLACK_LEVEL_UNITS = 3.0

# Defects ------------------------------------------------------------------------------------------------------------

#: Pixels of detail that may be taken for defects, in scenes that hold a thousand glints or stars per megapixel.
HARMED_PER_MEGAPIXEL = 3.0
#: Share of defects (ten deviations and a tenth of white beyond their neighbours) that must be found: among fine
#: lines and lettering fewer, since those that touch detail are left alone.
DEFECTS_FOUND = {"stars": 0.97, "landscape": 0.9, "drawing": 0.85}

# Learned demosaic ---------------------------------------------------------------------------------------------------

#: Its patches are whole 4096ths of white, at most 2; filters have norms of 1, a few of 3.
LEARNED_AGAINST_REFERENCE = 1e-3
#: Share of values where rounding may decide a comparison of a hash, so that another filter is taken (a small picture
#: that mirrors itself has exact ties).
LEARNED_FLIPPED = 1e-2
#: CPSNR of one pass over Menon 2007, clean, on pictures that training never saw.
LEARNED_OVER_MENON_DB = {"scikit-image": 1.2, "kodak": 1.2, "mcmaster": 2.4}
#: CPSNR over Malvar 2004 at a noise variance of 1e-3 x + 1e-5: the issue's bound.
LEARNED_NOISY_OVER_MALVAR_DB = 1.5
#: A gain before demosaicing against after, on detail: what it changes between neighbours, and which of them is greater.
GAIN_BEFORE_DEMOSAIC = 4e-3

# Geometry
#: Lanczos-3 as polynomials (6e-5 per weight), in float32, on white noise: a dozen weights of at most 1.
WARP_AGAINST_REFERENCE = 3e-4
#: Weights sum to 1 but for the rounding of a dozen products (the issue's bound).
WARP_FLAT = 1e-6
#: Centroids of dots after undoing a lens (the issue's bound).
DOT_RESIDUAL_PX = 0.3
#: The mesh of a 12 MP picture against the map itself (the issue's bound).
MESH_PX = 0.01
#: A mesh interpolated from samples of the map against one sampled at every node: sampling.TOLERANCE_PX and float32.
MESH_FROM_SAMPLES_PX = 6e-4

#: A wave of 16 px and amplitude 0.2 in each direction through Lanczos-3, which is nearly flat there: a third of a per
#: cent of each. A thirtieth of a pixel is as much.
WAVE_BY_LANCZOS = 3e-3

#: White noise through two passes against 36 samples at once, where a map moves rows and columns by a thousandth of a
#: pixel otherwise.
TAME_WARPS = 0.03
#: Adobe's SDK draws with bicubic weights of 1/128 px, rounded down; the slope of a dot is up to 90 codes per pixel.
SDK_WARP_CODES = 5

# Local tone and metering --------------------------------------------------------------------------------------------

#: Coefficients of local tone from float32 against float64: differences of squares over a guided filter's 2e-4. What
#: one of the two is off, the other takes back.
LOCAL_TONE_COEFFICIENTS = 2e-3
#: Gains in stops through the kernel against the reference: a logarithm within 2e-5, seen through 16-bit coordinates.
LOCAL_TONE_GAIN_STOPS = 0.003
#: Gain beside an edge of five stops, under every shipped look (the issue's bound).
EDGE_GAIN_VARIATION_STOPS = 0.05
#: Local tone from the proxy against full resolution, display values: over the 48 dB that the issue asks for.
LOCAL_TONE_AGAINST_FULL_DB = 50.0
#: A proxy from the mosaic against the mean of demosaiced pixels, median: a cell's own colours are not all its light.
PROXY_AGAINST_SCENE = 0.01
#: Noise that is measured on a picture full of texture, its variance or its deviation, against the simulated one.
MEASURED_NOISE = 0.2
#: Metered scenes land at their stated grey, and frames of one scene are alike (the issue's bounds).
METERED_SCENE_STOPS = 0.3
METERED_FRAMES_STOPS = 0.1

# Denoise
#: An index of the inverse table from float32 light against float64: rounded to the other side, one.
DENOISED_CODE = 1
#: A flat field's mean after denoising, of its light (of 1/1000 of the clip where it is darker): the issue's bound.
DENOISED_FLAT_MEAN = 1e-3
#: (scale, offset, dB): least gain in PSNR of the root of light on a scene of edges, lines and shades.
DENOISED_GAIN_DB = ((5e-4, 5e-6, 3.3), (2e-3, 2e-5, 5.2), (8e-3, 8e-5, 7.9))

# Denoise: its tables and what it states
#: The tables of any legal file: a tenth of the time that 12 megapixels take, on a busy machine too, and less memory.
TABLES_MS, TABLES_MB = 30.0, 20.0
#: Variance that is left on a flat against what the result's profile states, either way: strength 1 leaves a sixtieth,
#: and a demosaic's filters are made for noise that doubles from one set to the next.
DENOISED_RESIDUE = 1.8
#: Scale of the noise where one brightness alone is seen, either way: read noise is not known better than that.
LIKELY_NOISE = 2.0

# Unfinishing: the kernel works in float32, its reference by bisection in float64.
UNFINISH_RELATIVE, UNFINISH_ABSOLUTE = 2e-6, 1e-6
# Simulated bursts
#: A cubic spline between the samples of waves 9 pixels long, of amplitude 0.2: their derivatives' fourth power.
SPLINE_BETWEEN = 4e-4

# DNGs with a preview
#: Mean difference in codes of a JPEG of quality 90, colour at half resolution, from its picture.
PREVIEW_CODES = 4.0
#: Mean difference in codes of two files of the same light, in 10 and in 16 bits, through another program.
OTHER_DEVELOPERS_CODES = 1.5
# Highlights
#: Oklab hue of a rebuilt highlight against light that did not clip: what Deliver 3 of the picture quality asks for.
REBUILT_HUE_DEGREES = 3.0
#: Oklab chroma at a grey edge of clipped light, one pixel wide: 0.06 where quads are taken for even.
GREY_EDGE_CHROMA = 0.045
#: Spread of the channels of white light on a steep ramp over the clip, which demosaicing colours by a pixel's width.
NEARLY_NEUTRAL = 0.2
#: Relative, of rebuilt stored values: float32 against float64, where shares near the greatest are divided by.
REBUILT_AGAINST_REFERENCE = 2e-4

# Sharpening ---------------------------------------------------------------------------------------------------------

#: Deviation of noise on flats, and overshoot at an edge of its height, with sharpening (the issue's bounds).
FLAT_NOISE_RISE, SHARPENED_OVERSHOOT = 1.1, 0.05
#: Share by which MTF50 of a slanted edge rises at the default strength: to be seen, not to look worked on.
SHARPENED_MTF50 = (0.12, 0.3)
#: Share of strength by which the MTF50 of a lens of 0.45 px and one of 0.9 px come nearer to each other.
SHARPENED_APART = 0.2
#: A deviation from two points of the tone curve, against noise through all of it, of a few thousand pixels.
LUMA_NOISE_AGAINST_MEASURED = 0.1
#: Of 65535: luma and its range count in 15 bits, each rounded down.
SHARPENED_ROUNDING = 4
#: A wave of the filter against its response, of 65535: rounding of luma to 15 bits and of each product, doubled.
SHARPENED_WAVE = 16

# Merging.
#: Six frames averaged gain 7.8 dB where they lie exactly; aligning costs some of it on a picture of 0.05 megapixels.
MERGED_GAIN_DB = 7.0
#: Frames without noise, averaged by interpolation: what is left of 12 bits, on smooth shades and edges.
NOISE_FREE_DB = 60.0
#: What rows that trembled by 3 px may be off, nine in ten, and cost a mean of four against frames that stood still.
ROWS_PX, WOBBLE_DB = 0.4, 0.5
#: What shrinking the mean adds on a scene of smooth shades.
SHRUNK_GAIN_DB = 9.0
#: Lucas-Kanade's sums in float32 over 64 pixels, in parts of the greatest.
MERGE_SUMS = 2e-3
#: A frame's share of the mean in float32: light between pixels, and weights that react to it.
MERGED_LIGHT = 2e-3
#: Shrinking in float32, rounded to a sixty-thousandth; hardly any gain stands at its threshold.
SHRUNK_LIGHT = 5e-5
#: Regressions of resampled on true detail, from 64 blocks of one random scene.
CARRIED_DETAIL = 0.05
#: Chi-squares of sums of 16 and 64 differences in float32, which cancel.
CONTRADICTION = 2e-3
#: The NoiseProfile of a merge against the variance of flats: smoothing leaves few independent samples to measure.
STATED_NOISE = 0.2
#: Fine pixels in float32: light, and weights that fall steeply.
FINE_LIGHT = 1e-3
#: Lanczos' weights by polynomials, each within 2e-4, of white noise from 0 to 1: as light, and in stored values.
FINE_ROUGH, FINE_LEVELS = 5e-4, 16.0
#: What eight frames with shifts must gain over the burst merged at scale 1 and interpolated, on rings too fine for it.
FINE_GAIN_DB = 1.0

# Chromatic aberration
#: Displacement left at the corner, px, of shifts of 0.3 to 3 px in a megapixel, by ISO; noise decides at 1600.
LATERAL_RESIDUAL_PX = {100: 0.1, 400: 0.1, 1600: 0.16}
#: The same of a slight curve in a line drawing, whose corners hold few edges; a straight law leaves 0.27.
LATERAL_CURVE_PX = 0.15
#: The share of the displacement that is left where its centre is not the frame's, at most.
LATERAL_ELSEWHERE = 0.3
#: The same where red is blurred and of little contrast: a few hundred parts of blocks, of which a quarter speak.
FAINT_RESIDUAL_PX = 0.5
#: (greatest shift at the corner, dB): least gain in PSNR of red and blue samples near the corners, of ISO 100.
LATERAL_GAIN_DB = ((0.3, 1.5), (1.5, 5.0), (3.0, 8.0))
#: A stored value from float32 positions against float64: rounded to the other side, one.
LATERAL_CODE = 1

# Defringe
#: (purple 1 or green -1, what stands before the sky): error of red and blue that is left, of what there was, at most.
FRINGE_LEFT = {(1, "grey"): 0.25, (1, "bark"): 0.25, (1, "leaves"): 0.45}
FRINGE_LEFT |= {(-1, "grey"): 0.6, (-1, "bark"): 0.65, (-1, "leaves"): 0.8}
#: A stored value from float32 ratios against float64: rounded to the other side, one.
FRINGE_CODE = 1

# Texture and grain --------------------------------------------------------------------------------------------------

#: Texture in 16-bit arithmetic against float64: 16 roundings of 1/32768 and luma's own, times 1.25.
TEXTURE_AGAINST_REFERENCE = 6 / 32768
#: Grain in units of 1/32767: one rounding, and float32 weights on an amount of 4000.
GRAIN_AGAINST_REFERENCE = 0.6
#: The size that grain's spectrum says, against the stated one (the issue's bound).
GRAIN_SIZE = 0.1
#: Deviation of a pixel's density: the lattice's noise varies by 4 % between its nodes, and encoding is not quite 2.2.
GRAIN_STRENGTH = 0.1
# Looks in other programs: Delta E 2000 of an exported table against the look itself, median and most (the issue's).
CUBE_MEDIAN, CUBE_MOST = 0.3, 2.0
# Colour noise -------------------------------------------------------------------------------------------------------

#: float32 against float64, of light of 1: differences of sums, and a ratio of squares of them.
COLOUR_NOISE_AGAINST_REFERENCE = 2e-4
#: Deviation of Oklab a and b on flats; green's own noise and the demosaic's stay.
COLOUR_NOISE_LEFT = 0.5
#: Share by which a channel's mean may move: an eighth of a code.
COLOUR_NOISE_MEAN = 5e-3
#: By ISO, of an edge's contrast in a channel, beyond the noise's own error: nearest the edge.
BLED = {800: 0.08, 3200: 0.2}
#: Of the contrast of a spot of 8 pixels, at ISO 3200 too.
SPOT_KEPT = 0.8

# Blur ---------------------------------------------------------------------------------------------------------------

#: A Gaussian blur found against the one that was drawn: behind straight edges alone, and behind a landscape, of whose
#: edges some are soft by themselves (the issue's bound).
BLUR_OF_SLANTED_EDGES, BLUR_OF_SCENES = 0.08, 0.15

# Noise that a frame does not state: estimated from few places, and the picture against that of the true profile.
ROUGH_NOISE = 0.3
ESTIMATED_NOISE_DB = 36.0

# Edges without a lens.
#: The learned demosaic, of a step's height: rounding of light and code.
EDGE_OVERSHOOT = 1e-4
#: How far apart the colours of a pixel beside a grey step may be, of its height, both encoded.
GREY_EDGE_COLOUR = 0.08
#: What keeping edges in bounds may cost lines, dots and patches of colour.
BOUNDS_COST_DB = 0.1
#: Luma and light of a step that no lens has blurred, through the whole process, of its height.
STEP_OVERSHOOT = 0.05
