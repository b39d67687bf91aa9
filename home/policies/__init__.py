"""Policy documents as clauses and editions, with their interpretations."""
