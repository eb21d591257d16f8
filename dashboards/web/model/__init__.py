"""What the board knows: rows of the views as frozen structs, one moment of them, and the port that brings them."""
