"""TensorBoard data of a study as its own protobufs: scalars, figures, PR curves, graph, HParams, texts."""
