"""The works in NumPy, written out by hand: what one would write instead of using funnet.

A network is two functions, `forward(params, x) -> (y, saved)` and `backward(params, saved, dy) -> grads`;
params and grads are lists of arrays, the same from layer to layer as in funnet.
"""
