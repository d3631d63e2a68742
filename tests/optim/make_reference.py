"""Write `reference.json`: where PyTorch's optimizers stand on the problem of `problem.py` after some steps.

pip install torch==2.13.0
python -m tests.optim.make_reference
"""

import json
from pathlib import Path

from tests.optim.problem import CASES, PARAMS, STEPS, TARGET, Case, X

AFTER = (1, 10, STEPS)


def walk(case: Case) -> dict[str, list[float]]:
    """The parameters as one vector after some of the steps."""
    import torch

    torch.set_default_dtype(torch.float64)  # PyTorch keeps scalars of its state in the default dtype
    leaves = [PARAMS["hidden"].w, PARAMS["hidden"].b, PARAMS["out"].w, PARAMS["out"].b]
    w1, b1, w2, b2 = own = [torch.tensor(leaf, requires_grad=True) for leaf in leaves]
    kind, x, target = getattr(torch.optim, case.torch), torch.tensor(X), torch.tensor(TARGET)
    groups = [{"params": [w1, w2], "weight_decay": case.decay}, {"params": [b1, b2], "weight_decay": 0.0}]
    optimizer = kind(groups, **case.arguments)
    visited = {}
    for step in range(1, STEPS + 1):
        optimizer.zero_grad()
        torch.nn.functional.mse_loss(torch.tanh(x @ w1 + b1) @ w2 + b2, target).backward()
        optimizer.step()
        if step in AFTER:
            visited[str(step)] = torch.cat([leaf.detach().ravel() for leaf in own]).tolist()
    return visited


def main() -> None:
    """Walk with every optimizer and write down where it led."""
    reference = {name: walk(case) for name, case in CASES.items()}
    path = Path(__file__).with_name("reference.json")
    path.write_text(json.dumps(reference, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
