"""A real browser and a TensorBoard server, for the pictures of the README and for the tests."""
