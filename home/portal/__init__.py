"""The home page, news and the frame around every page."""
