"""DESCRIBES a study: its schema, its defaults, and how a YAML file becomes a validated study."""
