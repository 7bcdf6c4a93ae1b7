"""What the quantities in a run's monitor.csv and histograms.npz are; `repro.monitor` measures them."""

QUANTITIES = {
    "z_mean": "mean of the activations z, over all units of the layer and the monitored test examples",
    "z_std": "standard deviation of z (bars of Figures 2, 3 and 10)",
    "z_p1": "1 percentile of z",
    "z_p2": "2 percentile of z",
    "z_p50": "median of z",
    "z_p98": "98 percentile of z (Figures 2, 3 and 10)",
    "z_p99": "99 percentile of z",
    "z_saturated": "share of activations where f' is below a tenth of its maximum, for tanh |z| > .949",
    "ds_std": "standard deviation of ∂C/∂s of single examples, back-propagated (eq. 6)",
    "ds_batch_std": "standard deviation of ∂C/∂s summed over monitor.batch examples (Figure 7)",
    "dW_std": "standard deviation of ∂C/∂W summed over monitor.batch examples (Figures 8, 9)",
    "W_norm": "Frobenius norm of the layer's weights",
    "b_norm": "Euclidean norm of the layer's biases",
    "jacobian_mean": "mean singular value of J = ∂z_i/∂z_{i-1} (eq. 17, section 4.2.2)",
    "jacobian_min": "smallest singular value of J",
    "jacobian_p5": "5 percentile of the singular values of J",
    "jacobian_p25": "25 percentile of the singular values of J",
    "jacobian_p50": "median singular value of J",
    "jacobian_p75": "75 percentile of the singular values of J",
    "jacobian_p95": "95 percentile of the singular values of J",
    "jacobian_max": "largest singular value of J",
}
"""Of monitor.csv, each by layer and update."""

_J = (
    "of the Jacobian from the input to the top hidden layer, ∂z_depth/∂x, or to the outputs (layer depth + 1)"
)
MECHANISMS = {
    "gradient_square": "mean over examples of ‖∂C/∂W‖² of one example",
    "gradient_signal": "share of it that all examples have in common: 0 if they point anywhere, 1 if alike",
    "z_rank": "directions that activations use: participation ratio of their covariance over examples",
    "end_to_end_mean": f"mean singular value {_J}",
    "end_to_end_rms": f"root mean square of the singular values {_J}",
    "end_to_end_min": f"smallest singular value {_J}",
    **{f"end_to_end_p{p}": f"{p} percentile of the singular values {_J}" for p in (5, 25, 50, 75, 95)},
    "end_to_end_max": f"largest singular value {_J}",
    "s_constant": "root mean square over units of b + W m, the part of s that no input changes (m: mean z)",
    "s_of_mean": "root mean square over units of W m alone (of b alone: b_norm / √units)",
    "s_varying": "root mean square over units and examples of W (z - m), the part of s that inputs change",
    "input_square": "Σ m² over a layer's inputs: how many times as fast as b its W m learns",
    "prior_kl": "divergence (nats) of the mean output from the frequencies of the classes (layer depth + 1)",
    "prior_kl_constant": "divergence (nats) of softmax(b + W m) from the frequencies of the classes",
    "prior_of_bias": "how far b has come towards the logarithms of these frequencies (projection; 1: there)",
    "prior_of_mean": "how far W m has come towards them",
}
"""The same, measured with monitor.mechanisms=true only."""

DENSITIES = {
    "z": "activations z (Figures 4 and 6)",
    "ds": "back-propagated gradients ∂C/∂s, summed over monitor.batch examples (Figure 7)",
    "dW": "weight gradients ∂C/∂W, summed over monitor.batch examples (Figure 8)",
}
"""Of histograms.npz, before training and at its end, each by layer."""
