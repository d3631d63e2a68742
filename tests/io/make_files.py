"""Write the files of the present format that future versions must still load.

python -m tests.io.make_files

Run it once for each new format, with the number of the format in FORMAT, and add them to
FINGERPRINTS in test_old_files.py. Files of older formats are never written again.
"""

from pathlib import Path

import funnet as fn
from tests.io import states

FORMAT = 2
FILES = Path(__file__).with_name("files")


def main() -> None:
    """Write parameters, a state, a run of `fit`, and a network."""
    state = states.trained()
    about = {"net": states.NET, "optimizer": states.ADAM}
    fn.save(FILES / f"params_{FORMAT}.npz", state.params)
    fn.save(FILES / f"state_{FORMAT}.npz", state, **about)
    fn.save(FILES / f"state_{FORMAT}.safetensors", state, **about)
    path = FILES / f"fit_{FORMAT}.npz"
    fn.fit(
        states.NET,
        fn.SoftmaxCrossEntropy(),
        states.ADAM,
        states.start(),
        (states.X, states.T),
        epochs=3,
        batch_size=5,
        checkpoint=path,
        progress=False,
    )
    fn.save_net(FILES / "net_1.json", states.NET)


if __name__ == "__main__":
    main()
