"""Search of hyper-parameters: the record of its trials, and which of them wins."""
