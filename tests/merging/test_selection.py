"""Which frames are merged: what is blurred, foreign, unreadable or changing is left out and named."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import tirage
from merging.bursts import BLACK, NOISE, SHIFTS, WHITE, burst, frame_of, light, light_of, mosaic_of, psnr, shifted
from oracles import MERGED_GAIN_DB
from tirage.photo.cfa import BAYER_PATTERNS
from tirage.photo.errors import FileError, KernelError
from tirage.photo.frame import Capture


@pytest.mark.parametrize("shape", [(6, 6), (8, 15), (14, 64)])
def test_tiny_frames_are_not_taken_for_blurred(shape: tuple[int, int]) -> None:
    frames = [frame_of(mosaic_of(*shape, move=shifted(n / 2, 7 * n)), noise=None, seed=n) for n in range(4)]
    assert not any("blurred" in note for note in tirage.merge(frames).notes)


@pytest.mark.parametrize("spread", [(3.0, 3.0), (0.0, 7.0)])
def test_frames_that_are_clearly_blurred_are_left_out(spread: tuple[float, float]) -> None:
    """Texture as strong at every size, as photographs have, through a Gaussian."""

    def texture(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        waves = [np.sin((5 * x + y) / period) + np.sin((5 * y - x) / period) for period in (6, 11, 19, 34)]
        return light(y, x) + 0.06 + 0.006 * np.sum(waves, axis=0)[..., None]

    def blurred(y: np.ndarray, x: np.ndarray) -> np.ndarray:
        places = np.linspace(-2, 2, 9)
        weight = np.exp(-(places**2) / 2) / np.exp(-(places**2) / 2).sum()
        down, across = spread
        return sum(
            (
                a * b * texture(y + down * i, x + across * j)
                for a, i in zip(weight, places, strict=True)
                for b, j in zip(weight, places, strict=True)
            ),
            start=np.zeros((*y.shape, 3)),
        )

    frames = [
        frame_of(mosaic_of(192, 256, move=shifted(*SHIFTS[n]), scene=blurred if n == 0 else texture), seed=n)
        for n in range(4)
    ]
    merged = tirage.merge(frames)
    assert merged.source == "IMG_1.dng" and "IMG_0.dng left out: blurred" in merged.notes
    assert not tirage.merge(frames, reference=0).notes


@pytest.mark.parametrize(("gain", "iso"), [(4.0, 4.0), (1.0, 6.0)])
def test_noisy_and_half_clipped_frames_are_not_taken_for_blurred(gain: float, iso: float) -> None:
    """The same light at another ISO: no more photons, so no more stands out of the noise where nothing clips."""
    frames = []
    for n, (brighter, amplified) in enumerate([(1.0, 1.0), (1.0, 1.0), (gain, iso)]):
        noise = (NOISE[0] * amplified, NOISE[1] * amplified**2)
        capture = Capture(make="Test", model="Phone", exposure_s=0.1 * brighter / amplified, iso=400.0 * amplified)
        frames.append(
            frame_of(mosaic_of(192, 256, move=shifted(*SHIFTS[n])) * brighter, "RGGB", noise, capture=capture, seed=n)
        )
    assert tirage.merge(frames, reference=0, denoise=0).notes == ()


def test_what_does_not_belong_is_left_out_and_named(tmp_path) -> None:
    frames, truth = burst(count=5)
    broken = tmp_path / "broken.dng"
    broken.write_bytes(b"II*\0")
    blurred = mosaic_of(192, 256, move=shifted(2, 1), scene=_blurred)
    camera = dataclasses.replace(frames[1].capture, model="Other")
    strangers = [
        broken,
        frame_of(mosaic_of(100, 256), source="small.dng"),
        frame_of(mosaic_of(192, 256, "BGGR"), "BGGR", source="filters.dng"),
        frame_of(mosaic_of(192, 256), capture=camera, seed=70, source="camera.dng"),
        dataclasses.replace(frames[2], source="twin.dng"),
        frame_of(blurred, seed=71, source="blurred.dng"),
        frame_of(mosaic_of(192, 256, scene=_other), seed=72, source="scene.dng"),
    ]
    merged = tirage.merge([*frames, *strangers], reference=0)
    told = " ".join(merged.notes)
    for name in ("broken", "small", "filters", "camera", "twin", "blurred", "scene"):
        assert f"{name}.dng left out: " in told, (name, merged.notes)
    assert len(merged.notes) == len(strangers)
    assert psnr(light_of(merged), truth) > psnr(light_of(frames[0]), truth) + MERGED_GAIN_DB
    told = " ".join(tirage.merge([*frames, *strangers]).notes)
    assert "scene.dng left out" in told and "blurred.dng left out" in told


def _blurred(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    from merging.bursts import light

    return np.mean([light(y, x + step) for step in np.linspace(-8, 8, 33)], axis=0)


def _other(y: np.ndarray, x: np.ndarray) -> np.ndarray:
    value = np.where((np.floor(x / 17) + np.floor(y / 11)) % 2 == 0, 0.1, 0.8)
    return np.stack([0.5 * value, value, 0.6 * value], -1)


def test_frames_that_cannot_be_read_are_an_error_when_none_is_left(tmp_path) -> None:
    paths = [tmp_path / "a.dng", tmp_path / "b.dng"]
    with pytest.raises(FileError, match="a.dng"):
        tirage.merge(paths)
    with pytest.raises(FileError, match="b.dng"):
        tirage.merge([frame_of(mosaic_of(32, 32)), paths[1]], reference=1)


@pytest.mark.parametrize("count", ["1", "2"])
def test_a_frame_that_can_be_read_only_once_is_left_out_and_named(count: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames are aligned ahead of being added: an error must name the frame that it is of."""
    from tirage.merging.burst import Options, merged

    monkeypatch.setenv("TIRAGE_THREADS", count)
    frames, _ = burst(count=4)
    reads = [0] * len(frames)

    def read(index: int):
        reads[index] += 1
        if index == 2 and reads[index] == 2:
            raise FileError("its pixels are truncated or damaged")
        return frames[index]

    sources = [lambda index=index: read(index) for index in range(len(frames))]
    result = merged(sources, [f"{n}.dng" for n in range(4)], 0, Options(), lambda *_: None)
    assert result.notes == ("2.dng left out: its pixels are truncated or damaged",)


@pytest.mark.parametrize("count", ["1", "2"])
@pytest.mark.parametrize("reading", [1, 2])
def test_a_mistake_of_a_kernel_is_no_reason_to_leave_a_frame_out(
    reading: int, count: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tirage.merging.burst import Options, merged

    monkeypatch.setenv("TIRAGE_THREADS", count)
    frames, _ = burst(count=4)
    reads = [0] * len(frames)

    def read(index: int):
        reads[index] += 1
        if index == 2 and reads[index] == reading:
            raise KernelError("merge_lucas_kanade: 'image' is too small")
        return frames[index]

    sources = [lambda index=index: read(index) for index in range(len(frames))]
    with pytest.raises(KernelError, match="too small"):
        merged(sources, [f"{n}.dng" for n in range(4)], 0, Options(), lambda *_: None)


@pytest.mark.parametrize("cfa", BAYER_PATTERNS)
def test_clipped_pixels_of_every_colour_are_counted(cfa: str) -> None:
    from tirage.merging.selection import look_at

    frame = frame_of(mosaic_of(64, 80), cfa, None)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        frame.mosaic[:] = BLACK
        frame.mosaic[row::2, column::2] = WHITE
        assert 0.7 < look_at(lambda: frame, 0, "0.dng", {})().unclipped < 0.8


@pytest.mark.parametrize("changed", [{"cfa": "BGGR"}, {"mosaic": np.full((64, 80), 900, np.uint16)}])
@pytest.mark.parametrize("index", [0, 2])
def test_a_frame_that_changes_between_its_readings_is_named(changed: dict, index: int) -> None:
    from tirage.merging.burst import Options, merged

    frames, _ = burst(count=4)
    reads = [0] * len(frames)

    def read(n: int):
        reads[n] += 1
        return dataclasses.replace(frames[n], **changed) if n == index and reads[n] == 2 else frames[n]

    sources = [lambda n=n: read(n) for n in range(len(frames))]
    if index == 0:
        with pytest.raises(FileError, match="'0.dng' changed while it was being merged"):
            merged(sources, [f"{n}.dng" for n in range(4)], 0, Options(), lambda *_: None)
    else:
        result = merged(sources, [f"{n}.dng" for n in range(4)], 0, Options(), lambda *_: None)
        assert result.notes == ("2.dng left out: changed while it was being merged; merge it again",)
