"""The forward passes of the layers in inference, as plain functions of NumPy arrays.

`export` copies the text of those that a network needs into the file it writes. So they use nothing of
funnet, each other by name alone, and take the parameters of their layer as keywords. Each does to the last
bit what its layer does.
"""

from funnet.program.kernels import affine, attention, elementwise, normal, recurrent, sequence, space

MODULES = (affine, elementwise, normal, space, sequence, recurrent, attention)
