"""Loading of a study: YAML file and overrides to a validated `Study`, or an error with every problem."""
