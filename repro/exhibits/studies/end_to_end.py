"""From input to output: what becomes of a small change on its way through an untrained network

The singular values of ∂z^5/∂x, the product of all layers' Jacobians, are the factors by which small changes of
the input arrive at the top. Their root mean square says whether signals survive on average; how far they lie
apart, whether some directions vanish while others grow. Random weights multiply spreads, orthogonal ones
don't: only with these can all directions come through alike (dynamical isometry).

Implementation details
- At the first {examples} test images. Boxes: middle half; lines: 5th to 95th percentile; dots: root mean square;
  crosses: the same predicted by mean-field theory, √(Π χ), at the mean squares of these images.
- Orthogonal weights have gain 1, so that n Var[W] = 1 in the hidden layers, as with eq. 16.
- Condition number: largest over smallest singular value; of ∂s/∂x, from the input to the 9 outputs, too.
- Rules, written before the numbers were looked at: the root mean square is within 5 % of the predicted one;
  the spread, Var[σ²] / mean², is smaller with orthogonal weights than with eq. 16, in every seed; a network is
  near dynamical isometry if the 95th percentile is at most twice the 5th.
"""

RUNS = (
    "activation=tanh init=standard,normalized,normalized_hidden,orthogonal seed=0,1,2 updates=0 width=1000"
    " depth=5 monitor.mechanisms=true n_valid=300 n_test=300",
)
