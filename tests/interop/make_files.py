"""Write `files/*.safetensors`: weights of PyTorch's modules, and beside them an output, "y", of each.

pip install torch==2.13.0
python -m tests.interop.make_files
"""

from pathlib import Path

from tests.interop.nets import TWINS

FILES = Path(__file__).with_name("files")


def main() -> None:
    """Make the twins and write down their weights and outputs."""
    import torch
    from safetensors.torch import save_file
    from torch import nn

    torch.manual_seed(0)
    torch.set_default_dtype(torch.float64)

    class Image(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(
                nn.Conv2d(3, 4, 3, padding=1, bias=False),
                nn.BatchNorm2d(4),
                nn.ReLU(),
                nn.MaxPool2d(2),
                nn.Conv2d(4, 4, 3, stride=2, groups=2),
                nn.GroupNorm(2, 4),
            )
            self.up = nn.ConvTranspose2d(4, 3, 2, stride=2)
            self.head = nn.Linear(3, 2)

        def forward(self, x):
            y = self.up(self.features(x.permute(0, 3, 1, 2)))
            return self.head(y.mean(dim=(2, 3)))

    class Text(nn.Module):
        def __init__(self):
            super().__init__()
            self.letters = nn.Embedding(7, 4)
            self.lstm = nn.LSTM(4, 3, batch_first=True)
            self.gru = nn.GRU(3, 3, batch_first=True)
            self.rnn = nn.RNN(3, 3, batch_first=True)
            self.attention = nn.MultiheadAttention(3, 1, batch_first=True)
            self.norm = nn.LayerNorm(3)
            self.conv = nn.Conv1d(3, 2, 2)

        def forward(self, x):
            y = self.rnn(self.gru(self.lstm(self.letters(x))[0])[0])[0]
            y = self.norm(self.attention(y, y, y)[0])
            return self.conv(y.permute(0, 2, 1)).permute(0, 2, 1)

    class Layers(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.LSTM(3, 2, batch_first=True, bidirectional=True)
            self.norm = nn.RMSNorm(4, eps=1e-5)
            self.second = nn.LSTM(4, 2, batch_first=True, bidirectional=True)

        def forward(self, x):
            return self.second(self.norm(self.first(x)[0]))[0]

    mlp = nn.Sequential(nn.Linear(5, 5), nn.ReLU(), nn.Linear(5, 5), nn.Tanh(), nn.Linear(5, 2))

    class Signal(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv1d(2, 3, 2)
            self.head = nn.Linear(12, 2)

        def forward(self, x):
            return self.head(torch.tanh(self.conv(x.permute(0, 2, 1))).flatten(1))

    class Flat(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(nn.Conv2d(3, 4, 2), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2))
            self.head = nn.Sequential(
                *(nn.Flatten(), nn.Dropout(0.5), nn.BatchNorm1d(24), nn.ReLU(), nn.LayerNorm(24)),
                *(nn.Linear(24, 24), nn.Tanh(), nn.Linear(24, 2)),
            )

        def forward(self, x):
            return self.head(self.features(x.permute(0, 3, 1, 2)))

    def write(name, module):
        x = torch.tensor(TWINS[name].x)
        module(x)  # in training mode, so that running moments move
        with torch.no_grad():
            for parameter in module.parameters():
                parameter += torch.randn_like(parameter) / 8
            y = module.eval()(x).contiguous()
        save_file(module.state_dict(), FILES / f"{name}.safetensors")
        save_file({"y": y}, FILES / f"{name}_y.safetensors")

    for name, module in (("mlp", mlp), ("image", Image()), ("text", Text()), ("layers", Layers())):
        write(name, module)
    torch.manual_seed(1)
    for name, module in (("signal", Signal()), ("flat", Flat())):
        write(name, module)


if __name__ == "__main__":
    main()
