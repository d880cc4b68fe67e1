"""One module for each family of formats that an edition can be exported to, and one class for each format."""
