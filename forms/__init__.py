"""What families send and departments handle."""
