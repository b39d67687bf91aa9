"""The service checklist."""
