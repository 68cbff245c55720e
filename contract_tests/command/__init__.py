"""What is typed: the contract suite on a system of its own, which is started, fuzzed and broken."""
