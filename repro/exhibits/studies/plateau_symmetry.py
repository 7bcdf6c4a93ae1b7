"""Why inputs in [-1, 1] make standard tanh networks wait: a symmetry

An image of Shapeset and its inverted contrast are almost equally likely and have the same class. With inputs
in [-1, 1] inversion is x → -x. A tanh or softsign network whose biases are 0 is odd: z(-x) = -z(x) in every
layer. What it says of an image and of its inversion is then opposite, what it should say is equal, so that
the gradients of a pair cancel to first order: the network sits on a saddle point until something breaks the
symmetry. Inputs in [0, 1], biases, or dark backgrounds only do so from the start.

Implementation details
- Networks of 300 units, as every run takes about a minute; RUNS of 1000 units are listed on the page's foot.
- The plateau is left at the first update at which the test error is 5 points below that of the best constant
  answer. A network that doesn't leave it in 20,000 updates counts as leaving it then.
- Rule (written before the runs were made): the symmetry holds the network back if, in every seed, the
  network with inputs in [-1, 1] leaves the plateau at least twice as late as with any one of: inputs in
  [0, 1], dark backgrounds, random biases (standard deviation 0.1 and 0.3). Eq. 16 is shown and not judged.
- Its cause is judged apart: before training the share of the output layer's gradient that examples have in
  common (`gradient_signal`) is, in every seed, at most half of that with each of these.
- Claim C32 (plateaus go with saturation) is contradicted by a network on the plateau in whose layers the 98th
  percentile of |z| is below 0.5.
"""

RUNS = (
    "width=300 depth=5 activation=tanh,softsign init=standard dataset.low=-1,0",
    "width=300 depth=5 activation=tanh init=standard dataset.low=-1 dataset=shapeset_dark",
    "width=300 depth=5 activation=tanh init=standard dataset.low=-1 bias_std=0.1,0.3",
    "width=300 depth=5 activation=tanh init=normalized dataset.low=-1",
)
SHARED = "updates=20000 seed=0,1,2 lr=0.01 n_valid=2000 n_test=2000 curve_every=500 monitor.every=1000"
