"""How the product is run: one command for web, worker and beat; reference and demo content."""
