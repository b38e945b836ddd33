"""What is shown with a case before anything is referred: first steps, then the bodies with the legal duty."""
