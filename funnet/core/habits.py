"""What people write by habit from other libraries, and what to write here.

In each row names of other libraries stand before the answer, which is the fix in an error: one clause, after
"expected ..., got ...;". `funnet.core.unknown_names` makes the errors.
"""

from __future__ import annotations

from collections.abc import Mapping

Answers = Mapping[str, str]


def _table(*rows: tuple[str, str]) -> Answers:
    """{name: answer} of rows of names and their answer."""
    return {name: answer for names, answer in rows for name in names.split()}


# Names of `funnet`.
NAMES: Answers = _table(
    ("Dense FullyConnected LazyLinear linear", "use fn.Linear(width)"),
    ("Conv1D Convolution1D LazyConv1d", "use fn.Conv1d(width, kernel_size)"),
    ("Conv Conv2D Convolution2D LazyConv2d conv2d", "use fn.Conv2d(width, kernel_size)"),
    ("DepthwiseConv2D", "use fn.Conv2d with as many groups as channels"),
    ("Conv2DTranspose ConvTranspose Deconv2d", "use fn.ConvTranspose2d(width, kernel_size)"),
    ("MaxPooling1D MaxPool1D", "use fn.MaxPool1d(window)"),
    ("MaxPooling2D MaxPool2D MaxPool", "use fn.MaxPool2d(window)"),
    ("AveragePooling1D AvgPool1D", "use fn.AvgPool1d(window)"),
    ("AveragePooling2D AvgPool2D AvgPool", "use fn.AvgPool2d(window)"),
    ("GlobalAveragePooling1D GlobalAveragePooling2D AdaptiveAvgPool2d", "use fn.GlobalAvgPool()"),
    ("BatchNorm1d BatchNorm2d BatchNormalization batch_norm", "use fn.BatchNorm()"),
    ("LayerNormalization layer_norm", "use fn.LayerNorm()"),
    ("GroupNormalization", "use fn.GroupNorm(groups)"),
    ("dropout Dropout1d Dropout2d SpatialDropout2D", "use fn.Dropout(rate)"),
    ("SimpleRNN Rnn", "use fn.RNN(width)"),
    ("Lstm", "use fn.LSTM(width)"),
    ("Gru", "use fn.GRU(width)"),
    ("MultiheadAttention Attention SelfAttention", "use fn.MultiHeadAttention(heads)"),
    ("TransformerEncoderLayer TransformerEncoder Transformer", "use fn.TransformerBlock(width, heads)"),
    ("ReLU relu RELU", "use the layer fn.Relu()"),
    ("LeakyReLU leaky_relu", "use the layer fn.LeakyRelu()"),
    ("ELU elu", "use the layer fn.Elu()"),
    ("SELU selu", "use the layer fn.Selu()"),
    ("GELU gelu", "use the layer fn.Gelu()"),
    ("SiLU Swish silu swish", "use the layer fn.Silu()"),
    ("Hardtanh hardtanh", "use the layer fn.HardTanh()"),
    ("Hardsigmoid", "use the layer fn.HardSigmoid()"),
    ("Hardswish", "use the layer fn.HardSwish()"),
    ("sigmoid", "use the layer fn.Sigmoid()"),
    ("tanh", "use the layer fn.Tanh()"),
    ("softmax", "use the layer fn.Softmax()"),
    ("log_softmax", "use the layer fn.LogSoftmax()"),
    ("Activation activations", "use a layer such as fn.Relu()"),
    ("Identity", "use fn.Sequential([]), which is the identity"),
    ("Input InputLayer", "leave it out: widths come from the example that fn.init gets"),
    ("Module Model", "write networks as fn.Sequential([...]), layers as subclasses of fn.Layer"),
    ("ModuleList ModuleDict", "use fn.Sequential([...]) or fn.Parallel([...])"),
    ("nn functional", "its names stand in funnet itself, as fn.Linear or fn.Relu"),
    ("MSELoss MSE mse_loss mse", "use fn.MeanSquaredError()"),
    ("L1Loss MAE l1_loss", "use fn.MeanAbsoluteError()"),
    ("HuberLoss SmoothL1Loss", "use fn.Huber()"),
    (
        "CrossEntropyLoss CrossEntropy CategoricalCrossentropy SparseCategoricalCrossentropy cross_entropy",
        "use fn.SoftmaxCrossEntropy(), on logits",
    ),
    (
        "BCEWithLogitsLoss BCELoss BinaryCrossentropy SigmoidCrossEntropy",
        "use fn.BinaryCrossEntropy(), on logits",
    ),
    ("NLLLoss nll_loss", "use fn.NegativeLogLikelihood()"),
    ("KLDivLoss KLDiv", "use fn.KLDivergence()"),
    ("SGD Sgd", "use fn.sgd(rate), fn.momentum(rate) or fn.nesterov(rate)"),
    ("Adam", "use fn.adam(rate)"),
    ("AdamW", "use fn.adamw(rate)"),
    ("Adamax", "use fn.adamax(rate)"),
    ("NAdam Nadam", "use fn.nadam(rate)"),
    ("RAdam", "use fn.radam(rate)"),
    ("RMSprop RMSProp", "use fn.rmsprop(rate)"),
    ("Adagrad", "use fn.adagrad(rate)"),
    ("Adadelta", "use fn.adadelta()"),
    ("Lion", "use fn.lion(rate)"),
    ("LBFGS lbfgs", "use fn.minimize(net, loss, params, x, target)"),
    ("CosineAnnealingLR CosineDecay", "give a schedule as the rate: fn.cosine(rate, steps)"),
    ("StepLR lr_scheduler", "give a schedule as the rate: fn.step_decay(rate, factor, every)"),
    ("ExponentialLR ExponentialDecay", "give a schedule as the rate: fn.exponential(rate, factor)"),
    ("OneCycleLR", "give a schedule as the rate: fn.one_cycle(rate, steps)"),
    (
        "clip_grad_norm_ clip_by_global_norm",
        "chain it with the optimizer: fn.chain(fn.clip_by_norm(1.0), fn.adam(rate))",
    ),
    (
        "DataLoader Dataset TensorDataset",
        "give fn.fit the arrays as (x, target), with batch_size, or an iterable of batches",
    ),
    ("tensor Tensor from_numpy array", "use a NumPy array, as np.asarray(data, np.float32)"),
    ("backward autograd", "gradients are returned: fn.value_and_grad(net, loss, params, x, target)"),
    ("no_grad GradientTape inference_mode", "leave it out: a call of a network records nothing"),
    ("manual_seed set_seed seed PRNGKey", "give a key where numbers are drawn, as fn.Key(0)"),
    ("device cuda", "leave it out: funnet runs on the CPU"),
    ("Trainer compile", "use fn.fit(net, loss, optimizer, state, (x, target), epochs=...)"),
    ("predict forward", "call the network: y, cache = net(params, x)"),
    ("load_model load_state_dict load_weights restore_state", "use fn.load(path, like=...)"),
    ("save_model save_weights savez", "use fn.save(path, state)"),
    ("ModelCheckpoint Checkpoint", "give fn.fit a path, as checkpoint=path"),
    ("accuracy Accuracy accuracy_score", "use fn.metrics.accuracy(y, target)"),
    ("xavier_uniform_ xavier_uniform GlorotUniform", "use fn.initializers.glorot_uniform()"),
    ("kaiming_normal_ kaiming_normal HeNormal", "use fn.initializers.he_normal()"),
)

_WEIGHTS = "a network holds none: they are in params, in the state that fn.init returns"
_TRAIN = "use fn.fit(net, loss, optimizer, state, (x, target), epochs=...)"
_CALL = "call it: y, cache = net(params, x)"

# Attributes of layers and networks.
LAYER: Answers = _table(
    ("forward predict apply call predict_proba transform", _CALL),
    ("backward backprop gradient", "use dparams, dx = net.vjp(params, cache, dy)"),
    ("parameters named_parameters params weights trainable_weights get_weights", _WEIGHTS),
    ("weight kernel coef_ set_weights trainable_variables buffers", _WEIGHTS),
    ("state_dict save save_weights", "use fn.save(path, state)"),
    ("load_state_dict load_weights load", "use fn.load(path, like=state)"),
    ("train", "use fn.training(net); fn.fit and fn.train_step do so themselves"),
    ("eval requires_grad_", "use fn.inference(net); a network is in that mode from the start"),
    ("zero_grad grad detach no_grad", "leave it out: gradients are returned, not kept"),
    ("fit compile train_on_batch partial_fit", _TRAIN),
    ("evaluate score", "use fn.evaluate(net, loss, params, (x, target))"),
    ("summary", "use fn.summary(net, params, x)"),
    ("to cuda cpu", "leave it out: funnet runs on the CPU"),
    ("double float half", "cast the example that fn.init gets: x.astype(np.float64)"),
    ("add append add_module", "a network does not change: give all layers to fn.Sequential([...])"),
    ("modules children named_modules", "the layers of fn.Sequential are in net.layers"),
)

# Attributes of optimizers.
OPTIMIZER: Answers = _table(
    ("step minimize", "use state, value = fn.train_step(net, loss, optimizer, state, x, target)"),
    ("apply_gradients apply", "use delta, opt_state = optimizer.update(g, opt_state, p)"),
    ("zero_grad", "leave it out: gradients are returned, not kept"),
    ("lr learning_rate", "its rate is optimizer.rate"),
    ("state_dict", "use fn.save(path, state), with the state of training"),
    ("load_state_dict", "use fn.load(path, like=state)"),
)

# Attributes of losses.
LOSS: Answers = _table(
    ("forward backward item grad", "call it: value, dy = loss(y, target)"),
)

# Keyword arguments that have another name here, by our name.
ALIASES: Answers = {
    "b1": "beta1 beta_1 betas",
    "b2": "beta2 beta_2",
    "b_init": "bias_initializer bias_init",
    "batch_size": "batch bs minibatch_size",
    "bias": "use_bias",
    "callback": "callbacks",
    "causal": "is_causal use_causal_mask",
    "count": "num_embeddings vocab_size vocabulary input_dim",
    "data": "X x y target targets labels dataset train_data loader",
    "decay": "weight_decay wd",
    "delta": "beta",
    "dilation": "dilation_rate dilations",
    "early_stopping": "patience",
    "epochs": "n_epochs num_epochs max_epochs nb_epoch",
    "eps": "epsilon",
    "groups": "feature_group_count n_groups num_groups",
    "heads": "num_heads n_heads n_head",
    "kernel_size": "kernel size kernel_shape filter_size",
    "limit": "max_norm clip_value clipnorm",
    "metrics": "metric scoring",
    "momentum": "beta",
    "padding": "pad",
    "progress": "verbose disp",
    "rate": "lr learning_rate eta step_size p prob",
    "shape": "target_shape",
    "slope": "negative_slope alpha",
    "stride": "strides subsample",
    "times": "n num_layers",
    "u_init": "recurrent_initializer",
    "validation": "validation_data val_data valid eval_set",
    "w_init": "kernel_initializer weight_init kernel_init embeddings_initializer",
    "width": "units features out_features out_channels filters hidden_size output_size channels n_out "
    "output_dim embedding_dim d_model",
    "window": "kernel_size pool_size size kernel",
}

# Keyword arguments that have no counterpart.
ARGUMENTS: Answers = _table(
    (
        "in_features in_channels input_size input_dim input_shape n_in num_features num_channels embed_dim",
        "leave it out: the size of the input comes from the example that fn.init gets",
    ),
    ("normalized_shape axis dim", "leave it out: it is the last axis"),
    ("affine elementwise_affine", "leave it out: scale and shift are always there"),
    ("activation", "put a layer such as fn.Relu() behind it"),
    ("dropout recurrent_dropout", "put fn.Dropout(rate) behind it"),
    ("dtype", "leave it out: the dtype is that of the example that fn.init gets"),
    ("device", "leave it out: funnet runs on the CPU"),
    ("name", "give fn.Sequential a dict of named layers"),
    ("batch_first return_sequences", "leave it out: data is batch first, and every step's output comes back"),
    ("data_format", "leave it out: data is channels last"),
    ("num_layers n_layers", "put several layers into fn.Sequential([...])"),
    ("bidirectional", "wrap the layer: fn.Bidirectional(layer)"),
    ("params parameters", "leave it out: it gets the parameters from fn.init"),
    ("weight_decay", "chain it: fn.chain(fn.weight_decay(decay), optimizer), or use fn.adamw"),
    ("clipnorm max_grad_norm", "chain it: fn.chain(fn.clip_by_norm(limit), optimizer)"),
    ("momentum", "use fn.momentum(rate)"),
    ("nesterov", "use fn.nesterov(rate)"),
    ("lr learning_rate", "give it to the optimizer, as in fn.adam(rate)"),
    ("seed random_state rng", "give fn.init a key, as fn.Key(0); all that is drawn comes from it"),
)
