"""What is shown: a pure function a page, from a snapshot to pieces of HTML and chart options."""
