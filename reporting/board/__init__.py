"""What TensorBoard's tabs show of a study, one kind a file, as its own protobufs."""
