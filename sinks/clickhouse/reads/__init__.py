"""What boards, commands and reports read: questions to the views, and plain data for answers."""
