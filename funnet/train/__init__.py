"""Training: a state, a step, and the loops around it."""
