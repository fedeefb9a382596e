"""Devices, memory and threads: what a stack may take; none of it changes a result."""
