"""Events in, one frozen picture out."""
