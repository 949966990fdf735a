"""What watching spreads and the replay cost: ``python -m bench`` measures, prints and writes it down."""
