"""Checks of `doctor.py`: packages, machine, devices, learners. Only the standard library is imported at the top."""
