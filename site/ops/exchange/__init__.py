"""Content in bulk: pages as lines of JSON, in (`import_content`) and out (`export_content`)."""
