"""Networks that people build often, as plain functions that return them."""

from funnet.nn.models.convolutional import convnet, resnet
from funnet.nn.models.language import TransformerBlock, char_rnn, gpt
from funnet.nn.models.perceptron import mlp

__all__ = ["TransformerBlock", "char_rnn", "convnet", "gpt", "mlp", "resnet"]
