"""Convolution and pooling."""

import numpy as np

import funnet as fn
from funnet.errors import ConfigError, DtypeError, ShapeError, TreeError
from tests.messages.inputs import IMAGES, STEPS, Mistake, back, draw, init, run

CONVOLUTION: list[Mistake] = [
    (lambda: fn.Conv2d(3, 0), ConfigError, "Conv2d: … to be a positive integer or a pair of them, got 0"),
    (lambda: fn.Conv2d(3, "3"), ConfigError, "Conv2d: … be a positive integer or a pair of them, got '3'"),
    (lambda: fn.Conv2d(3, (3, 3, 3)), ConfigError, "Conv2d: … integer or a pair of them, got (3, 3, 3)"),
    (lambda: fn.Conv2d(3, np.array([3, 3])), ConfigError, "Conv2d: … or a pair of them, got array([3, 3])"),
    (lambda: fn.Conv2d(3, 3, 0), ConfigError, "Conv2d: … to be a positive integer or a pair of them, got 0"),
    (lambda: fn.Conv2d(3, 3, padding="full"), ConfigError, "Conv2d: … (before, after) of them, got 'full'"),
    (lambda: fn.Conv2d(3, 3, padding=-1), ConfigError, "Conv2d: … a pair (before, after) of them, got -1"),
    (lambda: fn.Conv2d(3, 3, padding=((1, 1, 1), 1)), ConfigError, "Conv2d: … of them, got ((1, 1, 1), 1)"),
    (lambda: fn.Conv2d(3, 3, groups=2), ConfigError, "Conv2d: … groups to divide the width 3, got 2"),
    (lambda: fn.Conv2d(3, 3, bias="yes"), ConfigError, "Conv2d: … bias to be True or False, got 'yes'"),
    (lambda: fn.Conv1d(3, (3, 3)), ConfigError, "Conv1d: … to be a positive integer, got (3, 3)"),
    (
        lambda: init(fn.Conv2d(3, 3), IMAGES[..., 0]),
        ShapeError,
        "Conv2d(3, kernel_size=3): … got x of shape (2, 5, 4); x[None] adds a batch axis, x[..., ",
    ),
    (
        lambda: init(fn.Conv2d(3, 6), IMAGES),
        ShapeError,
        "Conv2d(3, kernel_size=6): … reaches that far), got 5×4",
    ),
    (lambda: init(fn.Conv2d(4, 3, groups=2), IMAGES), ShapeError, "Conv2d( … got x of shape (2, 5, 4, 3)"),
    (
        lambda: init(fn.Conv2d(3, 3), IMAGES[:0]),
        ShapeError,
        "Conv2d(3, kernel_size=3): … entry, got shape (0, 5, 4, 3)",
    ),
    (
        lambda: run(fn.Conv2d(3, 3), IMAGES, IMAGES[..., :2]),
        ShapeError,
        "Conv2d(3, kernel_size=3): … got x of shape (2, 5, 4, 2)",
    ),
    (
        lambda: run(fn.Conv2d(3, 3), IMAGES, IMAGES.astype("f8")),
        DtypeError,
        "Conv2d(3, kernel_size=3): … got x of float64; convert x with x.astype(np.float32)",
    ),
    (
        lambda: run(fn.Conv2d(3, 3), IMAGES, IMAGES.transpose(0, 3, 1, 2)),
        ShapeError,
        "Conv2d(3, kernel_size=3): … got x of shape (2, 3, 5, 4)",
    ),
    (
        lambda: back(fn.Conv2d(3, 3), IMAGES, draw(2, 3, 2, 2)),
        ShapeError,
        "Conv2d(3, kernel_size=3): … 2, 3), got shape (2, 3, 2, 2)",
    ),
    (
        lambda: back(fn.Conv2d(3, 3), IMAGES, draw(2, 3, 2, 3, dtype="f8")),
        DtypeError,
        "Conv2d(3, kernel_size=3): … float32, got dtype float64",
    ),
    (
        lambda: init(fn.Conv1d(3, 3), IMAGES),
        ShapeError,
        "Conv1d(3, kernel_size=3): … got x of shape (2, 5, 4, 3)",
    ),
    (
        lambda: init(fn.Conv1d(3, 7), STEPS),
        ShapeError,
        "Conv1d(3, kernel_size=7): … reaches that far), got 4",
    ),
    (
        lambda: init(fn.Conv1d(3, 3), fn.Padded(STEPS, [4, 1, 2])),
        DtypeError,
        "Conv1d(3, kernel_size=3): … array, got a Padded record",
    ),
    (
        lambda: fn.ConvTranspose2d(3, 3, 2, output_padding=2),
        ConfigError,
        "ConvTranspose2d: … below the stride 2, got 2",
    ),
    (
        lambda: fn.ConvTranspose2d(3, 3, 2, "same", output_padding=1),
        ConfigError,
        'ConvTranspose2d: … where padding is "same", got 1',
    ),
    (
        lambda: fn.ConvTranspose2d(3, 3, output_padding=-1),
        ConfigError,
        "ConvTranspose2d: … 0 or a pair of them, got -1",
    ),
    (
        lambda: init(fn.ConvTranspose2d(3, 1, padding=3), IMAGES),
        ShapeError,
        "ConvTranspose2d( … got x of shape (2, 5, 4, 3)",
    ),
    (
        lambda: init(fn.ConvTranspose2d(4, 3, groups=2), IMAGES),
        ShapeError,
        "ConvTranspose2d( … got x of shape (2, 5, 4, 3)",
    ),
    (
        lambda: run(fn.ConvTranspose2d(3, 3), IMAGES, IMAGES[..., :2]),
        ShapeError,
        "ConvTranspose2d( … got x of shape (2, 5, 4, 2)",
    ),
    (lambda: fn.MaxPool2d(0), ConfigError, "MaxPool2d: … to be a positive integer or a pair of them, got 0"),
    (lambda: fn.MaxPool2d(2, 0), ConfigError, "MaxPool2d: … be a positive integer or a pair of them, got 0"),
    (lambda: fn.MaxPool2d(2, padding=2), ConfigError, "MaxPool2d: … smaller than the window 2, got 2"),
    (lambda: fn.MaxPool2d(2, padding="all"), ConfigError, "MaxPool2d: … (before, after) of them, got 'all'"),
    (lambda: fn.AvgPool2d((2, 3), padding=(1, 3)), ConfigError, "AvgPool2d: … the window (2, 3), got (1, 3)"),
    (lambda: run(fn.MaxPool2d(6), IMAGES, IMAGES), ShapeError, "MaxPool2d(6): … reaches that far), got 5×4"),
    (
        lambda: run(fn.AvgPool1d(2), STEPS, IMAGES),
        ShapeError,
        "AvgPool1d(2): … C), got x of shape (2, 5, 4, 3)",
    ),
    (
        lambda: back(fn.MaxPool2d(2), IMAGES, IMAGES),
        ShapeError,
        "MaxPool2d(2): … 2, 3), got shape (2, 5, 4, 3)",
    ),
    (
        lambda: back(fn.AvgPool2d(2), IMAGES, IMAGES),
        ShapeError,
        "AvgPool2d(2): … 2, 3), got shape (2, 5, 4, 3)",
    ),
    (
        lambda: run(fn.GlobalAvgPool(), IMAGES, draw(2, 3)),
        ShapeError,
        "GlobalAvgPool(): … ..., C), got x of shape (2, 3)",
    ),
    (
        lambda: back(fn.GlobalAvgPool(), IMAGES, IMAGES),
        ShapeError,
        "GlobalAvgPool(): … (2, 3), got shape (2, 5, 4, 3)",
    ),
    (
        lambda: run(fn.GlobalAvgPool(), IMAGES, fn.Padded(STEPS, [4, 1, 2])),
        DtypeError,
        "GlobalAvgPool(): … array, got a Padded record",
    ),
    (
        lambda: fn.Conv2d(3, 3, bias=False)(init(fn.Conv2d(3, 3), IMAGES), IMAGES),
        TreeError,
        "Conv2d( … it has no bias, got float32[3]",
    ),
]
