"""The tags that reading uses, under the names of their specifications: TIFF 6.0, EXIF (CIPA DC-008), DNG 1.7.1."""

from __future__ import annotations

from enum import IntEnum


class Tag(IntEnum):
    """A tag number; its name is what error messages say."""

    NewSubfileType = 254
    ImageWidth = 256
    ImageLength = 257
    BitsPerSample = 258
    Compression = 259
    PhotometricInterpretation = 262
    FillOrder = 266
    ImageDescription = 270
    Make = 271
    Model = 272
    StripOffsets = 273
    Orientation = 274
    SamplesPerPixel = 277
    RowsPerStrip = 278
    StripByteCounts = 279
    PlanarConfiguration = 284
    Software = 305
    DateTime = 306
    Artist = 315
    HostComputer = 316
    Predictor = 317
    TileWidth = 322
    TileLength = 323
    TileOffsets = 324
    TileByteCounts = 325
    SubIFDs = 330
    SampleFormat = 339
    JPEGTables = 347
    XMP = 700
    Copyright = 33432

    CFARepeatPatternDim = 33421
    CFAPattern = 33422

    ExposureTime = 33434
    FNumber = 33437
    ExifIFD = 34665
    GPSInfo = 34853
    PhotographicSensitivity = 34855
    RecommendedExposureIndex = 34866
    ISOSpeed = 34867
    DateTimeOriginal = 36867
    DateTimeDigitized = 36868
    OffsetTimeOriginal = 36881
    FocalLength = 37386
    MakerNote = 37500
    SubSecTimeOriginal = 37521
    PixelXDimension = 40962
    PixelYDimension = 40963
    InteroperabilityIFD = 40965
    ExifCFAPattern = 41730
    LensModel = 42036

    DNGVersion = 50706
    DNGBackwardVersion = 50707
    UniqueCameraModel = 50708
    CFAPlaneColor = 50710
    CFALayout = 50711
    LinearizationTable = 50712
    BlackLevelRepeatDim = 50713
    BlackLevel = 50714
    BlackLevelDeltaH = 50715
    BlackLevelDeltaV = 50716
    WhiteLevel = 50717
    DefaultScale = 50718
    DefaultCropOrigin = 50719
    DefaultCropSize = 50720
    ColorMatrix1 = 50721
    ColorMatrix2 = 50722
    CameraCalibration1 = 50723
    CameraCalibration2 = 50724
    AnalogBalance = 50727
    AsShotNeutral = 50728
    AsShotWhiteXY = 50729
    BaselineExposure = 50730
    CalibrationIlluminant1 = 50778
    CalibrationIlluminant2 = 50779
    ActiveArea = 50829
    MaskedAreas = 50830
    CameraCalibrationSignature = 50931
    ProfileCalibrationSignature = 50932
    ExtraCameraProfiles = 50933
    ProfileName = 50936
    ProfileHueSatMapDims = 50937
    ProfileHueSatMapData1 = 50938
    ProfileHueSatMapData2 = 50939
    ProfileToneCurve = 50940
    ProfileCopyright = 50942
    ForwardMatrix1 = 50964
    ForwardMatrix2 = 50965
    SubTileBlockSize = 50974
    RowInterleaveFactor = 50975
    ProfileLookTableDims = 50981
    ProfileLookTableData = 50982
    OpcodeList1 = 51008
    OpcodeList2 = 51009
    OpcodeList3 = 51022
    NoiseProfile = 51041
    ProfileHueSatMapEncoding = 51107
    ProfileLookTableEncoding = 51108
    BaselineExposureOffset = 51109
    DefaultUserCrop = 51125
    ProfileGainTableMap = 52525
    SemanticName = 52526
    CalibrationIlluminant3 = 52529
    CameraCalibration3 = 52530
    ColorMatrix3 = 52531
    ForwardMatrix3 = 52532
    IlluminantData1 = 52533
    IlluminantData2 = 52534
    IlluminantData3 = 52535
    ProfileHueSatMapData3 = 52537
    ProfileGainTableMap2 = 52544
    ColumnInterleaveFactor = 52547
    ImageSequenceInfo = 52548
    ProfileDynamicRange = 52551


def tag_name(tag: int) -> str:
    """The tag's name, or "tag 12345" for one that has no name here."""
    try:
        return Tag(tag).name
    except ValueError:
        return f"tag {tag}"
