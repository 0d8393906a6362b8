"""What goes in: channels and windows, recordings and signals, stamps, tables, simulated machines."""
