"""People who use the program: how they prove who they are, their sessions, and what an administrator does with them."""
