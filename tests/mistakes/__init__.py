"""Tables of what users get wrong.

A row is the call, the error, and of its message the beginning and a later phrase.
"""

from tests.mistakes.attention import ATTENTION
from tests.mistakes.convolution import CONVOLUTION
from tests.mistakes.doors import DOORS
from tests.mistakes.foreign import FOREIGN
from tests.mistakes.losses import LOSSES
from tests.mistakes.models import MODELS
from tests.mistakes.normalisation import NORMALISATION
from tests.mistakes.over_time import OVER_TIME
from tests.mistakes.recurrent import RECURRENT
from tests.mistakes.returning import RETURNING
from tests.mistakes.searching import SEARCHING
from tests.mistakes.sharing import SHARING
from tests.mistakes.training import TRAINING
from tests.mistakes.weights import WEIGHTS

MISTAKES = [
    *ATTENTION,
    *CONVOLUTION,
    *DOORS,
    *FOREIGN,
    *LOSSES,
    *MODELS,
    *NORMALISATION,
    *OVER_TIME,
    *RECURRENT,
    *RETURNING,
    *SEARCHING,
    *SHARING,
    *TRAINING,
    *WEIGHTS,
]
