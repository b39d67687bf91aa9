"""Form pages and their versions; submissions, receipts and tracking."""
