"""Others who look at each checkpoint and sign that it goes on from the last: nobody is shown a history of their own."""
