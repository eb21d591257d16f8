"""Terminal output. Text from outside is shown, and the terminal never interprets it."""
