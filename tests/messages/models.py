"""Ready-made networks."""

import funnet as fn
from funnet.errors import ConfigError, DataError, ShapeError
from tests.messages.inputs import INDICES, STEPS, Mistake, draw, init

MODELS: list[Mistake] = [
    (lambda: fn.models.mlp([]), ConfigError, "mlp: … at least one width, got []; give a list, as [25, 10]"),
    (lambda: fn.models.mlp(5), ConfigError, "mlp: … at least one width, got 5; give a list, as [25, 10]"),
    (lambda: fn.models.mlp([5, 0]), ConfigError, "Linear: … expected width to be a positive integer, got 0"),
    (lambda: fn.models.mlp([5, 2], "relu"), ConfigError, "Sequential: … to be a layer, got 'relu'"),
    (
        lambda: fn.models.mlp([5, 2], fn.Relu),
        ConfigError,
        "Sequential: … got <class 'funnet.nn.layers.activation.Relu'>; call the",
    ),
    (lambda: fn.models.mlp([5, 2], dropout=1.5), ConfigError, "Dropout: … be a number in [0, 1), got 1.5"),
    (lambda: fn.models.convnet(0), ConfigError, "Linear: … expected width to be a positive integer, got 0"),
    (lambda: fn.models.convnet(10, 16), ConfigError, "convnet: … widths to be positive integers, got 16"),
    (lambda: fn.models.convnet(10, (16, 0)), ConfigError, "convnet: … to be positive integers, got (16, 0)"),
    (lambda: fn.models.convnet(10, kernel_size=0), ConfigError, "Conv2d: … or a pair of them, got 0"),
    (
        lambda: fn.models.convnet(10, activation=fn.Relu),
        ConfigError,
        "Sequential: … got <class 'funnet.nn.layers.activation.Relu'>; call the",
    ),
    (
        lambda: init(fn.models.convnet(10), draw(1, 8, 8, 1)),
        ShapeError,
        "5/MaxPool2d(2): … reaches that far), got 1×1",
    ),
    (
        lambda: init(fn.models.convnet(10), draw(28, 28, 1)),
        ShapeError,
        "0/Conv2d( … got x of shape (28, 28, 1); x[None] adds a batch axis,",
    ),
    (lambda: fn.models.resnet(10, width=0), ConfigError, "Conv2d: … width to be a positive integer, got 0"),
    (lambda: fn.models.resnet(10, blocks=3), ConfigError, "resnet: … blocks to be positive integers, got 3"),
    (lambda: fn.models.resnet(10, blocks=()), ConfigError, "resnet: … to be positive integers, got ()"),
    (lambda: fn.models.resnet(10, blocks=(1, -1)), ConfigError, "resnet: … positive integers, got (1, -1)"),
    (lambda: fn.models.resnet(10, blocks=(1.5,)), ConfigError, "resnet: … be positive integers, got (1.5,)"),
    (
        lambda: fn.models.TransformerBlock(8, 0),
        ConfigError,
        "MultiHeadAttention: … be a positive integer, got 0",
    ),
    (
        lambda: fn.models.TransformerBlock(0, 2),
        ConfigError,
        "TransformerBlock: … be a positive integer, got 0",
    ),
    (
        lambda: fn.models.TransformerBlock(None, 2),
        ConfigError,
        "TransformerBlock: … a positive integer, got None",
    ),
    (
        lambda: fn.models.TransformerBlock(8, 2, dropout=2),
        ConfigError,
        "Dropout: … be a number in [0, 1), got 2",
    ),
    (
        lambda: init(fn.models.TransformerBlock(6, 4), STEPS),
        ShapeError,
        "attention/1/MultiHeadAttention( … takes an equal part), got 6",
    ),
    (lambda: fn.models.gpt(0, 8, 2, 1, 4), ConfigError, "Embedding: … to be a positive integer, got 0"),
    (lambda: fn.models.gpt(5, 8, 2, 0, 4), ConfigError, "gpt: … depth to be a positive integer, got 0"),
    (lambda: fn.models.gpt(5, 8, 2, 1, 0), ConfigError, "gpt: … length to be a positive integer, got 0"),
    (lambda: fn.models.gpt(5, 8, 2, 1, 4, window=0), ConfigError, "gpt: … to be a positive integer, got 0"),
    (lambda: fn.models.gpt(5, 8, 2, 1, 4, window="2"), ConfigError, "gpt: … be a positive integer, got '2'"),
    (
        lambda: init(fn.models.gpt(5, 9, 2, 1, 4), INDICES),
        ShapeError,
        "blocks/0/attention/1/MultiHeadAttention( … takes an equal part), got 9",
    ),
    (
        lambda: init(fn.models.gpt(3, 8, 2, 1, 1), INDICES),
        ShapeError,
        "positions/0/PositionalEncoding( … 8)), got x of shape (3, 2, 8)",
    ),
    (
        lambda: init(fn.models.gpt(2, 8, 2, 1, 4), INDICES),
        DataError,
        "embedding/Embedding( … from 0 to 1, got 2 at (1, 0)",
    ),
    (
        lambda: init(fn.models.gpt(5, 8, 2, 1, 4), INDICES[0]),
        ShapeError,
        "positions/0/PositionalEncoding( … T, ...), got x of shape (2, 8)",
    ),
    (lambda: fn.models.char_rnn(5, 8, cell="lstmm"), ConfigError, "char_rnn: … 'gru', 'rnn', got 'lstmm'"),
    (
        lambda: fn.models.char_rnn(5, 8, cell=fn.LSTM),
        ConfigError,
        "char_rnn: … got <class 'funnet.nn.layers.lstm.LSTM'>",
    ),
    (lambda: fn.models.char_rnn(5, 8, cell=["lstm"]), ConfigError, "char_rnn: … 'gru', 'rnn', got ['lstm']"),
    (lambda: fn.models.char_rnn(5, 8, depth=0), ConfigError, "char_rnn: … to be a positive integer, got 0"),
    (lambda: fn.models.char_rnn(5, 8, depth="2"), ConfigError, "char_rnn: … be a positive integer, got '2'"),
    (lambda: fn.models.char_rnn(5, 8, depth=1.5), ConfigError, "char_rnn: … be a positive integer, got 1.5"),
    (lambda: fn.models.char_rnn(5, 0), ConfigError, "LSTM: … width to be a positive integer, got 0"),
    (lambda: fn.models.char_rnn(5, 8, dropout=1), ConfigError, "Dropout: … to be a number in [0, 1), got 1"),
    (
        lambda: init(fn.models.char_rnn(2, 8), INDICES),
        DataError,
        "embedding/Embedding( … from 0 to 1, got 2 at (1, 0)",
    ),
]
