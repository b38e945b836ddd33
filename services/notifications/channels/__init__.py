"""How an alert leaves the building. A channel carries one content-free text and says whether it was taken."""
