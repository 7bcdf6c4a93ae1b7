"""A reproduction of Glorot & Bengio (2010) on the difficulty of training deep feedforward networks."""

import os

# Before torch: where other programs want the cores too, threads that spin for long wait for each other to be
# scheduled, and training gets a hundred times slower. Short spinning costs nothing on a quiet machine.
os.environ.setdefault("GOMP_SPINCOUNT", "3000")
