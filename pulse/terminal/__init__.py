"""What a person reads in a terminal: text from outside is shown, and none of it obeyed."""
