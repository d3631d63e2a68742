"""Networks that people build often, as plain functions that return them."""

from funnet.models.convolutional import convnet, resnet
from funnet.models.language import TransformerBlock, char_rnn, gpt
from funnet.models.perceptron import mlp

__all__ = ["TransformerBlock", "char_rnn", "convnet", "gpt", "mlp", "resnet"]
