"""Convolution and pooling."""

import funnet as fn
from tests.cases.row import Row, draw

ROWS = (
    Row("Conv1d", fn.Conv1d(3, 2), draw(3, 5, 2)),
    Row("Conv1d, causal and dilated", fn.Conv1d(2, 3, padding=((4, 0),), dilation=2), draw(3, 5, 2)),
    Row("Conv2d", fn.Conv2d(3, 2), draw(3, 4, 3, 2)),
    Row("Conv2d, same and strided", fn.Conv2d(2, (3, 2), 2, "same", bias=False), draw(3, 5, 4, 2)),
    Row("Conv2d of groups", fn.Conv2d(4, 2, (1, 2), ((1, 0), 1), groups=2), draw(3, 4, 3, 6)),
    Row("Conv1d, depthwise", fn.Conv1d(3, 2, 2, 1, groups=3), draw(3, 5, 3)),
    Row("Conv2d, depthwise", fn.Conv2d(2, (2, 3), padding="same", dilation=2, groups=2), draw(3, 4, 3, 2)),
    Row("Conv2d of one channel", fn.Conv2d(3, 3, dilation=(1, 2), padding=1), draw(2, 4, 5, 1)),
    Row("ConvTranspose2d", fn.ConvTranspose2d(2, 3, 2, 1, output_padding=1), draw(3, 2, 3, 4)),
    Row("ConvTranspose2d, depthwise", fn.ConvTranspose2d(2, 3, (2, 1), 1, groups=2), draw(3, 2, 3, 2)),
    Row("ConvTranspose2d, same", fn.ConvTranspose2d(4, 2, (1, 3), "same", groups=2), draw(3, 3, 2, 2)),
    Row("MaxPool1d", fn.MaxPool1d(2), draw(3, 5, 2)),
    Row("MaxPool2d", fn.MaxPool2d(2), draw(3, 5, 4, 2)),
    Row("MaxPool2d, overlapping", fn.MaxPool2d(3, (1, 2), "same"), draw(2, 4, 5, 2)),
    Row("AvgPool1d", fn.AvgPool1d(3, 1, 1), draw(3, 5, 2)),
    Row("AvgPool2d", fn.AvgPool2d((2, 3), padding="same"), draw(3, 5, 4, 2)),
    Row("GlobalAvgPool", fn.GlobalAvgPool(), draw(3, 4, 5, 2)),
    Row(
        "small residual network",
        fn.models.resnet(2, width=2, blocks=(1, 1)),
        draw(2, 4, 4, 1),
        renewed=(
            "1/moments",
            "3/1/moments",
            "3/4/moments",
            "5/body/1/moments",
            "5/body/4/moments",
            "5/shortcut/1/moments",
        ),
    ),
)
