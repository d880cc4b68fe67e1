"""The dataset as a website of static files."""
