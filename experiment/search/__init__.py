"""Search of hyper-parameters: space, oracles, trials as members of stacks, and the record from which it goes on."""
