"""What is measured: asked for with -m bench, never part of the suite."""
