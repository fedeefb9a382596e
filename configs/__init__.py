"""Configuration of a study: schema, defaults, and validation of YAML files and overrides.

As the lowest package, it also has the helpers of all others for writing files and reporting errors.
"""
