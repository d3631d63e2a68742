"""Tables of what users get wrong.

A row is the call, the error, and of its message the beginning and a later phrase.
"""

from tests.messages.attention import ATTENTION
from tests.messages.convolution import CONVOLUTION
from tests.messages.doors import DOORS
from tests.messages.foreign import FOREIGN
from tests.messages.losses import LOSSES
from tests.messages.models import MODELS
from tests.messages.normalisation import NORMALISATION
from tests.messages.over_time import OVER_TIME
from tests.messages.recurrent import RECURRENT
from tests.messages.returning import RETURNING
from tests.messages.searching import SEARCHING
from tests.messages.sharing import SHARING
from tests.messages.training import TRAINING
from tests.messages.weights import WEIGHTS

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
