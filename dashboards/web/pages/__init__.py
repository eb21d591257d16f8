"""The pages. Each is a pure function from a snapshot to pieces of HTML and chart options."""
