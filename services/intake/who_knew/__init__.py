"""What a shelter reads aloud to a person who asks: who was told of them, who read, when and what for."""
