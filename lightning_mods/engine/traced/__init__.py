"""The traced engine: records one optimizer step, plans its memory, and runs it by torch's interpreter (TorchScript)."""
