"""Activities, their sessions and sign-ups."""
