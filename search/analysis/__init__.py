"""How text is normalised and cut. Pure functions, no Django."""
