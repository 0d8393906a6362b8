"""What labelled events tell: weights of the fusion, signatures of faults."""
