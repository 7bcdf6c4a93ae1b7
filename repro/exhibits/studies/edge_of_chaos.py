"""The edge of chaos: which initializations let a deep tanh network start

Of a deep network's gradient each layer keeps the share χ of the square. Below χ = 1 gradients vanish and all
examples end up alike (order); above, gradients explode and neighbours drift apart (chaos); only near 1 can a
network of any depth start to learn. Left: χ for tanh by the variances of weights and biases, with the paper's
initializations and today's defaults. Middle: the same for other activations, without biases. Right: measured
back-propagated gradients in networks of {depth} hidden layers before training, and mean-field theory's (lines).

Implementation details
- χ = n Var[W] E[f'(s)²] at the fixed point of E[s²] (`repro.theory.mean_field`).
- PyTorch's nn.Linear draws weights like eq. 1 and biases with the same bound; Keras' Dense is eq. 16; LeCun's
  and eq. 16 coincide for equal widths. PyTorch's recommended gain for tanh, 5/3, makes n Var[W] = 25/9.
- Right: standard deviation of ∂C/∂s of one example in each layer, over that of the top one. Three seeds;
  thin lines in the figure's data are each seed's.
- Rule, written before the numbers were looked at: over all layers below the top, the factor per layer by
  which the standard deviation changes (its geometric mean) is within 5 % of the predicted one, for each
  initialization, averaged over seeds.
"""

RUNS = (
    "activation=tanh init=standard,normalized,normalized_hidden,orthogonal,he_normal seed=0,1,2 updates=0"
    " width=1000 depth=20 monitor.jacobian_examples=0 n_valid=300 n_test=300",
)
