"""DESCRIBES a study: its schema, its defaults, and how a YAML file becomes a validated study.

Below all other rooms, it also holds what each of them needs to write a file.
"""
