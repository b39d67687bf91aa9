"""The public site's index and its engines."""
